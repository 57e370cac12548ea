import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { base64url, utf8 } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import { manualClock } from '@salus/base/testing'
import { generateKeyPair } from '@salus/crypto/keys'
import { type Binding, sealToKey } from '@salus/crypto/packet'
import type { Adoption } from './adopt.ts'
import { homeOf } from './adopted.store.ts'
import type { Receipt, SubmissionItem } from './contract.ts'
import { inspectSources } from './inspect.ts'
import { dumpTables } from './sample.store.ts'
import { signStatement } from './statement.ts'
import {
  createPerson,
  openTestJournal,
  SAMPLE_ORIGIN,
  sampleSigners,
  sampleSlice,
  type TestJournal,
  type Times,
} from './testing.ts'
import { clearViews } from './tiles.store.ts'
import { verifyReceipt } from './verify.ts'

const ELSEWHERE = 'journal.replica.example'
const THIRD = 'journal.third.example'
const refusedWith = (code: string) => (error: unknown) => {
  assert.ok(isAppError(error), String(error))
  assert.equal(error.code, code)
  return true
}
const box = generateKeyPair(systemRandom)
const packet = (n: number) =>
  sealToKey(box.publicKey, { kind: 'deposit', record: `sample-${n}` } as Binding, utf8('key'))
const folder = () => mkdtempSync(join(tmpdir(), 'salus-adopt-'))

/** A home, a replica that knows it, and a third log that both know. */
async function consortium() {
  const { clock, advance } = manualClock()
  const third = await openTestJournal(folder(), { origin: THIRD, clock })
  const home = await openTestJournal(folder(), { clock, homes: [third.key] })
  const dir = folder()
  const homes = [home.key, third.key]
  const replica = await openTestJournal(dir, { origin: ELSEWHERE, homes, clock })
  const times: Times = { clock, random: (n) => crypto.getRandomValues(new Uint8Array(n)) }
  const person = await createPerson(times)
  const close = () => Promise.all([home, replica, third].map((one) => one.close()))
  return { home, replica, third, dir, homes, clock, advance, times, person, close }
}
type World = Awaited<ReturnType<typeof consortium>>

/** Taken at the home; as the home hands it on. */
async function taken({ home, clock }: World, item: SubmissionItem, at: TestJournal = home): Promise<Adoption> {
  const now = Math.floor(clock() / 1000)
  const [receipt] = await at.journal.accept({ items: [item] })
  return { ...item, home: { origin: at.key.name, at: now, receipt: receipt as Receipt } }
}

/** One after another, as they stand in the log. */
async function adoptAll({ replica }: World, all: readonly Adoption[]): Promise<void> {
  for (const one of all) await replica.journal.adopt([one])
}

const notes = (w: World, which: 'home' | 'replica' = 'replica') =>
  w[which].views.tx((v) => v.all('SELECT number, words FROM sample_note ORDER BY number, words'))

test('J25 a replica knows a chain by its home’s numbers, in a log of its own, and its views are made again row for row', async () => {
  const w = await consortium()
  const { person, replica, advance } = w
  const all = [await taken(w, await person.found()), await taken(w, await person.write('one', { packets: [] }))]
  advance(3_600_000)
  await adoptAll(w, all)
  const seen = await person.see('here', { aud: ELSEWHERE })
  const [here] = await replica.journal.accept({ items: [seen] })
  await verifyReceipt(seen.statement, here as Receipt, [replica.key])
  const two = await taken(w, await person.write('two'))
  const [receipt] = await replica.journal.adopt([two])
  await verifyReceipt(two.statement, receipt as Receipt, [replica.key])
  assert.equal(receipt?.number, 4, 'its own log counts on')
  assert.deepEqual(
    (await notes(w)).map(({ number, words }) => [Number(number) >= 2 ** 40 ? 'here' : number, words]),
    [
      [2, 'one'],
      [3, 'two'],
      ['here', 'here'],
    ],
  )
  const before = await replica.views.tx(dumpTables)
  await replica.views.tx(clearViews)
  await replica.journal.catchUp()
  assert.deepEqual(await replica.views.tx(dumpTables), before)
  const policy = { logs: [], nodes: new Map(), quorum: 'none' }
  const { faults } = await inspectSources(replica.sources, [sampleSlice], { key: replica.key, policy })
  assert.deepEqual(faults, {})
  await w.close()
})

test('J25 in a mirrored chain nothing is taken but what was done here; at its home nothing is adopted but what was done elsewhere', async () => {
  const w = await consortium()
  const { person, replica, home, clock, times } = w
  const first = await taken(w, await person.found())
  await replica.journal.adopt([first])
  const local = await person.write('mine', { aud: ELSEWHERE })
  await assert.rejects(replica.journal.accept({ items: [local] }), refusedWith('home-elsewhere'))
  // The third log mirrors the person too; a look there is told to the home, another word is not.
  const dir = folder()
  const mirror = await openTestJournal(dir, { origin: THIRD, homes: [home.key], clock })
  await mirror.journal.adopt([first])
  const look = await taken(w, await person.see('elsewhere', { aud: THIRD }), mirror)
  const knows = await openTestJournal(folder(), { clock, homes: [mirror.key] })
  await assert.rejects(knows.journal.adopt([look]), refusedWith('signer-unknown'), 'a person it does not know')
  await knows.journal.accept({ items: [{ statement: first.statement }] })
  await knows.journal.adopt([look])
  assert.equal(knows.journal.log.size(), 2)
  // A lying log takes what it should not and hands it to the chain's own home.
  const liar = await openTestJournal(folder(), { origin: THIRD, clock })
  const founded = { handle: person.handle, device: person.signer.publicKey }
  const again = await signStatement(
    person.signer,
    { type: 'SampleFounded', iss: 'self', aud: THIRD, body: founded },
    times,
  )
  await liar.journal.accept({ items: [{ statement: again }] })
  const written = await taken(w, await person.write('not for there', { aud: THIRD }), liar)
  const honest = await openTestJournal(folder(), { clock, homes: [liar.key] })
  await honest.journal.accept({ items: [{ statement: first.statement }] })
  await assert.rejects(honest.journal.adopt([written]), refusedWith('home-elsewhere'))
  await Promise.all([mirror, knows, liar, honest].map((one) => one.close()))
  await w.close()
})

test('J25 a look made at the replica goes home, comes back under the home’s number, and stands once everywhere', async () => {
  const { clock } = manualClock()
  const dirs = [folder(), folder()] as const
  // Each knows the other's key: opened once for the keys, then together.
  const keys = await Promise.all([
    openTestJournal(dirs[0], { clock }),
    openTestJournal(dirs[1], { origin: ELSEWHERE, clock }),
  ])
  await Promise.all(keys.map((one) => one.close()))
  const home = await openTestJournal(dirs[0], { clock, homes: [keys[1].key] })
  const replica = await openTestJournal(dirs[1], { origin: ELSEWHERE, homes: [keys[0].key], clock })
  const w = { home, replica, clock } as World
  const person = await createPerson({ clock, random: (n) => crypto.getRandomValues(new Uint8Array(n)) })
  await replica.journal.adopt([await taken(w, await person.found())])
  const look = await taken(w, await person.see('looked', { aud: ELSEWHERE }), replica)
  const [athome] = await home.journal.adopt([look])
  assert.equal(athome?.number, 2)
  const back: Adoption = {
    ...look,
    home: { origin: SAMPLE_ORIGIN, at: look.home?.at ?? 0, receipt: athome as Receipt },
  }
  await replica.journal.adopt([back])
  await replica.journal.adopt([back])
  assert.equal(replica.journal.log.size(), 2)
  assert.deepEqual(
    (await notes(w)).map((one) => one.number),
    [2, 2 ** 40 + 2],
  )
  const before = await replica.views.tx(dumpTables)
  await replica.views.tx(clearViews)
  await replica.journal.catchUp()
  assert.deepEqual(await replica.views.tx(dumpTables), before)
  const next = await taken(w, await person.write('after'))
  await replica.journal.adopt([next])
  assert.equal((await replica.sources.tx((s) => homeOf(s, person.handle)))?.number, 3)
  await home.close()
  await replica.close()
})

test('J26 adopted once: the same again gets the same place, at another place it is refused', async () => {
  const w = await consortium()
  const first = await taken(w, await w.person.found())
  const one = await taken(w, await w.person.write('one'))
  const [a] = await w.replica.journal.adopt([first])
  const [b] = await w.replica.journal.adopt([first])
  assert.deepEqual([a?.index, a?.number, a?.salt], [b?.index, b?.number, b?.salt])
  await w.replica.journal.adopt([one])
  const size = w.replica.journal.log.size()
  // The home shows the first statement's bytes at the second's place: its receipt does not prove that.
  const lie: Adoption = {
    ...first,
    home: { ...one.home, receipt: { ...one.home?.receipt, id: first.home?.receipt.id } } as never,
  }
  await assert.rejects(w.replica.journal.adopt([lie]), refusedWith('home-receipt-invalid'))
  assert.equal(w.replica.journal.log.size(), size)
  await w.close()
})

test('J26 a forged receipt, another log’s, a changed statement, an unknown log, one for another: refused, without a trace', async () => {
  const w = await consortium()
  const { person, replica, third } = w
  const first = await taken(w, await person.found())
  await replica.journal.adopt([first])
  const good = await taken(w, await person.write('one'))
  const before = await replica.sources.tx(dumpTables)
  const receipt = good.home?.receipt as Receipt
  const wrong = (more: Partial<Receipt>): Adoption => ({
    ...good,
    home: { ...good.home, receipt: { ...receipt, ...more } } as never,
  })
  const refused = async (item: Adoption, code: string, what: string) => {
    await assert.rejects(replica.journal.adopt([item]), refusedWith(code), what)
  }
  await refused(wrong({ salt: base64url(new Uint8Array(32)) }), 'home-receipt-invalid', 'another salt')
  await refused(wrong({ number: 3 }), 'home-receipt-invalid', 'another number')
  await refused(wrong({ index: 0 }), 'home-receipt-invalid', 'another index')
  await refused(wrong({ proof: 'c2sp.org/tlog-proof@v1\n' }), 'home-receipt-invalid', 'no proof')
  const proof = receipt.proof.replace(/(— \S+ \S{20})(.)/, (_, head, letter) => `${head}${letter === 'A' ? 'B' : 'A'}`)
  await refused(wrong({ proof }), 'home-receipt-invalid', 'a forged checkpoint')
  const thirdSays = { ...good, home: { ...good.home, origin: THIRD } } as Adoption
  await refused(thirdSays, 'home-receipt-invalid', 'another log’s receipt')
  const unknown = { ...good, home: { ...good.home, origin: 'journal.nobody.example' } } as Adoption
  await refused(unknown, 'home-unknown', 'a log that nobody knows')
  const self = { ...good, home: { ...good.home, origin: ELSEWHERE } } as Adoption
  await refused(self, 'home-unknown', 'its own log')
  const changed = await person.write('another')
  await refused({ ...good, statement: changed.statement }, 'home-receipt-invalid', 'a changed statement')
  // The third log takes a statement addressed to it, in a chain of its own; the replica knows whose chain it is.
  const stolen = await createPerson(w.times)
  const moved = await signStatement(
    stolen.signer,
    {
      type: 'SampleFounded',
      iss: 'self',
      aud: THIRD,
      body: { handle: person.handle, device: stolen.signer.publicKey },
    },
    w.times,
  )
  await refused(await taken(w, { statement: moved }, third), 'home-elsewhere', 'another home for a known chain')
  await refused(
    { ...good, home: { ...good.home, at: 5 } } as Adoption,
    'home-receipt-invalid',
    'a time that nobody signed',
  )
  assert.deepEqual(await replica.sources.tx(dumpTables), before, 'no trace')
  await replica.journal.adopt([good])
  await w.close()
})

test('J26 a gap in the chain is refused until it is filled', async () => {
  const w = await consortium()
  const [first, one, two] = [
    await taken(w, await w.person.found()),
    await taken(w, await w.person.write('one')),
    await taken(w, await w.person.write('two')),
  ]
  await assert.rejects(w.replica.journal.adopt([one]), refusedWith('signer-unknown'))
  await w.replica.journal.adopt([first])
  await assert.rejects(w.replica.journal.adopt([two]), refusedWith('home-gap'))
  await w.replica.journal.adopt([one])
  await w.replica.journal.adopt([two])
  assert.deepEqual(
    (await notes(w)).map((row) => row.words),
    ['one', 'two'],
  )
  await w.close()
})

test('J26 a log that writes a chain twice over is found at the first entry that does not follow', async () => {
  const w = await consortium()
  const { person, replica } = w
  await replica.journal.adopt([await taken(w, await person.found())])
  const one = await person.write('one')
  await replica.journal.adopt([await taken(w, one)])
  // The same log's key over another past: a folder of the home from before `one`.
  const fork = await forkOf(w)
  const other = await taken(w, await person.write('another past'), fork)
  const next = await taken(w, await person.write('and on'), fork)
  await assert.rejects(replica.journal.adopt([other]), refusedWith('home-gap'))
  await assert.rejects(replica.journal.adopt([next]), refusedWith('home-gap'))
  await fork.close()
  await w.close()
})

/** A log under the home's own key that never saw anything but the person's first entry. */
async function forkOf({ home, clock }: World): Promise<TestJournal> {
  const dir = folder()
  const { copyFileSync } = await import('node:fs')
  const file = await home.sources.tx((s) =>
    s.get<{ file: string }>("SELECT file FROM pragma_database_list WHERE name = 'main'"),
  )
  copyFileSync(join(file?.file ?? '', '..', 'log.key'), join(dir, 'log.key'))
  const fork = await openTestJournal(dir, { clock })
  const row = await home.sources.tx((s) => s.get<{ token: string }>('SELECT token FROM statement WHERE idx = 0'))
  await fork.journal.accept({ items: [{ statement: row?.token ?? '' }] })
  return fork
}

test('J27 what a later statement destroyed at the home is not asked for; what is there must be what was signed', async () => {
  const w = await consortium()
  const { person, replica } = w
  await replica.journal.adopt([await taken(w, await person.found())])
  const [a, b, c] = [await packet(1), await packet(2), await packet(3)]
  const item = await person.write('one', { packets: [a, b], content: 'sealed' })
  const { packets: _, content: __, ...bare } = await taken(w, item)
  await assert.rejects(replica.journal.adopt([{ ...bare, packets: [c] }]), refusedWith('packets-mismatch'))
  await assert.rejects(
    replica.journal.adopt([{ ...bare, packets: [b, a] }]),
    refusedWith('packets-mismatch'),
    'in their order',
  )
  await assert.rejects(replica.journal.adopt([{ ...bare, content: 'other' }]), refusedWith('content-mismatch'))
  await replica.journal.adopt([{ ...bare, packets: [b] }])
  const kept = await replica.sources.tx((s) => s.all('SELECT jwe FROM packet'))
  assert.deepEqual(
    kept.map((one) => one.jwe),
    [b],
  )
  await w.close()
})

test('J28 the rules are asked as of when the home took it; a signer of then counts, a stranger never', async () => {
  const w = await consortium()
  const { person, replica, advance, times } = w
  const first = await taken(w, await person.found())
  const one = await taken(w, await person.write('one'))
  advance(30 * 86_400_000)
  await adoptAll(w, [first, one])
  const stored = await replica.journal.receiptAt(1)
  assert.equal(stored?.stored.at, one.home?.at)
  const stranger = await createPerson(times)
  const forged = await signStatement(
    stranger.signer,
    {
      type: 'SampleWritten',
      iss: person.handle,
      sub: person.handle,
      aud: SAMPLE_ORIGIN,
      body: { words: 'x', packets: [] },
    },
    times,
  )
  await assert.rejects(
    replica.journal.adopt([{ ...one, statement: forged }]),
    (error) => isAppError(error) && ['home-receipt-invalid', 'signer-unknown'].includes(error.code),
  )
  await w.close()
})

test('J29 what only takes away is taken without the home’s word, from the person’s own key, and nothing else is', async () => {
  const w = await consortium()
  const { person, replica, dir, homes, clock } = w
  const first = await taken(w, await person.found())
  const one = await taken(w, await person.write('one'))
  await assert.rejects(replica.journal.stop((await person.erase()).statement), refusedWith('signer-unknown'))
  await adoptAll(w, [first, one])
  await assert.rejects(replica.journal.adopt([await person.write('two')]), refusedWith('home-receipt-missing'))
  await assert.rejects(replica.journal.stop((await person.write('two')).statement), refusedWith('home-receipt-missing'))
  const thief = await createPerson(w.times)
  const draft = { type: 'SampleErased', iss: person.handle, sub: person.handle, aud: SAMPLE_ORIGIN, body: {} }
  const forged = await signStatement({ ...thief.signer, kid: person.signer.kid }, draft, w.times)
  await assert.rejects(replica.journal.stop(forged), refusedWith('signature-invalid'))
  assert.equal(replica.journal.isStopped(person.handle, 'anything'), false)
  const erase = await person.erase()
  // With a key that was taken out since, the home may tell it, and nobody else.
  await replica.close()
  const signers = { find: async () => undefined, earlier: sampleSigners.find }
  const later = await openTestJournal(dir, { origin: ELSEWHERE, homes, clock, signers })
  for (const from of [undefined, 'journal.third.example'])
    await assert.rejects(later.journal.stop(erase.statement, from), refusedWith('signer-unknown'))
  assert.equal(later.journal.isStopped(person.handle, 'anything'), false)
  await later.journal.stop(erase.statement, SAMPLE_ORIGIN)
  assert.equal(later.journal.isStopped(person.handle, 'anything'), true)
  await later.close()
  const again = await openTestJournal(dir, { origin: ELSEWHERE, homes, clock })
  assert.equal(again.journal.isStopped(person.handle, 'anything'), true, 'also after a restart')
  await again.journal.adopt([{ statement: erase.statement }])
  assert.equal(await again.sources.tx((s) => homeOf(s, person.handle)), undefined)
  await again.close()
  await Promise.all([w.home.close(), w.third.close()])
})

test('J30 an erasure wins over older data: an old copy of the home brings nobody back, however late', async () => {
  const w = await consortium()
  const { person, replica, advance } = w
  const first = await taken(w, await person.found())
  const one = await taken(w, await person.write('one'))
  await adoptAll(w, [first, one])
  await taken(w, await person.write('never fetched'))
  const gone = await taken(w, await person.erase())
  await replica.journal.adopt([gone])
  assert.deepEqual(await notes(w), [])
  assert.deepEqual(await replica.sources.tx((s) => s.all('SELECT token FROM statement')), [])
  advance(400 * 86_400_000)
  await assert.rejects(replica.journal.adopt([first]), refusedWith('not-found'))
  await assert.rejects(replica.journal.adopt([one]), (error) => isAppError(error))
  await w.close()
})
