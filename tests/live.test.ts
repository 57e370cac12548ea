/** The consortium as one node sees it: what it answers to anybody, what it calls an alarm, and how the page says it. */
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkWith } from '@salus/base/schema'
import { manualClock } from '@salus/base/testing'
import { digest } from '@salus/crypto/hash'
import { logKeys } from '@salus/directory/consortium'
import { formatVkey } from '@salus/journal/note'
import type { AskText } from '@salus/journal/witnessing'
import { draftTx, signTx } from '@salus/ledger/device'
import { ledgerModules } from '@salus/ledger/embedded'
import { alarms, type Live, liveEndpoint } from '@salus/ledger/live'
import { marketModule } from '@salus/market/ledger'
import { readFounded } from '@salus/node-app/found'
import { startNode, type TestNode } from '@salus/node-app/testing'
import {
  ago,
  alarmOf,
  headOf,
  mirrorsOf,
  nameOf,
  orderOf,
  processOf,
  recordedOf,
  sentenceOf,
  stateOf,
  unheardOf,
  witnessesOf,
} from '@salus/web-app/consortium/told'
import { stateWords, txWords } from '@salus/web-app/consortium/words'
import { deskAuthor, newPatient, world, write } from './people.ts'

const ask = async (at: TestNode): Promise<Live> => {
  const answer = await at.fetch(`http://node.test${liveEndpoint.path}`, {})
  assert.equal(answer.status, 200)
  return checkWith(liveEndpoint.output, await answer.json())
}

const real = JSON.parse(readFileSync(join(import.meta.dirname, 'vectors/consortium.live.json'), 'utf8')) as Record<
  'whole' | 'killed' | 'apart',
  Live
>

test('N30 anybody is told members, blocks by whose and which type, and the journal’s place; a second at most one answer is made', async () => {
  const { clock, advance } = manualClock()
  const at = await startNode({ clock })
  const w = world(at, clock)
  const patient = await newPatient(w)
  await write(await deskAuthor(w), patient.keys.handle, 'results', { n: 1 })
  advance(1_000)
  const before = await ask(at)
  const size = at.node.journal.log.size()
  assert.deepEqual([before.engine, before.tolerated, before.voters, before.blocks], ['embedded', 0, 0, []])
  assert.deepEqual([before.journal, before.alarms], [{ size, recorded: 0 }, []])
  assert.deepEqual(
    before.members.map(({ name, orgs, here }) => [name ?? orgs[0], here]),
    [
      ['saint-roch-node', true],
      ['cabinet-lilas', false],
      ['saint-roch', false],
    ],
  )
  await at.node.advance()
  assert.deepEqual((await ask(at)).blocks, [], 'the same second, the same answer')
  advance(1_000)
  const after = await ask(at)
  assert.deepEqual(after.journal, { size, recorded: size })
  assert.deepEqual(
    after.blocks.map(({ height, txs }) => [height, txs]),
    [[1, [{ org: 'saint-roch-node', type: 'log.advance', size }]]],
  )
  assert.equal(after.members[0]?.head?.size, size)
  const text = JSON.stringify(after)
  assert.ok(!text.includes(patient.keys.handle) && !text.includes(at.node.roots.organisations[0]?.key ?? '-'))
  await at.node.close()
})

test('N30 an entry that waits for a block for half a minute is an alarm, until it has come', async () => {
  const { clock, advance } = manualClock()
  const at = await startNode({ clock })
  await newPatient(world(at, clock))
  advance(29_000)
  assert.deepEqual((await ask(at)).alarms, [])
  advance(2_000)
  assert.deepEqual((await ask(at)).alarms, ['no-block'])
  await at.node.advance()
  advance(1_000)
  assert.deepEqual((await ask(at)).alarms, [])
  at.node.state.ledger = 'failing'
  advance(1_000)
  assert.deepEqual((await ask(at)).alarms, ['heads-failing'])
  await at.node.close()
})

test('N30 a head that the ledger refuses is named: it is no moment’s trouble', async () => {
  const { clock, advance } = manualClock()
  const at = await startNode({ clock })
  await newPatient(world(at, clock))
  // Whoever has the operator’s key says of this journal what it never was.
  const { operator, operatorKey, genesis } = await readFounded(at.dir)
  const forged = { origin: at.origin, size: 1, root: digest('another log'), proof: [] }
  const payload = draftTx({ chain: genesis.chain, org: operator, seq: 1 }, 'log.advance', forged)
  await at.node.ledger.submit(await signTx(operatorKey.privateKey, operatorKey.publicKey, payload))
  await assert.rejects(at.node.advance(), { code: 'log-proof-invalid' })
  at.node.state.ledger = 'failing'
  advance(1_000)
  assert.deepEqual((await ask(at)).alarms, ['head-refused'])
  // Its last act is to send the head once more.
  await assert.rejects(at.node.close(), { code: 'log-proof-invalid' })
})

test('N30 it says how far the witnesses have cosigned, and when they stay away for a minute', async () => {
  const { clock, advance } = manualClock()
  let other: TestNode = await startNode({ clock, origin: 'journal.lilas.example' })
  const state = { up: true }
  const reach: AskText = async (url, body) => {
    if (!state.up) throw new Error('no route')
    const answer = await other.fetch(url, body === undefined ? {} : { method: 'POST', body })
    return { status: answer.status, body: await answer.text() }
  }
  const line = `witness lilas ${formatVkey(other.node.witnessKey)} http://lilas.test/witness`
  const at = await startNode({ clock, policy: `${line}\nquorum lilas\n`, ask: reach })
  other = await other.reopen({ follows: logKeys(at.node.roots) })
  await newPatient(world(at, clock))
  await at.node.advance()
  const size = at.node.journal.log.size()
  for (let i = 0; i < 100; i++) {
    await at.node.witness()
    advance(1_000)
    if ((await ask(at)).witnesses?.cosigned === size) break
  }
  assert.deepEqual((await ask(at)).witnesses, { needed: 1, of: 1, cosigned: size })
  state.up = false
  await newPatient(world(at, clock))
  await at.node.advance()
  assert.deepEqual((await ask(at)).alarms, [])
  advance(31_000)
  assert.deepEqual((await ask(at)).alarms, [], 'what nobody cosigned is not what the ledger misses')
  advance(30_000)
  assert.deepEqual((await ask(at)).alarms, ['unwitnessed'])
  state.up = true
  await at.node.witness()
  advance(1_000)
  assert.deepEqual((await ask(at)).alarms, [])
  await Promise.all([at.node.close(), other.node.close()])
})

test('N30 a node whose journal is closed still says so, and nothing else is served', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'salus-live-'))
  const [newest, old] = [join(dir, 'newest'), join(dir, 'old')]
  const first = await startNode({ dir: newest })
  await newPatient(world(first))
  await first.node.close()
  cpSync(newest, old, { recursive: true })
  const going = { ...(await startNode({ dir: newest })), organisations: first.organisations }
  await newPatient(world(going))
  const later = going.node.journal.checkpoint()
  await going.node.close()
  const at = await startNode({ dir: old })
  await at.node.journal.show(later).catch(() => undefined)
  assert.equal((await at.fetch('http://node.test/consortium.json', {})).status, 503)
  assert.ok((await ask(at)).alarms.includes('journal-shut'))
  await at.node.close()
})

/** In English and French, one after the other. */
const both = ({ en, fr }: { en: string; fr: string }) => [en, fr]

test('the page: what a consortium of four really answered, in words', () => {
  const { whole, killed, apart } = real
  for (const one of [whole, killed, apart]) assert.deepEqual(checkWith(liveEndpoint.output, one), one)
  const states = (live: Live) => live.members.map((one) => [nameOf(one), stateOf(one)])
  assert.deepEqual(states(whole), [
    ['Hôpital des Cimes (sample)', 'heard'],
    ['Hôpital des Lilas (sample)', 'heard'],
    ['Hôpital du Port (sample)', 'heard'],
    ['Hôpital Saint-Roch (sample)', 'here'],
  ])
  assert.deepEqual(
    states(killed).map(([, state]) => state),
    ['heard', 'heard', 'silent', 'here'],
  )
  assert.deepEqual(
    [unheardOf(whole)?.en, unheardOf(killed)?.en, unheardOf(apart)?.fr],
    [
      undefined,
      'Not heard from here: Hôpital du Port (sample).',
      'Pas entendu d’ici : Hôpital des Cimes (sample), Hôpital du Port (sample).',
    ],
  )
  assert.deepEqual([whole.alarms, killed.alarms, apart.alarms], [[], [], ['votes-apart']])
  assert.deepEqual(both(orderOf(whole)), [
    '4 hospitals vote on blocks. Failures tolerated at once: 1.',
    '4 hôpitaux votent sur les blocs. Pannes tolérées à la fois : 1.',
  ])
  assert.equal(processOf(apart)?.en, 'block 19, hears 1 other')
  assert.equal(processOf(killed)?.fr, 'bloc 19, entend 2 autres')
  assert.equal(witnessesOf(whole).en, '2 of 3 other hospitals must cosign: 24 of 24 entries cosigned.')
  assert.equal(recordedOf(whole).fr, '24 sur 24 entrées')
  const late = { ...whole, mirrors: [{ org: 'hopital-du-port-node', seen: 20, behind: 4 }] }
  assert.equal(mirrorsOf(late)[0]?.fr, 'Hôpital du Port (sample) : 4 entrées à venir')
  assert.equal(mirrorsOf(whole)[1]?.en, 'Hôpital des Lilas (sample): up to date')
  const doubt = { org: 'hopital-du-port-node', alarm: 'other-split' as const, at: 1 }
  const { title } = alarmOf({ ...whole, doubts: [doubt] }, 'other-split')
  assert.match(title.en, /^Hôpital du Port \(sample\): two different histories/)
  const clocks = [{ org: 'hopital-du-port-node', seconds: 300 }]
  assert.match(alarmOf({ ...whole, clocks }, 'clocks-apart').title.fr, /^Hôpital du Port \(sample\) : l’horloge/)
  const told = whole.blocks.flatMap(({ txs }) => txs.map((tx) => sentenceOf(whole, tx)))
  assert.ok(told.some(({ en }) => en === 'Hôpital Saint-Roch (sample) recorded its journal: 24 entries'))
  assert.ok(told.some(({ fr }) => fr === 'Hôpital du Port (sample) a relevé son journal : 24 entrées'))
})

test('the page: fewer than four tolerate nothing, one node alone says so, and nobody is guessed to be up', () => {
  const three = { ...real.whole, voters: 3, tolerated: 0 }
  assert.match(orderOf(three).en, /^3 hospitals vote on blocks\. Fewer than four: no failure is tolerated\.$/)
  assert.match(orderOf({ ...three, engine: 'embedded' }).fr, /^Ce nœud seul/)
  const [member] = real.whole.members
  assert.ok(member?.node)
  const { heard: _, ...node } = member.node
  assert.equal(stateOf({ ...member, node }), 'unknown')
  const { node: __, head: ___, ...bare } = member
  assert.equal(stateOf(bare), 'without')
  assert.equal(headOf(bare, 0).en, 'no journal on the ledger')
  assert.equal(
    sentenceOf(real.whole, { org: 'elsewhere', type: 'new.type' }).en,
    'elsewhere put something on the ledger',
  )
  assert.equal(
    sentenceOf(real.whole, { org: 'hopital-du-port', type: 'org.admit', about: 'hopital-du-vallon' }).fr,
    'Hôpital du Port (sample) vote pour l’admission de hopital-du-vallon',
  )
})

test('the page: ages in the largest unit that fits', () => {
  const told = [0, 4_000, 61_000, 7_200_000, 200_000_000].map((age) => ago(1e12, 1e12 - age).en)
  assert.deepEqual(told, ['0 s ago', '4 s ago', '1 min ago', '2 h ago', '2 d ago'])
  assert.equal(ago(0, 5_000).fr, 'il y a 0 s')
})

test('the page: every type of transaction, alarm and state has words in both languages, and no words are for a type that is not', () => {
  const types = [...ledgerModules, marketModule('salus-test')].flatMap((one) => Object.keys(one.types))
  assert.deepEqual(Object.keys(txWords).sort(), types.sort())
  for (const { en, fr } of [...Object.values(txWords), ...Object.values(stateWords)]) assert.ok(en && fr && en !== fr)
  for (const alarm of alarms) {
    const { title, next } = alarmOf(real.whole, alarm)
    for (const { en, fr } of [title, next]) assert.ok(/\.$/.test(en) && /\.$/.test(fr) && en !== fr, alarm)
  }
})
