/** N36 Which of two keys is in use is what the ledger says; the drill `consortium.newcomer` does it with four machines that vote. */
import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeHome, nextValidator, readIdentity } from '@salus/ledger/comet/home'
import { cometFolder, writeCometFile } from './comet.ts'
import { proposeKey, takeKey } from './rekey.ts'

async function machine() {
  const dir = mkdtempSync(join(tmpdir(), 'salus-rekey-'))
  const home = cometFolder(dir)
  const { validator: first, peer } = await makeHome(home)
  const server = createServer((_, response) => response.end('{}'))
  await new Promise<void>((open) => server.listen(0, '127.0.0.1', open))
  const rpc = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await writeCometFile(dir, { abci: { port: 1024 }, rpc })
  const stop = () => new Promise<void>((closed) => server.close(() => closed()))
  return { dir, home, first, peer, stop }
}

test('N36 made once, taken when the ledger has it and CometBFT is stopped; the peer key stays', async () => {
  const { dir, home, first, peer, stop } = await machine()
  const next = await proposeKey(dir, first)
  assert.notEqual(next, first)
  assert.equal(await proposeKey(dir, first), next, 'cut short before the ledger had it: the same key')
  assert.equal(await takeKey(dir, first), false, 'the ledger does not have it yet')
  await assert.rejects(takeKey(dir, next), { code: 'comet-running' })
  assert.equal((await readIdentity(home)).validator, first, 'the one in use stays')
  await stop()
  assert.equal(await takeKey(dir, next), true)
  assert.deepEqual(await readIdentity(home), { validator: next, peer })
  assert.equal(await nextValidator(home), undefined)
  assert.equal(await takeKey(dir, next), false, 'typed once more, a new one begins')
})

test('N36 a folder that is not this member’s machine makes no key for it', async () => {
  const { dir, home, stop } = await machine()
  await stop()
  for (const current of ['another', undefined])
    await assert.rejects(proposeKey(dir, current), { code: 'validator-other' })
  assert.equal(await nextValidator(home), undefined)
  assert.equal(await takeKey(dir, undefined), false)
})
