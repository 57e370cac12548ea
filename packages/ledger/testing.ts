/** The behaviour every ledger engine must show, registered as `node:test` tests; a new engine calls `engineBehaviour`. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { Clock } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import type { OrgId } from '@salus/base/ids'
import { manualClock, seededRandom } from '@salus/base/testing'
import { digest } from '@salus/crypto/hash'
import { generateDeviceKey } from '@salus/crypto/keys'
import { checkpointsModule } from './checkpoints.ts'
import type { Block, Bodies, Engine, Genesis, Placed } from './contract.ts'
import { signTx } from './device.ts'
import { createMachine, type Machine } from './machine.ts'
import { membersModule } from './members.ts'
import {
  bodyOf,
  createSampleLog,
  createSender,
  SAMPLE_CHAIN,
  type SampleLog,
  type Sender,
  sampleGenesis,
  sampleNode,
  sampleOrganisation,
} from './samples.ts'

/** Opens the engine whose files are in `folder`: the same folder again is the same chain, after a close or a crash. */
export type OpenEngine = (at: { folder: string; genesis: Genesis; clock: Clock }) => Promise<Engine>

/** The code a promise is rejected with; fails the test when it is not rejected, or not with a code. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    if (isAppError(error)) return error.code
    throw error
  }
  throw new assert.AssertionError({ message: 'expected a refusal' })
}

/** Every committed block. */
export async function allBlocks(engine: Engine): Promise<Block[]> {
  const blocks: Block[] = []
  for (;;) {
    const page = await engine.blocks((blocks.at(-1)?.height ?? 0) + 1)
    if (page.length === 0) return blocks
    blocks.push(...page)
  }
}

/** Runs `blocks` on `machine`, comparing the app hash at each height; `between` may do what must change nothing. */
export function replayBlocks(machine: Machine, blocks: readonly Block[], between: (block: Block) => void = () => {}) {
  for (const block of blocks) {
    between(block)
    assert.equal(machine.processProposal(block), true, `height ${block.height} is a valid proposal`)
    assert.equal(machine.finalizeBlock(block).appHash, block.appHash, `app hash at height ${block.height}`)
    machine.commit()
  }
}

const modules = [membersModule, checkpointsModule]

// Sample hospitals with a journal each.
async function consortium(count: number) {
  const names = Array.from({ length: count }, (_, nth) => `sample-${nth + 1}`)
  const organisations = await Promise.all(names.map((name) => sampleOrganisation(name, `log.${name}.example`)))
  const senders = organisations.map(({ org, keys }) => createSender(org, keys))
  const logs = organisations.map(({ journal }) => createSampleLog(journal?.origin ?? ''))
  return { organisations, senders, logs, genesis: sampleGenesis(organisations) }
}

// One engine in a folder of its own; `open` opens the same folder again.
async function start(openEngine: OpenEngine, count = 1) {
  const who = await consortium(count)
  const time = manualClock()
  const folder = mkdtempSync(join(tmpdir(), 'salus-ledger-'))
  const open = () => openEngine({ folder, genesis: who.genesis, clock: time.clock })
  const engine = await open()
  const at = <T>(list: readonly T[], nth = 0) => list[nth] as T
  return { ...who, ...time, open, engine, sender: at(who.senders), log: at(who.logs), folder }
}

/**
 * Registers the suite for one engine. `clockMoves`: false where the engine has a clock of its own; `skip`: why it cannot run;
 * `nodes`: true where votes of made-up validators may stand on the ledger; an engine that counts them would wait for ever.
 */
export function engineBehaviour(
  name: string,
  openEngine: OpenEngine,
  {
    clockMoves = true,
    nodes = false,
    skip = false,
    load = 1000,
    seeds = [1, 2],
  }: { clockMoves?: boolean; nodes?: boolean; skip?: string | false; load?: number; seeds?: readonly number[] } = {},
): void {
  describe(`engine ${name}`, { skip }, () => {
    const folders: string[] = []
    after(() => {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    })
    const begin = async (count?: number) => {
      const started = await start(openEngine, count)
      folders.push(started.folder)
      return started
    }
    acknowledges(begin)
    tells(begin)
    refuses(begin)
    guardsLogs(begin)
    votes(begin)
    keepsTime(begin, clockMoves)
    keepsOrder(begin)
    replays(begin, { nodes, load, seeds })
  })
}

type Begin = (count?: number) => ReturnType<typeof start>

// Not only that it is there, but where it was said to be, and after a restart as before.
function acknowledges(begin: Begin): void {
  test('L10 an acknowledgement comes after the commit, and survives a new opening', async () => {
    const { engine, sender, log, open } = await begin()
    log.grow(3)
    const tx = await sender.next('log.advance', log.advance(0))
    const placed = await engine.submit(tx)
    const block = (await engine.blocks(placed.height))[0]
    assert.equal(block?.txs[placed.index], tx)
    assert.deepEqual(await engine.find(digest(tx)), placed)
    const { appHash } = await engine.info()
    await engine.close()
    const again = await open()
    assert.equal((await again.info()).appHash, appHash)
    assert.deepEqual(await again.find(digest(tx)), placed)
    assert.deepEqual(await again.query('checkpoints/head', log.origin), {
      ...{ org: sender.org, origin: log.origin, size: 3, root: log.advance(0).root },
      time: placed.time,
    })
    await again.close()
  })
}

// A listener may read at once: by then the block is as durable as it will ever be.
function tells(begin: Begin): void {
  test('L10 a listener sees each block once it can be read; a closed engine accepts nothing', async () => {
    const { engine, sender, log } = await begin()
    const heights: number[] = []
    const seen = Promise.withResolvers<void>()
    const stop = engine.onCommit(async ({ height, txs }) => {
      assert.deepEqual((await engine.blocks(height))[0]?.txs, txs)
      heights.push(height)
      seen.resolve()
    })
    log.grow(1)
    const placed = await engine.submit(await sender.next('log.advance', log.advance(0)))
    await seen.promise
    stop()
    log.grow(1)
    const late = await sender.next('log.advance', log.advance(1))
    await engine.submit(late)
    assert.deepEqual(heights, [placed.height])
    await engine.close()
    assert.equal(await codeOf(engine.submit(late)), 'engine-closed')
  })
}

// Each text is signed by a member with its own key: the machine refuses them, not a client's good manners.
function refuses(begin: Begin): void {
  test('L1 L3 L4 a refused transaction never changes the hash, and uses no number up', async () => {
    const { engine, sender, log } = await begin()
    log.grow(5)
    const first = await sender.next('log.advance', log.advance(0))
    await engine.submit(first)
    // Not the height: an engine may close a block of transactions with an empty one.
    const { appHash } = await engine.info()
    const { publicKey, privateKey } = sender.keys
    const good = { chain: SAMPLE_CHAIN, org: sender.org, seq: 2, type: 'org.rotate' }
    const sign = (payload: object) => signTx(privateKey, publicKey, payload as Parameters<typeof signTx>[2])
    const key = (await generateDeviceKey()).publicKey
    const refused: [code: string, tx: string][] = [
      ['seq-replayed', first],
      ['seq-gap', await sign({ ...good, seq: 3, body: { key } })],
      ['tx-invalid', await sign({ ...good, body: { key }, note: 'x' })],
      ['tx-invalid', await sign({ ...good, body: { key, note: 'seen by Jean Dupont (sample)' } })],
      ['tx-invalid', await sign({ ...good, body: { key: 'a sentence' } })],
      ['tx-invalid', await sign({ ...good, body: { key: { any: ['json'] } } })],
      ['type-unknown', await sign({ ...good, type: 'note.put', body: { key } })],
      ['chain-other', await sign({ ...good, chain: 'salus-other', body: { key } })],
      ['org-unknown', await sign({ ...good, org: 'sample-99', body: { key } })],
      ['tx-invalid', 'not a token'],
    ]
    for (const [code, tx] of refused) assert.equal(await codeOf(engine.submit(tx)), code)
    assert.equal((await engine.info()).appHash, appHash)
    await engine.submit(await sign({ ...good, body: { key } }))
    await engine.close()
  })
}

// The owner itself tries: a stolen node must not be able to take its own journal back.
function guardsLogs(begin: Begin): void {
  test('L8 a log is neither rewound nor forked', async () => {
    const { engine, sender, log } = await begin()
    const fork = createSampleLog(log.origin, 'fork')
    log.grow(4)
    fork.grow(4)
    const older = log.advance(0)
    await engine.submit(await sender.next('log.advance', older))
    log.grow(3)
    await engine.submit(await sender.next('log.advance', log.advance(4)))
    const { appHash } = await engine.info()
    const refused = async (code: string, body: typeof older) => {
      assert.equal(await codeOf(engine.submit(await sender.next('log.advance', body))), code)
      sender.undo()
    }
    await refused('log-rewind', older)
    await refused('log-unchanged', { ...log.advance(7), proof: [] })
    fork.grow(3)
    await refused('log-fork', fork.advance(0))
    fork.grow(3)
    await refused('log-proof-invalid', fork.advance(7))
    await refused('log-proof-invalid', { ...fork.advance(7), proof: [] })
    await refused('origin-other', { ...fork.advance(0), origin: 'log.nobody.example' })
    assert.equal((await engine.info()).appHash, appHash)
    await engine.close()
  })
}

// The third hospital of three leaves, the fourth comes; two of four is the case a careless majority gets wrong.
function votes(begin: Begin): void {
  test('L5 L6 more than half admit and remove; who is removed can do nothing', async () => {
    const { engine, senders } = await begin(3)
    const [one, two, three] = senders as [Sender, Sender, Sender]
    const fourth = await sampleOrganisation('sample-4')
    const newcomer = createSender(fourth.org, fourth.keys)
    const admit = async (who: Sender) => engine.submit(await who.next('org.admit', bodyOf(fourth)))
    const names = async () => ((await engine.query('members/list')) as { org: string }[]).map(({ org }) => org)
    await admit(one)
    assert.equal(await codeOf(admit(one)), 'vote-repeated')
    one.undo()
    assert.deepEqual(await names(), ['sample-1', 'sample-2', 'sample-3'])
    await admit(two)
    assert.deepEqual(await names(), ['sample-1', 'sample-2', 'sample-3', 'sample-4'])
    const remove = async (who: Sender) => engine.submit(await who.next('org.remove', { org: three.org as OrgId }))
    await remove(one)
    await remove(newcomer)
    assert.equal((await names()).length, 4, 'two of four are not more than half')
    await remove(two)
    assert.deepEqual(await names(), ['sample-1', 'sample-2', 'sample-4'])
    const { publicKey: key } = await generateDeviceKey()
    assert.equal(await codeOf(engine.submit(await three.next('org.rotate', { key }))), 'org-unknown')
    await engine.close()
  })
}

// An hour back (a bad time server), over a restart too, then two hours on.
function keepsTime(begin: Begin, clockMoves: boolean): void {
  test('L9 block times never go back, even when the clock jumps', async () => {
    const { engine, sender, log, advance, open } = await begin()
    const send = async (on: Engine): Promise<Placed> => {
      const since = log.size()
      log.grow(1)
      return on.submit(await sender.next('log.advance', log.advance(since)))
    }
    const first = await send(engine)
    advance(-3_600_000)
    const second = await send(engine)
    assert.ok(second.time > first.time)
    await engine.close()
    const again = await open()
    const third = await send(again)
    assert.ok(third.time > second.time)
    advance(7_200_000)
    const fourth = await send(again)
    if (clockMoves) assert.ok(fourth.time >= third.time + 3_000_000)
    await again.close()
  })
}

// All at once and in the wrong order, as requests arrive from several processes of one hospital.
function keepsOrder(begin: Begin): void {
  test('L3 what one organisation sends at once is taken in the order of its numbers', async () => {
    const { engine, sender } = await begin()
    const texts: string[] = []
    for (let nth = 0; nth < 20; nth++) {
      const next = await generateDeviceKey()
      texts.push(await sender.next('org.rotate', { key: next.publicKey }))
      sender.keys = next
    }
    // All but the first are signed with a key that is not registered yet: the machine answers for the present.
    await engine.submit(texts[0] as string)
    assert.equal(await codeOf(engine.submit(texts[2] as string)), 'key-other')
    for (const tx of texts.slice(1)) await engine.submit(tx)
    assert.equal(await engine.query('machine/seq', sender.org), 20)
    const founder = await generateDeviceKey()
    const burst: string[] = []
    for (const nth of [1, 2, 3, 4]) {
      const guest = await sampleOrganisation(`sample-guest-${nth}`)
      burst.push(await sender.next('org.admit', { ...bodyOf(guest), key: nth === 1 ? founder.publicKey : guest.key }))
    }
    // With the first guest in, one vote is no longer enough: the order shows in who is a member.
    await Promise.all(burst.reverse().map((tx) => engine.submit(tx)))
    assert.equal(((await engine.query('members/list')) as unknown[]).length, 2)
    assert.equal(((await engine.query('members/get', 'sample-guest-1')) as { key: string }).key, founder.publicKey)
    await engine.close()
  })
}

// Twice, other seeds: once on a quiet machine, once on one that is asked, proposed to and interrupted all the time.
type Replays = { readonly nodes: boolean; readonly load: number; readonly seeds: readonly number[] }

function replays(begin: Begin, { nodes, load, seeds }: Replays): void {
  for (const seed of seeds) {
    test(`L9 ${load} random transactions give the same hash at every height, seed ${seed}`, async () => {
      const { engine, senders, logs, genesis, advance } = await begin(4)
      await randomLoad({ engine, senders, logs, advance, seed, nodes, load })
      const blocks = await allBlocks(engine)
      if (nodes) assert.ok(((await engine.query('members/peers')) as unknown[]).length > 0)
      assert.ok(blocks.reduce((sum, { txs }) => sum + txs.length, 0) >= load)
      replayBlocks(createMachine(modules, genesis), blocks)
      // What is asked, proposed or run and never committed leaves no trace.
      const noisy = createMachine(modules, genesis)
      replayBlocks(noisy, blocks, ({ height, time, txs }) => {
        for (const tx of txs.slice(0, 3)) noisy.checkTx(tx)
        noisy.prepareProposal({ height, time: time + 7, txs: [...txs].reverse() })
        noisy.finalizeBlock({ height, time: time + 7, txs: txs.slice(1) })
      })
      assert.equal(noisy.info().appHash, (await engine.info()).appHash)
      await engine.close()
    })
  }
}

type Load = Pick<Awaited<ReturnType<typeof start>>, 'engine' | 'senders' | 'logs' | 'advance'> & {
  seed: number
  nodes: boolean
  load: number
}

/** Bursts of heads, votes on members who come and go, new keys, and every kind of refusal between them. */
async function randomLoad({ engine, senders, logs, advance, seed, nodes, load }: Load): Promise<void> {
  const random = seededRandom(seed)
  const below = (limit: number) => ((random(1)[0] as number) * limit) >> 8
  const heads = logs.map(() => 0)
  let done = 0
  for (let round = 0; done < load; round++) {
    const burst: string[] = []
    for (const [nth, sender] of senders.entries()) {
      const log = logs[nth] as SampleLog
      for (let count = below(8); count > 0; count--) {
        log.grow(1 + below(2))
        burst.push(await sender.next('log.advance', log.advance(heads[nth] as number)))
        heads[nth] = log.size()
      }
    }
    done += (await Promise.all(burst.map((tx) => engine.submit(tx)))).length
    done += await randomVote(engine, senders, `sample-guest-${round}`, below)
    if (nodes) done += await randomNode(engine, senders, below)
    done += await randomRotation(engine, senders[below(senders.length)] as Sender)
    advance(below(200) - 60)
  }
}

/** Submits the sender's next transaction; a refused one gives its number back. Gives how many were accepted: one or none. */
async function tried<T extends keyof Bodies>(engine: Engine, sender: Sender, type: T, body: Bodies[T]) {
  const refused = await engine.submit(await sender.next(type, body)).then(() => false, isAppError)
  if (refused) sender.undo()
  return refused ? 0 : 1
}

/** Some of the members vote a guest in, and out again. */
async function randomVote(engine: Engine, senders: readonly Sender[], name: string, below: (limit: number) => number) {
  const guest = bodyOf(await sampleOrganisation(name))
  let accepted = 0
  for (const sender of senders.slice(below(2))) accepted += await tried(engine, sender, 'org.admit', guest)
  for (const sender of senders.slice(below(2)))
    accepted += await tried(engine, sender, 'org.remove', { org: guest.org })
  return accepted
}

/** Some vote a member's node in, of few machines and entities, so that a peer or a third is often in the way; then its key changes. */
async function randomNode(engine: Engine, senders: readonly Sender[], below: (limit: number) => number) {
  const owner = senders[below(senders.length)] as Sender
  const body = { org: owner.org as OrgId, ...(await sampleNode(`machine-${below(6)}`)) }
  let accepted = 0
  for (const sender of senders.slice(below(2))) accepted += await tried(engine, sender, 'node.admit', body)
  const { publicKey: validator } = await generateDeviceKey()
  return accepted + (await tried(engine, owner, 'node.rotate', { validator }))
}

async function randomRotation(engine: Engine, sender: Sender): Promise<number> {
  const next = await generateDeviceKey()
  await engine.submit(await sender.next('org.rotate', { key: next.publicKey }))
  sender.keys = next
  return 1
}
