import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fromBase64url } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import type { Call, Endpoint, Principal } from '@salus/base/endpoint'
import { generateDeviceKey } from '@salus/crypto/keys'
import { readChain, showLast } from './device.ts'
import { formatCheckpoint, noteKey, signNote } from './note.ts'
import { journalRoutes } from './routes.ts'
import { createPerson, openTestJournal, SAMPLE_ORIGIN, type TestJournal } from './testing.ts'
import { EMPTY_CHAIN } from './verify.ts'

const folder = mkdtempSync(join(tmpdir(), 'salus-shown-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const closed = { code: 'journal-closed' }
const newDir = () => mkdtempSync(join(folder, 'one-'))

/** A log of some entries, and the same folder as it was before the last of them: a rollback. */
async function rolledBack() {
  const dir = newDir()
  const person = await createPerson()
  const first = await openTestJournal(dir)
  await first.journal.accept({ items: [await person.found()] })
  await first.journal.accept({ items: [await person.write('one')] })
  const early = first.journal.checkpoint()
  await first.close()
  const copy = newDir()
  cpSync(dir, copy, { recursive: true })
  const grown = await openTestJournal(dir)
  await grown.journal.accept({ items: [await person.write('two')] })
  const kept: string[] = []
  const keepEvidence = async ({ note }: { note: string }) => void kept.push(note)
  const old = await openTestJournal(copy, { keepEvidence })
  return { person, grown, old, early, late: grown.journal.checkpoint(), kept }
}

/** The rows of the journal as a patient calls them, in process. */
function callOf(at: TestJournal, handle: string): Call {
  const principal: Principal = { role: 'patient', handle, org: 'sample-one', device: '' }
  const routes = journalRoutes(at.journal, at.sources)
  return (async (endpoint: Endpoint, asked: { query?: unknown; input?: unknown } = {}) => {
    at.journal.check()
    const bound = routes.find((one) => one.endpoint === endpoint)
    return bound?.handle({ principal, query: asked.query, input: asked.input } as never)
  }) as Call
}

test('J23 a later checkpoint of its own closes a log that was rolled back; the evidence is kept', async () => {
  const { person, grown, old, early, late, kept } = await rolledBack()
  await old.journal.show(early)
  old.journal.check()
  await old.journal.show(late)
  assert.throws(() => old.journal.check(), { code: 'journal-closed', facts: { size: 2, known: 3 } })
  await assert.rejects(old.journal.accept({ items: [await person.write('three')] }), closed)
  assert.deepEqual(kept, [late])
  await grown.journal.show(late)
  await grown.journal.show(early)
  grown.journal.check()
  for (const one of [old, grown]) await one.close()
})

test('J23 a checkpoint of the same size with another root closes it: that is a fork', async () => {
  const { person, grown, old, late } = await rolledBack()
  await old.journal.accept({ items: [await person.write('another two')] })
  await old.journal.show(late)
  assert.throws(() => old.journal.check(), closed)
  for (const one of [old, grown]) await one.close()
})

test('J23 what the log did not sign closes nothing: rubbish, strangers, another log', async () => {
  const { grown, old, late, kept } = await rolledBack()
  const { publicKey, privateKey } = await generateDeviceKey()
  const sign = async (message: Uint8Array<ArrayBuffer>) =>
    new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, message))
  const root = systemRandom(32)
  const forged = async (name: string, origin = name) =>
    signNote(formatCheckpoint({ origin, size: 1_000, root }), noteKey(name, fromBase64url(publicKey)), sign)
  const tries = [
    '',
    'rubbish',
    late.replace('\n3\n', '\n4\n'),
    await forged(SAMPLE_ORIGIN),
    await forged('other.example'),
  ]
  for (const one of tries) await assert.rejects(old.journal.show(one), { code: 'note-invalid' })
  old.journal.check()
  assert.deepEqual(kept, [])
  for (const one of [old, grown]) await one.close()
})

test('J23 a device that has seen more shows it, believes nothing, and the log closes', async () => {
  const { person, grown, old, early } = await rolledBack()
  let last: string | undefined
  const keep = (note: string) => {
    last = note
  }
  const read = (at: TestJournal, entries: string[] = []) =>
    readChain(
      callOf(at, person.handle),
      [at.key],
      EMPTY_CHAIN,
      async (page) => void entries.push(...page.map((one) => one.statement)),
      { last, keep },
    )
  await read(grown)
  assert.equal(last, grown.journal.checkpoint())
  const seen: string[] = []
  await assert.rejects(read(old, seen), { code: 'journal-behind', facts: { size: 2, known: 3 } })
  assert.deepEqual(seen, [], 'nothing of it reached the device')
  assert.throws(() => old.journal.check(), closed)
  await assert.rejects(showLast(callOf(old, person.handle), last), { code: 'journal-behind' })
  last = early
  await read(grown)
  assert.equal(last, grown.journal.checkpoint(), 'a log that has grown is followed')
  for (const one of [old, grown]) await one.close()
})

test('J23 a log that grew again after the rollback is found by the chain that does not go on', async () => {
  const { person, grown, old, late } = await rolledBack()
  const call = callOf(grown, person.handle)
  const head = await readChain(call, [grown.key], EMPTY_CHAIN, async () => {})
  await old.journal.accept({ items: [await person.write('another two')] })
  await old.journal.accept({ items: [await person.write('another three')] })
  const reading = readChain(callOf(old, person.handle), [old.key], head, async () => {}, { last: late, keep: () => {} })
  await assert.rejects(reading, { code: 'journal-behind' })
  assert.throws(() => old.journal.check(), closed)
  for (const one of [old, grown]) await one.close()
})

test('J23 a log that grew again past what was seen is found too, though the own chain goes on as it was', async () => {
  const { grown, old, late, kept } = await rolledBack()
  const [one, two] = [await createPerson(), await createPerson()]
  for (const at of [grown, old]) await at.journal.accept({ items: [await one.found()] })
  const seen = grown.journal.checkpoint()
  for (const words of ['a', 'b', 'c']) await old.journal.accept({ items: [await one.write(words)] })
  await old.journal.accept({ items: [await two.found()] })
  let last: string | undefined = seen
  const keep = (note: string) => {
    last = note
  }
  const reading = () => readChain(callOf(old, one.handle), [old.key], EMPTY_CHAIN, async () => {}, { last, keep })
  await assert.rejects(reading(), { code: 'journal-behind', facts: { size: 7, known: 4 } })
  assert.equal(last, seen, 'what proves it is kept')
  assert.deepEqual(kept, [seen])
  assert.throws(() => old.journal.check(), closed)
  // One that goes on as it was is followed, whatever was seen of it.
  for (last of [late, seen])
    await readChain(callOf(grown, one.handle), [grown.key], EMPTY_CHAIN, async () => {}, { last, keep })
  for (const at of [old, grown]) await at.close()
})

test('J23 a log that does not prove that it goes on, or proves an entry in another tree, is not believed', async () => {
  const { person, grown, early } = await rolledBack()
  const honest = callOf(grown, person.handle)
  const lying = (change: (page: Page) => object): Call =>
    (async (endpoint: Endpoint, asked: never) => {
      const answer = await honest(endpoint as never, asked)
      return endpoint.name === 'journal.chain' ? change(answer as Page) : answer
    }) as Call
  const read = (call: Call) =>
    readChain(call, [grown.key], EMPTY_CHAIN, async () => {}, { last: early, keep: () => {} })
  await read(honest)
  await assert.rejects(read(lying(({ consistency: _, ...page }) => page)), { code: 'journal-behind' })
  const swapped = lying(({ consistency = [], ...page }) => ({
    ...page,
    consistency: consistency.toReversed().slice(1),
  }))
  await assert.rejects(read(swapped), { code: 'journal-behind' })
  const before = await grown.journal.prove(2, 0)
  await grown.journal.accept({ items: [await person.write('three')] })
  const elsewhere = lying((page) => ({ ...page, entries: page.entries.slice(0, 3), proof: before?.proof }))
  await assert.rejects(read(elsewhere), { code: 'proof-invalid' })
  await grown.close()
})

type Page = { entries: object[]; consistency?: string[]; proof?: string }
