import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatProof, parseProof, type TlogProof } from './proof.ts'

const invalid = { name: 'AppError', code: 'proof-invalid', facts: {} }
const CHECKPOINT = 'log.example\n7\nAAAA\n\n— log.example AAAAAAAA\n'
const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((one) => Uint8Array.from(one))
const proofs: fc.Arbitrary<TlogProof> = fc
  .record({
    index: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    path: fc.array(bytes(32), { maxLength: 63 }),
    extra: fc.option(bytes(40), { nil: undefined }),
  })
  .map(({ extra, ...proof }) => ({ ...proof, checkpoint: CHECKPOINT, ...(extra ? { extra } : {}) }))

test('J2 property: a proof comes back from its file', () => {
  fc.assert(fc.property(proofs, (proof) => assert.deepEqual(parseProof(formatProof(proof)), proof)))
})

test('J2 property: a file that is read is the file that is written, to the letter', () => {
  const change = fc.tuple(proofs, fc.nat(), fc.constantFrom('', '\n', ' ', '=', 'A', '0', 'index 0'))
  fc.assert(
    fc.property(change, ([proof, at, letters]) => {
      const file = formatProof(proof)
      const place = at % (file.length - CHECKPOINT.length)
      const changed = file.slice(0, place) + letters + file.slice(place + 1)
      let read: TlogProof
      try {
        read = parseProof(changed)
      } catch {
        return
      }
      assert.equal(formatProof(read), changed)
    }),
    { numRuns: 500 },
  )
})

test('J2 a proof file in any other form is refused', () => {
  const hash = `${'A'.repeat(43)}=`
  const file = (...lines: string[]) => `${lines.join('\n')}\n\n${CHECKPOINT}`
  const header = 'c2sp.org/tlog-proof@v1'
  assert.equal(parseProof(file(header, 'index 0')).path.length, 0)
  const wrong = {
    'another version': file('c2sp.org/tlog-proof@v2', 'index 0'),
    'no index': file(header),
    'a leading zero': file(header, 'index 01'),
    'a sign': file(header, 'index -1'),
    'beyond what counts exactly': file(header, 'index 9007199254740992'),
    'extra after the index': file(header, 'index 0', `extra ${hash}`),
    'extra twice': file(header, `extra ${hash}`, `extra ${hash}`, 'index 0'),
    'a hash of 31 bytes': file(header, 'index 0', `${'A'.repeat(42)}==`),
    'a hash with other last bits': file(header, 'index 0', `${'A'.repeat(42)}B=`),
    '64 hashes': file(header, 'index 0', ...Array<string>(64).fill(hash)),
    'carriage returns': file(header, 'index 0').replaceAll('\n', '\r\n'),
    'no checkpoint': `${header}\nindex 0\n`,
    nothing: '',
  }
  for (const [name, text] of Object.entries(wrong)) assert.throws(() => parseProof(text), invalid, name)
})
