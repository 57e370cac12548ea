import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { createNaming } from './name.ts'

const MB = 1 << 20

test('behavior: short or long, in whatever parts, a stream has the name of its bytes; parts may be changed once they were taken', async () => {
  const sizes = [[], [3], [0, 5 * MB, 3 * MB - 1], [8 * MB], [8 * MB, 1], Array.from({ length: 40 }, () => MB + 1)]
  for (const parts of sizes) {
    const [naming, hash] = [createNaming(), createHash('sha256')]
    const part = new Uint8Array(Math.max(0, ...parts))
    for (const size of parts) {
      part.set(randomBytes(64).subarray(0, Math.min(64, size)))
      hash.update(part.subarray(0, size))
      await naming.push(part.subarray(0, size))
    }
    assert.equal(await naming.end(), hash.digest('base64url'), `${parts.length} parts`)
  }
})

test('behavior: one that is given up leaves no thread behind', async () => {
  const naming = createNaming()
  await naming.push(new Uint8Array(9 * MB))
  naming.stop()
  await assert.rejects(naming.end())
})
