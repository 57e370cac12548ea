/** What follows from what a node asked of its consortium. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '@salus/base/testing'
import { sampleMember } from '@salus/ledger/samples'
import { createLag } from './lag.ts'
import { type CometWord, type Seen, shownBlocks, toleratedOf, viewOf } from './liveview.ts'

const made = await Promise.all(['alpha', 'beta', 'gamma', 'delta'].map((org) => sampleMember(org)))
const members = made.map(({ keys: _, ...one }) => ({ ...one, status: 'member' as const }))
const peers = members.map(({ node }) => node?.peer ?? '')
const calm = { shut: false, failing: false, refused: false, unrecorded: 0, uncosigned: 0, missing: 0 }

const seen = (more: Partial<Seen>): Seen => ({
  founded: { roots: { organisations: [{ org: 'alpha', name: 'Alpha (sample)' }] } as never, operator: 'alpha' },
  ...{ now: 10, alone: false, info: { chain: 'c', height: 5, time: 4, appHash: 'A'.repeat(43) } },
  ...{
    members,
    heads: [],
    word: undefined,
    blocks: [],
    mirrors: [],
    doubts: [],
    clocks: [],
    journal: { size: 0, recorded: 0 },
  },
  condition: calm,
  ...more,
})
const word = (heard: readonly string[], catching = false): CometWord => ({ height: 5, catching, heard, furthest: 5 })

test('N30 who is heard is what CometBFT hears; nobody is guessed where it is silent; this node comes first', () => {
  const view = viewOf(seen({ word: word([peers[1] ?? '', peers[2] ?? '']) }))
  assert.deepEqual(
    view.members.map(({ orgs, here, node }) => [orgs[0], here, node?.heard]),
    [
      ['alpha', true, undefined],
      ['beta', false, true],
      ['gamma', false, true],
      ['delta', false, false],
    ],
  )
  assert.deepEqual([view.members[0]?.name, view.voters, view.tolerated, view.alarms], ['Alpha (sample)', 4, 1, []])
  assert.ok(viewOf(seen({})).members.every(({ node }) => node?.heard === undefined))
  const last = viewOf(seen({ founded: { roots: { organisations: [] } as never, operator: 'delta' } }))
  assert.equal(last.members[0]?.orgs[0], 'delta')
})

test('N30 a desk and the node beside it are one entity, named as the roots name it, with the journal of either', () => {
  const [first, ...rest] = members
  assert.ok(first)
  const { node: _, ...bare } = first
  const beside = { ...bare, org: 'alpha-node' as never }
  const head = { origin: 'o.example', org: 'alpha-node', size: 7, root: '', time: 3 }
  const founded = { ...seen({}).founded, operator: 'alpha-node' }
  const [one, ...others] = viewOf(seen({ members: [beside, ...rest, first], heads: [head], founded })).members
  assert.deepEqual(one?.orgs, ['alpha', 'alpha-node'])
  assert.deepEqual([one?.name, one?.here, one?.head], ['Alpha (sample)', true, { size: 7, time: 3 }])
  assert.equal(others.length, 3)
})

test('N30 alarms: no more than two thirds heard, CometBFT away or behind, heads, blocks, witnesses; the worst first', () => {
  const alarmsOf = (more: Partial<Seen>) => viewOf(seen(more)).alarms
  assert.deepEqual(alarmsOf({ word: word(peers.slice(1, 3)) }), [], 'three of four')
  assert.deepEqual(alarmsOf({ word: word(peers.slice(1, 2)) }), ['votes-apart'], 'two of four')
  assert.deepEqual(alarmsOf({}), ['process-away'])
  assert.deepEqual(alarmsOf({ alone: true }), [])
  assert.deepEqual(alarmsOf({ word: word(peers, true) }), ['process-catching'])
  const clocks = [{ org: 'beta', seconds: 300 }]
  assert.deepEqual(alarmsOf({ word: word(peers), clocks }), ['clocks-apart'])
  const stuck = { ...calm, missing: 30_000 }
  assert.deepEqual(alarmsOf({ word: word(peers), condition: stuck }), ['process-stuck'])
  assert.deepEqual(alarmsOf({ word: word(peers, true), condition: stuck }), ['process-catching'], 'it takes them')
  const lags = { ...calm, unrecorded: 30_000, uncosigned: 60_000 }
  assert.deepEqual(alarmsOf({ alone: true, condition: lags }), ['no-block'], 'nobody is asked to cosign')
  const witnesses = { needed: 2, of: 3, cosigned: 0 }
  const worst = { ...lags, shut: true, failing: true, refused: true }
  assert.deepEqual(alarmsOf({ alone: true, witnesses, condition: worst }), [
    ...['journal-shut', 'head-refused', 'no-block', 'unwitnessed'],
  ])
})

test('N30 tolerated: fewer than a third of the votes', () => {
  const all = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(toleratedOf)
  assert.deepEqual(all, [0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3])
})

test('N30 blocks are told the newest first; a text that is no transaction is no block', () => {
  const empty = (height: number) => ({ height, time: height, txs: [], appHash: '' })
  assert.deepEqual(
    shownBlocks([empty(1), empty(2)]).map(({ height }) => height),
    [2, 1],
  )
  assert.throws(() => shownBlocks([{ ...empty(1), txs: ['a.b.c'] }]))
})

test('N30 a lag is that of the oldest that still waits, however much comes meanwhile', () => {
  const { clock, advance } = manualClock()
  const lag = createLag(clock)
  assert.equal(lag(0, 0), 0)
  assert.equal(lag(3, 0), 0)
  advance(5_000)
  assert.equal(lag(9, 2), 5_000)
  advance(1_000)
  assert.equal(lag(9, 3), 0, 'the first three have come, and the rest waits from now on')
  advance(2_000)
  assert.equal(lag(9, 8), 2_000)
  assert.equal(lag(9, 9), 0)
})
