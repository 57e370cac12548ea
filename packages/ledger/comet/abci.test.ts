/** The socket CometBFT speaks to: each kind of request, in order, and what is no request. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { utf8 } from '@salus/base/bytes'
import type { Genesis } from '../contract.ts'
import { createSampleLog, createSender, sampleGenesis, sampleOrganisation } from '../samples.ts'
import { appStateOf } from './application.ts'
import { type CometEngine, createComet } from './engine.ts'
import { createFrames, requestKinds } from './messages.ts'
import { Request, Response } from './proto.ts'
import { wireOf } from './wire.ts'

const folder = mkdtempSync(join(tmpdir(), 'salus-abci-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const one = await sampleOrganisation('sample-1', 'log.sample-1.example')
const genesis = sampleGenesis([one])
let nth = 0
const open = async (at: { path?: string; genesis?: Genesis; tcp?: boolean; rules?: number } = {}) => {
  nth++
  const path = at.path ?? join(folder, `ledger-${nth}.db`)
  const abci = at.tcp ? { port: 0 } : { path: join(folder, `abci-${nth}.sock`) }
  const engine = await createComet({
    path,
    genesis: at.genesis ?? genesis,
    abci,
    rpc: 'http://127.0.0.1:9',
    ...(at.rules ? { rules: at.rules } : {}),
  })
  return { engine, path }
}

/** The other side of the socket, as CometBFT is it. */
function peerOf(engine: CometEngine) {
  const [, place = ''] = /^(?:unix|tcp):\/\/(.*)$/.exec(engine.address) ?? []
  const socket: Socket = place.startsWith('/') ? connect(place) : connect(Number(place.split(':')[1]), '127.0.0.1')
  const answers: Record<string, unknown>[] = []
  const waiting: ((answer: Record<string, never>) => void)[] = []
  const frames = createFrames()
  socket.on('data', (chunk) => {
    for (const message of frames.take(chunk as Uint8Array)) {
      const answer = Response.toObject(Response.decode(message), { oneofs: true, defaults: true })
      answers.push(answer)
      waiting.shift()?.(answer as never)
    }
  })
  socket.on('error', () => undefined)
  return {
    socket,
    answers,
    closed: new Promise<void>((done) => socket.once('close', () => done())),
    ask: (kind: string, body: object = {}) =>
      new Promise<Record<string, Record<string, never>>>((done) => {
        waiting.push(done as never)
        socket.write(Request.encodeDelimited({ [kind]: body }).finish())
      }),
  }
}

const begun = { chain_id: genesis.chain, app_state_bytes: utf8(JSON.stringify(appStateOf(genesis))), initial_height: 1 }
const at = (height: number) => ({ height, time: { seconds: Math.floor(genesis.time / 1000) + height, nanos: 0 } })
const { bytesOf: bytes } = wireOf()

test('L21 all sixteen requests are answered, many at once, each in its turn', async () => {
  const { engine } = await open({ tcp: true })
  const peer = peerOf(engine)
  const log = createSampleLog(one.journal?.origin ?? '')
  log.grow(2)
  const tx = bytes(await createSender(one.org, one.keys).next('log.advance', log.advance(0)))
  const asked: [string, object][] = [
    ['echo', { message: 'here' }],
    ['info', { version: '0.38' }],
    ['init_chain', begun],
    ['check_tx', { tx, type: 0 }],
    ['check_tx', { tx: bytes('no transaction'), type: 0 }],
    ['query', { path: 'members/list' }],
    ['query', { path: '/p2p/filter/id/abc' }],
    ['prepare_proposal', { txs: [tx], max_tx_bytes: 1_000_000, ...at(1) }],
    ['process_proposal', { txs: [tx], ...at(1) }],
    ['process_proposal', { txs: [bytes('no transaction')], ...at(1) }],
    ['extend_vote', {}],
    ['verify_vote_extension', {}],
    ['verify_vote_extension', { vote_extension: bytes('x') }],
    ['finalize_block', { txs: [tx], ...at(1) }],
    ['commit', {}],
    ['info', {}],
    ['list_snapshots', {}],
    ['offer_snapshot', { snapshot: { height: 9, format: 7, chunks: 1 } }],
    ['load_snapshot_chunk', { height: 9, format: 1, chunk: 0 }],
    ['apply_snapshot_chunk', { index: 0, chunk: bytes('x'), sender: 'p' }],
    ['flush', {}],
  ]
  assert.deepEqual(new Set(asked.map(([kind]) => kind)), new Set(requestKinds))
  const answers = await Promise.all(asked.map(([kind, body]) => peer.ask(kind, body)))
  for (const [i, answer] of answers.entries()) assert.equal(answer.value, asked[i]?.[0], `answer ${i}`)
  const said = (i: number) =>
    Object.values(answers[i] ?? {}).find((part) => typeof part === 'object') as Record<string, unknown>
  assert.deepEqual(said(0), { message: 'here' })
  assert.deepEqual([said(3).code, said(4).code], [0, 1])
  assert.match(String(said(4).log), /tx-invalid/)
  assert.deepEqual([said(8).result, said(9).result], [1, 2])
  assert.deepEqual([said(11).result, said(12).result], [1, 2])
  assert.equal(said(15).last_block_height, 1)
  assert.deepEqual(said(15).last_block_app_hash, said(13).app_hash)
  assert.equal((await engine.info()).height, 1)
  await engine.close()
})

test('L21 a chain goes on by the rules it began with: one form of a transaction in each, and the other is none', async () => {
  const tx = await createSender(one.org, one.keys).next('app.publish', {
    app: 'salus-web',
    version: '1.0.0',
    digest: one.keys.publicKey,
  })
  for (const [rules, other] of [
    [1, 2],
    [2, 1],
  ] as const) {
    const { engine } = await open({ rules })
    const peer = peerOf(engine)
    await peer.ask('init_chain', begun)
    const said = async (form: number) => (await peer.ask('check_tx', { tx: wireOf(form).bytesOf(tx) })).check_tx
    assert.equal((await peer.ask('info')).info?.app_version, rules)
    assert.equal((await said(rules))?.code, 0)
    assert.match(String((await said(other))?.log), /tx-invalid/)
    peer.socket.destroy()
    await engine.close()
  }
})

test('L21 what is decided is durable in Commit and not before: after a kill CometBFT is asked for it again', async () => {
  const { engine, path } = await open()
  const peer = peerOf(engine)
  await peer.ask('init_chain', begun)
  await peer.ask('finalize_block', { txs: [], ...at(1) })
  await peer.ask('commit')
  await peer.ask('finalize_block', { txs: [], ...at(2) })
  await engine.close()
  const again = (await open({ path })).engine
  const info = await peerOf(again).ask('info')
  assert.equal(info.info?.last_block_height, 1, 'the second was decided and never kept')
  await again.close()
})

test('L21 a CometBFT that begins anew may bring again what the one before had: nothing of that one’s mempool is held against it', async () => {
  const { engine } = await open()
  const log = createSampleLog(one.journal?.origin ?? '')
  log.grow(2)
  const tx = bytes(await createSender(one.org, one.keys).next('log.advance', log.advance(0)))
  const before = peerOf(engine)
  await before.ask('init_chain', begun)
  const code = async (peer: typeof before) => (await peer.ask('check_tx', { tx, type: 0 })).check_tx?.code
  assert.deepEqual([await code(before), await code(before)], [0, 1])
  before.socket.destroy()
  const after = peerOf(engine)
  await after.ask('info')
  assert.equal(await code(after), 0)
  after.socket.destroy()
  await engine.close()
})

test('L21 another chain, another genesis, another beginning: the machine stops rather than take part', async () => {
  const wrong = [
    { ...begun, chain_id: 'salus-other' },
    { ...begun, initial_height: 7 },
    { ...begun, app_state_bytes: utf8('{}') },
    { ...begun, app_state_bytes: utf8(JSON.stringify(appStateOf({ ...genesis, time: genesis.time + 1 }))) },
  ]
  for (const body of wrong) {
    const { engine } = await open()
    const peer = peerOf(engine)
    assert.equal((await peer.ask('init_chain', body)).value, 'exception')
    await peer.closed
    await assert.rejects(engine.submit('x.y.z'), { code: 'engine-halted' })
    await engine.close()
  }
})

test('L21 bytes that are no request end their connection and nothing else', async () => {
  const { engine } = await open()
  const good = peerOf(engine)
  const broken: Buffer[] = [
    Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
    Buffer.concat([Buffer.from([0x80, 0x80, 0x80, 0x40]), Buffer.alloc(100)]),
    Buffer.from([3, 0xff, 0xff, 0xff]),
    Buffer.from([2, 0x22, 0x00]),
    Buffer.from(`GET / HTTP/1.1\r\nhost: ${'x'.repeat(80)}\r\n\r\n`),
  ]
  for (const part of broken) {
    const peer = peerOf(engine)
    peer.socket.write(part)
    await peer.closed
  }
  assert.equal((await good.ask('echo', { message: 'still here' })).value, 'echo')
  await engine.close()
})

test('L21 a file that the embedded engine holds, or that was begun with another genesis, is not opened', async () => {
  const { createEmbedded } = await import('../embedded.ts')
  const { generateDeviceKey } = await import('@salus/crypto/keys')
  const path = join(folder, 'embedded.db')
  const signer = await generateDeviceKey()
  await (await createEmbedded({ path, genesis, clock: () => genesis.time, signer })).close()
  await assert.rejects(open({ path }), { code: 'chain-broken' })
  const { engine, path: own } = await open()
  await engine.close()
  await assert.rejects(open({ path: own, genesis: { ...genesis, time: genesis.time + 1 } }), { code: 'genesis-other' })
  await assert.rejects(createEmbedded({ path: own, genesis, clock: () => genesis.time, signer }), {
    code: 'ledger-moved',
  })
})
