import assert from 'node:assert/strict'
import { createCipheriv } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { base64url, fromBase64url, text, utf8 } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { needsShared, sharedFolder } from '@salus/base/testing'
import fc from 'fast-check'
import { openFile, sealFile } from './file.ts'

const refused = { name: 'AppError', code: 'cannot-open', message: 'cannot-open', facts: {} }
const key = systemRandom(32)
const cty = 'application/fhir+json'

/** The format by other code: what anybody else would send. */
function sealed(header: object, inside: Uint8Array, encryptedKey = ''): string {
  const iv = systemRandom(12)
  const head = base64url(utf8(JSON.stringify(header)))
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(utf8(head))
  const body = Buffer.concat([cipher.update(inside), cipher.final()])
  return [head, encryptedKey, base64url(iv), base64url(body), base64url(cipher.getAuthTag())].join('.')
}
const good = { alg: 'dir', enc: 'A256GCM' }

test(
  'C16 the known answer of the specification opens exactly to the bundle beside it',
  needsShared('vectors/shl'),
  async () => {
    const at = (name: string) => readFileSync(join(sharedFolder('vectors/shl') ?? '', name), 'utf8')
    const details = JSON.parse(at('IPS_IG-bundle-01-shl-details.json')) as { shlinkJsonPayload: { key: string } }
    const opened = await openFile(fromBase64url(details.shlinkJsonPayload.key), at('IPS_IG-bundle-01-enc.txt').trim())
    assert.equal(text(opened.bytes), at('IPS_IG-bundle-01.json'))
  },
)

test('C16 what was sealed opens to the same bytes, deflated or not', async () => {
  const run = fc.asyncProperty(fc.uint8Array({ maxLength: 5_000 }), fc.boolean(), async (plain, zip) => {
    const form = zip ? ({ cty, zip: 'DEF' } as const) : { cty }
    const opened = await openFile(key, await sealFile(key, new Uint8Array(plain), form, systemRandom))
    assert.deepEqual(opened, { bytes: new Uint8Array(plain), cty })
  })
  await fc.assert(run, { numRuns: 40 })
})

test('C16 what other code seals in the format opens; members of others are let by', async () => {
  const inside = utf8('a sample '.repeat(100))
  for (const header of [good, { ...good, cty, kid: 'x' }, { ...good, zip: 'DEF', cty }]) {
    const opened = await openFile(key, sealed(header, 'zip' in header ? deflateRawSync(inside) : inside))
    assert.equal(text(opened.bytes), text(inside))
  }
})

test('C16 a file that inflates beyond its limit is refused, and not inflated further', async () => {
  const bomb = sealed({ ...good, zip: 'DEF' }, deflateRawSync(Buffer.alloc(2_000_000)))
  assert.equal((await openFile(key, bomb, 2_000_000)).bytes.length, 2_000_000)
  await assert.rejects(openFile(key, bomb, 1_999_999), refused)
  await assert.rejects(openFile(key, sealed(good, Buffer.alloc(11)), 10), refused)
})

test('C16 another algorithm, a member that must be understood, a key inside, a byte that differs: refused', async () => {
  const inside = utf8('{}')
  const bad = [
    sealed({ ...good, alg: 'A256KW' }, inside),
    sealed({ ...good, enc: 'A128GCM' }, inside),
    sealed({ ...good, zip: 'GZIP' }, inside),
    sealed({ ...good, crit: ['exp'] }, inside),
    sealed({ alg: 'dir' }, inside),
    sealed(good, inside, 'AAAA'),
    sealed({ ...good, zip: 'DEF' }, utf8('not deflated')),
    sealed(good, inside).replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')),
    '',
    'a.b.c',
  ]
  for (const jwe of bad) await assert.rejects(openFile(key, jwe), refused, jwe)
  await assert.rejects(openFile(systemRandom(32), sealed(good, inside)), refused)
  await assert.rejects(sealFile(systemRandom(16), inside, { cty }, systemRandom), { code: 'key-invalid' })
})
