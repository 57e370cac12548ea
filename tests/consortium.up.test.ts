/** `consortium up` beside one that runs over the same folder: said first, before CometBFT is looked for. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createCommands } from './commands.ts'
import { freePort } from './ports.ts'

const at = await createCommands('up')
const nowhere = { SALUS_COMETBFT: join(at.root, 'nothing'), PATH: '' }
const place = { port: 20_001, abci: 20_002, rpc: 20_003, p2p: 20_004, links: {} }
const control = await freePort()
const dir = join(at.data, 'consortium')
mkdirSync(dir, { recursive: true })
writeFileSync(join(dir, 'consortium-plan.json'), JSON.stringify({ hospitals: [place], control }))
writeFileSync(join(dir, 'consortium.secret'), 'sample')

/** Whoever listens where orders are given, and what it answers; undefined: nothing at all. */
async function listening(answer: string | undefined) {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    // Without an answer it hears until the other side goes.
    socket.on('data', () => void (answer === undefined || socket.end(`${answer}\n`)))
  })
  await new Promise<void>((done) => server.listen(control, '127.0.0.1', () => done()))
  after(() => server.close())
  return () => new Promise((done) => server.close(done))
}
const up = () => at.run(['consortium', 'up', '--hospitals', '1', '--json'], '', nowhere)

test('consortium up beside one that runs says so, also where whoever listens there says nothing it knows', async () => {
  for (const answer of ['{"done":{}}', '{"code":"consortium-control"}', 'HTTP/1.1 400', undefined]) {
    const close = await listening(answer)
    const { code, json } = await up()
    assert.deepEqual([code, json.code], [1, 'consortium-running'], answer)
    await close()
  }
})

test('consortium up over what is no CometBFT says so, and not that a ledger is away', async () => {
  const folder = join(at.root, 'other')
  mkdirSync(folder)
  writeFileSync(join(folder, 'cometbft'), '#!/bin/sh\necho 1.0.1\n', { mode: 0o755 })
  for (const [named, code] of [
    [folder, 'cometbft-other'],
    [join(folder, 'cometbft'), 'cometbft-other'],
    [at.root, 'cometbft-missing'],
  ] as const) {
    const said = await at.run(['consortium', 'up', '--hospitals', '1', '--json'], '', { SALUS_COMETBFT: named })
    assert.deepEqual([said.code, said.json.code], [1, code], named)
  }
})

test('consortium up where nobody listens any more goes on to look for CometBFT', async () => {
  assert.equal((await up()).json.code, 'cometbft-missing')
})
