import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { base64url } from './bytes.ts'
import { type AppError, isAppError } from './errors.ts'
import { newId } from './ids.ts'
import { checkWith, field, parseWith, z } from './schema.ts'
import { seededRandom } from './testing.ts'

const patient = z.strictObject({
  name: z.string().max(3),
  contact: z.strictObject({ phone: z.string().regex(/^\d+$/), kind: z.enum(['home', 'work']) }),
  tags: z.record(z.string().max(2), z.int()),
})

function failure(value: unknown): AppError {
  try {
    checkWith(patient, value)
  } catch (error) {
    assert.ok(isAppError(error))
    return error
  }
  return assert.fail('accepted')
}

const good = { name: 'Ann', contact: { phone: '1', kind: 'home' }, tags: {} }

test('default: a value that fits comes back, one that does not names its place', () => {
  assert.deepEqual(parseWith(patient, JSON.stringify(good)), good)
  const { code, facts } = failure({ ...good, contact: { ...good.contact, phone: 'x' } })
  assert.deepEqual(
    { code, facts },
    { code: 'schema-mismatch', facts: { at: 'contact.phone', problem: 'invalid_format' } },
  )
  assert.deepEqual(failure('x').facts, { at: '(top)', problem: 'invalid_type' })
})

test('B4 an error never carries a value, nor a field that the schema does not have', () => {
  const secret = fc.string({ minLength: 6, maxLength: 20, unit: fc.constantFrom(...'qzxkvw-7 é'.split('')) })
  fc.assert(
    fc.property(secret, (said) => {
      const wrong = [
        { ...good, name: said },
        { ...good, contact: { phone: said, kind: 'home' } },
        { ...good, contact: { phone: '1', kind: said } },
        { ...good, [said]: said },
        { ...good, tags: { ok: said } },
        said,
        [said],
      ]
      for (const one of wrong) {
        const { code, facts, message } = failure(one)
        assert.equal(code, 'schema-mismatch')
        assert.equal(JSON.stringify([facts, message]).includes(JSON.stringify(said).slice(1, -1)), false)
        assert.deepEqual(Object.keys(facts), ['at', 'problem'])
      }
    }),
  )
})

test('B5 ids and digests are taken in their one spelling', () => {
  const random = seededRandom(1)
  fc.assert(
    fc.property(fc.nat(), () => {
      const id = newId(random)
      assert.equal(checkWith(field.recordId, id), id)
      const hash = base64url(random(32))
      assert.equal(checkWith(field.digest, hash), hash)
      assert.equal(checkWith(field.key32, hash), hash)
    }),
  )
  const zero = base64url(new Uint8Array(16))
  for (const wrong of [`${zero.slice(0, -1)}B`, zero.slice(1), `${zero}A`, `${zero}\n`, `${zero}=`]) {
    assert.equal(field.recordId.safeParse(wrong).success, false, wrong)
  }
  const hash = base64url(new Uint8Array(32))
  for (const wrong of [`${hash.slice(0, -1)}B`, `${hash}\n`, hash.slice(1)]) {
    for (const one of [field.digest, field.thumbprint, field.key32]) assert.equal(one.safeParse(wrong).success, false)
  }
})

test('default: names, handles and numbers have closed forms', () => {
  const cases = [
    [field.org, ['saint-roch', 'a1b'], ['Saint', 'a-', '-a', 'a', 'ab\n', 'x'.repeat(40)]],
    [field.handle, ['0123456789ABCDEFGHJKMNPQRS'], ['0123456789ABCDEFGHJKMNPQRI', '0123456789abcdefghjkmnpqrs']],
    [field.time, [0, 1_790_000_000], [-1, 1.5, 10_000_000_000, '1', Number.NaN]],
    [field.count, [0, Number.MAX_SAFE_INTEGER], [-1, 2 ** 53, 0.5]],
    [field.filing, ['people', 'results'], ['hidden', 'Results']],
    [field.compartment, ['hidden', 'people'], ['all']],
    [field.category, ['imaging'], ['people', 'hidden']],
  ] as const
  for (const [schema, right, wrong] of cases) {
    for (const one of right) assert.ok(schema.safeParse(one).success, String(one))
    for (const one of wrong) assert.equal(schema.safeParse(one).success, false, String(one))
  }
})
