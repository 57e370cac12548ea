/** N19: what a desk reads of the store is what its name says, bounded; what it puts there is JSON, under its digest. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { fromBase64url, utf8 } from '@salus/base/bytes'
import { digest } from '@salus/crypto/hash'
import { MAX_OBJECT } from '@salus/market/endpoints'
import { objectRoutes } from './objects.ts'

function storeOf() {
  const dir = mkdtempSync(join(tmpdir(), 'salus-objects-'))
  const routes = objectRoutes(pathToFileURL(dir).href)
  const handle = (name: string, asked: object) =>
    routes.find(({ endpoint }) => endpoint.name === name)?.handle(asked as never)
  return {
    dir,
    get: (name: string) => handle('market.object', { params: { digest: name } }) as Promise<{ bytes: string }>,
    put: (text: string) => handle('market.put', { input: { text } }) as Promise<{ digest: string }>,
  }
}

test('N19 the exact text of parameters is stored under its digest, and read back byte for byte', async () => {
  const { dir, get, put } = storeOf()
  const said = '{ "outcome": "é",  "terms": [] }'
  const { digest: name } = await put(said)
  assert.equal(name, digest(utf8(said)))
  assert.deepEqual(fromBase64url((await get(name)).bytes), utf8(said))
  rmSync(dir, { recursive: true })
})

test('error: N19 what is no JSON, is not there, is not what its name says or is too large is refused', async () => {
  const { dir, get, put } = storeOf()
  await assert.rejects(put('{ "outcome": '))
  const missing = digest(utf8('nothing'))
  await assert.rejects(get(missing), { code: 'object-missing' })
  writeFileSync(join(dir, missing), 'something else')
  await assert.rejects(get(missing), { code: 'object-changed' })
  const large = new Uint8Array(MAX_OBJECT + 1)
  writeFileSync(join(dir, digest(large)), large)
  await assert.rejects(get(digest(large)), { code: 'object-changed' })
  rmSync(dir, { recursive: true })
})
