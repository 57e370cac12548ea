/** One of four hospitals has a wrong clock, a full disk, a slow one, or another version: it says so or waits, and harms nobody. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { systemClock, systemRandom } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import { enrol } from '@salus/directory/device/professional'
import { findKeyring } from '@salus/directory/device/verify'
import { noComet } from '@salus/ledger/comet/testing'
import type { Live } from '@salus/ledger/live'
import { readFounded } from '@salus/node-app/found'
import { createNodeSigner } from '@salus/node-app/peers'
import { errors } from '@salus/ui/errors'
import { timeLeft } from './budget.ts'
import { setClock, shiftable } from './clock.ts'
import { digestsOf, noMount, noStrace, onSmallDisk, pidsOf, type SmallDisk, slowDisk, unmountAll } from './harm.ts'
import { blocksOf, checkChains, type Net, startNet, type Writer, write } from './net.ts'

const skip = noComet()
const clocks = skip ? { comet: false } : await shiftable()
const started: Net | undefined = skip ? undefined : await startNet()
const net = started as Net
after(async () => {
  await started?.running.stop()
  unmountAll()
  await started?.stop()
})

const all = [1, 2, 3, 4]
const USED_UP = 'the time was used up'
const urlOf = (nth: number) => `http://127.0.0.1:${net.running.plan.hospitals[nth - 1]?.port}`
const live = async (nth: number) => (await (await fetch(`${urlOf(nth)}/consortium/live`)).json()) as Live

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    assert.ok(tries < 900, what)
    await wait(100)
  }
}

/** Each of these desks is acknowledged `more` transactions more. */
async function going(writers: readonly Writer[], more = 3): Promise<void> {
  const before = writers.map((one) => one.acknowledged.length)
  const each = () => writers.every((one, i) => one.acknowledged.length >= (before[i] ?? 0) + more)
  await until(`blocks come: ${JSON.stringify(writers.map(({ refused }) => [...refused]))}`, each)
}

/** All four desks write; `work` is done meanwhile; then no fork, and all that was acknowledged stands at every hospital. */
async function underLoad(work: (at: { writers: Writer[]; others: Writer[] }) => Promise<void>, hit: number) {
  const writers = all.map((nth) => write(net, nth))
  const others = writers.filter((_, i) => i !== hit - 1)
  try {
    await going(writers, 1)
    await work({ writers, others })
  } finally {
    for (const one of writers) await one.stop()
  }
  const refused = [...(writers[hit - 1]?.refused ?? [])]
  for (const [code] of refused) assert.ok(errors[code], `there are words for ${code}`)
  return { ...(await checkChains(net, writers)), refused }
}

const SKEW_MS = 5 * 60_000
const WRONG_CLOCK = 4

/** The node that is `ms` wrong asks hospital 1 as a node does: that signature is no one's. */
async function askedAt(ms: number): Promise<number> {
  const founded = await readFounded(net.folder(WRONG_CLOCK))
  const { logKey } = await readFounded(net.folder(1))
  const sign = createNodeSigner(founded, { clock: () => systemClock() + ms, random: systemRandom })
  const url = `${urlOf(1)}/replica/entries?after=0&within=0&only=all`
  return (await fetch(url, { headers: await sign({ method: 'GET', url, to: logKey.key.name }) })).status
}

/** Whose clocks hospital `nth` says are too far from its own. */
const apartAt = async (nth: number) => (await live(nth)).clocks.map(({ org }) => org)

test('a clock minutes ahead, then minutes behind: blocks keep the others’ time, its requests are refused and the others say so', {
  skip,
}, async (t) => {
  if (!timeLeft()) return t.skip(USED_UP)
  const folder = net.folder(WRONG_CLOCK)
  const { operator: own } = await readFounded(folder)
  const begun = systemClock()
  const seen = await underLoad(async ({ writers, others }) => {
    assert.equal(await askedAt(0), 200)
    for (const ms of [SKEW_MS, -SKEW_MS]) {
      setClock(folder, ms)
      await going(others)
      assert.equal(await askedAt(ms), 401)
      await until('hospital 1 says whose clock is wrong', async () => (await apartAt(1)).join() === own)
      await until('so does that one of all others', async () => (await apartAt(WRONG_CLOCK)).length === 3)
    }
    setClock(folder, 0)
    await going(writers)
    await until('all is well again', async () => (await Promise.all(all.map(apartAt))).flat().length === 0)
  }, WRONG_CLOCK)
  const times = (await blocksOf(await net.desk(1))).map(({ time }) => time)
  assert.ok(
    times.every((time, i) => time > (times[i - 1] ?? 0)),
    'block times never go back',
  )
  const made = times.filter((time) => time > begun)
  assert.ok(made.length > 6 && made.every((time) => time <= systemClock() + SKEW_MS / 5))
  t.diagnostic(JSON.stringify({ ...seen, blocks: made.length, comet: clocks.comet }))
  await t.test('CometBFT’s clock too', (each) => {
    if (!clocks.comet) each.skip('Go is not here: CometBFT kept the right clock')
  })
})

const VERSION = 1
const main = join(import.meta.dirname, '../bin/salus.js')

/** `salus start` over the folder, as its administrator types it: what it says when it does not start. */
async function refusal(folder: string): Promise<string> {
  const env = { ...process.env, NODE_OPTIONS: '', SALUS_DATA: folder, SALUS_PORT: '0', LC_ALL: 'en_GB' }
  const said = await promisify(execFile)(process.execPath, [main, 'start'], { env, timeout: 60_000 }).catch(
    (error) => error,
  )
  assert.ok(said.code > 0, `it does not start: ${JSON.stringify(said)}`)
  return `${said.stdout}${said.stderr}`
}

/** Writes another version into a file of the folder; the text puts it back. */
function versioned(file: string, change: (value: never) => object): () => void {
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, JSON.stringify(change(JSON.parse(text) as never)))
  return () => writeFileSync(file, text)
}

type Marker = { format: number }
type CometGenesis = { consensus_params: { version: { app: string } } }
const versions: readonly (readonly [string, string, string, (value: never) => object])[] = [
  // What a newer program says of a folder that it made or brought up to date.
  ['a newer folder', 'node.json', 'data-format-newer', (one: Marker) => ({ ...one, format: one.format + 1 })],
  ['an older folder', 'node.json', 'data-format-older', (one: Marker) => ({ ...one, format: one.format - 1 })],
  // What a consortium of newer rules gives every member to begin with.
  [
    'newer rules of the ledger',
    'comet/config/genesis.json',
    'data-format-newer',
    (one: CometGenesis) => ({ ...one, consensus_params: { ...one.consensus_params, version: { app: '3' } } }),
  ],
]

test('N33 one version behind or ahead: it refuses to start in words and changes no byte; the right one starts and catches up', {
  skip,
}, async (t) => {
  if (!timeLeft()) return t.skip(USED_UP)
  const folder = net.folder(VERSION)
  const member = net.running.member(VERSION)
  const seen = await underLoad(async ({ writers, others }) => {
    await member.stop()
    for (const [what, file, code, change] of versions) {
      const right = versioned(join(folder, file), change)
      try {
        const before = digestsOf(folder)
        const said = await refusal(folder)
        assert.ok(said.includes(errors[code]?.[0].en ?? '-'), `${what}: ${said}`)
        assert.deepEqual(digestsOf(folder), before, `${what}: no byte is another`)
      } finally {
        right()
      }
    }
    await going(others)
    member.start()
    await going(writers, 1)
  }, VERSION)
  t.diagnostic(JSON.stringify(seen))
})

const SLOW = 2

test('every flush to disk takes a third of a second longer at one: the others go on, and it keeps up', {
  skip: skip || noStrace(),
}, async (t) => {
  if (!timeLeft()) return t.skip(USED_UP)
  const seen = await underLoad(async ({ others }) => {
    const right = await slowDisk(pidsOf(net.folder(SLOW)), 300)
    await going(others, 10)
    await right()
  }, SLOW)
  t.diagnostic(JSON.stringify(seen))
})

test('the processes of one stand still again and again, as on a disk that hangs: the others go on, and it catches up', {
  skip,
}, async (t) => {
  if (!timeLeft()) return t.skip(USED_UP)
  const pids = pidsOf(net.folder(SLOW))
  assert.equal(pids.length, 2)
  const all = (signal: 'SIGSTOP' | 'SIGCONT') => {
    for (const pid of pids) process.kill(pid, signal)
  }
  const seen = await underLoad(async ({ others }) => {
    for (let burst = 0; burst < 6; burst++) {
      all('SIGSTOP')
      await going(others, 2).finally(() => all('SIGCONT'))
      await wait(300)
    }
  }, SLOW)
  t.diagnostic(JSON.stringify(seen))
})

type Full = {
  readonly hit: number
  readonly disk: SmallDisk
  readonly part?: 'comet'
  readonly says: () => Promise<boolean> | boolean
}

/**
 * Load goes on until the disk is full and the hospital says so, the others go on; with room, and started again (`part`, or both),
 * it is where they are.
 */
const filled = ({ hit, disk, says, part }: Full) =>
  underLoad(async ({ writers, others }) => {
    await until('the disk is full', () => disk.full())
    await going(others, 10)
    await until('it says so', says)
    disk.grow()
    await net.running.member(hit).kill(part)
    net.running.member(hit).start(part)
    await net.settle([hit])
    await going(writers, 1)
  }, hit)

const CHAIN_FULL = 4
const NODE_FULL = 3

test('CometBFT’s disk is full at one: its page says so, the others go on; with room it catches up', {
  skip: skip || noMount(),
}, async (t) => {
  if (!timeLeft()) return t.skip(USED_UP)
  const member = net.running.member(CHAIN_FULL)
  await member.stop()
  const disk = onSmallDisk(join(net.folder(CHAIN_FULL), 'comet', 'data'), 1 << 20)
  member.start()
  await net.settle()
  const says = async () => (await live(CHAIN_FULL)).alarms.includes('process-stuck')
  t.diagnostic(JSON.stringify(await filled({ hit: CHAIN_FULL, disk, says })))
})

test('a node’s disk is full at one: it refuses in words, the others go on; with room all that it acknowledged is there', {
  skip: skip || noMount(),
}, async (t) => {
  if (!timeLeft()) return t.skip(USED_UP)
  const member = net.running.member(NODE_FULL)
  const folder = net.folder(NODE_FULL)
  await member.stop()
  const disk = onSmallDisk(folder, 6 << 20)
  // CometBFT's own lies on another one, with room.
  onSmallDisk(join(folder, 'comet'), 256 << 20)
  member.start()
  await net.settle()
  const people: string[] = []
  const codes = new Map<string, number>()
  let over = false
  const enrolling = (async () => {
    while (!over) {
      try {
        const { link, keys } = await net.desk(NODE_FULL)
        people.push((await enrol(link, { org: keys.org, name: 'Dr Sample (sample)' }, async () => {})).handle)
      } catch (error) {
        const code = isAppError(error) ? error.code : String(error)
        codes.set(code, (codes.get(code) ?? 0) + 1)
      }
      await wait(20)
    }
  })()
  try {
    const says = () => codes.has('disk-full')
    t.diagnostic(JSON.stringify(await filled({ hit: NODE_FULL, disk, says, part: 'comet' })))
  } finally {
    over = true
    await enrolling
  }
  t.diagnostic(`${people.length} enrolled; ${JSON.stringify([...codes])}`)
  for (const [code] of codes) assert.ok(errors[code], `there are words for ${code}`)
  assert.ok(people.length > 0)
  const { link } = await net.desk(NODE_FULL)
  for (const handle of people) await findKeyring(link, handle as never)
})
