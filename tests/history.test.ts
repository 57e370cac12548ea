/** Exports and histories on a whole node: what a patient takes along proves itself, and both sides remember the same. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from '@salus/base/bytes'
import { signerOf } from '@salus/directory/device/patient'
import { refuse } from '@salus/grants/device'
import { checkExport, type ExportFile, exportOwn } from '@salus/records/device/export'
import { emptyBook } from '@salus/records/device/own'
import { approve, hide, type PatientDevice, sync, takeBack } from '@salus/records/device/patient'
import fc from 'fast-check'
import { endEpochs, outcome, replace } from './craft.ts'
import { startDay } from './day.ts'
import { newPatient, newPro, proAuthor, request, write } from './people.ts'

const { advance, at, w, desk, doctor } = await startDay()
const nurse = await newPro(w, 'nurse')
const second = () => advance(2_000)

async function allowed(patient: PatientDevice, categories: string[], standing: boolean) {
  const id = await request(w, doctor, patient.keys.handle, categories)
  return (await approve(patient, id, { standing })).grant
}

const letter = (text: string, place: number) =>
  `${text.slice(0, place)}${text[place] === 'A' ? 'B' : 'A'}${text.slice(place + 1)}`

test('R14 an export proves itself offline, two records that say the same included; any change is refused', async () => {
  const patient = await newPatient(w)
  const handle = patient.keys.handle
  const made = await write(desk, handle, 'results', { resourceType: 'Basic', id: 'a', n: 1 })
  await write(proAuthor(doctor), handle, 'social', { resourceType: 'Basic', id: 'same' })
  await write(desk, handle, 'social', { resourceType: 'Basic', id: 'same' })
  await replace(desk, handle, 'results', made, { resourceType: 'Basic', id: 'a', n: 2 })
  const toBundle = (records: { fhir: string }[]) => ({
    resourceType: 'Bundle',
    entry: records.map(({ fhir }) => ({ resource: JSON.parse(fhir) })),
  })
  const good = await exportOwn(patient, toBundle, () => {})
  const check = (file: ExportFile) => checkExport(JSON.stringify(file), at.node.roots)
  assert.deepEqual(await check(good), { records: 4, authors: 2, entries: 3 })
  const [one, two] = good.records as [ExportFile['records'][0], ExportFile['records'][0]]
  const entry = good.bundle.entry as object[]
  const withFirst = (over: object): ExportFile => ({ ...good, records: good.records.with(0, { ...one, ...over }) })
  const withEntries = (entries: unknown): ExportFile => ({ ...good, bundle: { ...good.bundle, entry: entries } })
  const other = await newPatient(w)
  const changes: [string, ExportFile][] = [
    ['one letter of the ciphertext', withFirst({ content: letter(one.content, one.content.length - 30) })],
    ['another ciphertext', withFirst({ content: two.content })],
    ['another key', withFirst({ key: two.key })],
    ['another receipt', withFirst({ receipt: two.receipt })],
    ['another place', withFirst({ receipt: { ...one.receipt, index: one.receipt.index + 1 } })],
    ['one letter of the statement', withFirst({ statement: letter(one.statement, one.statement.length - 90) })],
    ['another author’s signature', withFirst({ statement: await resigned(one.statement) })],
    ['a record of the newest left out', { ...good, records: good.records.slice(0, -1) }],
    ['another patient', { ...good, patient: other.keys.handle }],
    ['no keyring of an author', { ...good, keyrings: good.keyrings.filter((each) => each.handle === handle) }],
    ['a keyring’s receipt', { ...good, keyrings: good.keyrings.map((each) => ({ ...each, receipt: one.receipt })) }],
    ['an entry changed', withEntries(entry.with(0, { resource: { resourceType: 'Basic', id: 'a', n: 1 } }))],
    ['an entry added', withEntries([...entry, entry[0]])],
    ['an entry removed', withEntries(entry.slice(1))],
    ['an entry of nothing', withEntries(entry.with(0, null as never))],
    ['no entries', withEntries({})],
  ]
  for (const [what, changed] of changes) await assert.rejects(check(changed), { name: 'AppError' }, what)
})

/** The same statement, word for word, signed by somebody else under the author's name. */
async function resigned(token: string): Promise<string> {
  const [head, body] = token.split('.')
  const signed = utf8(`${head}.${body}`)
  const signature = await crypto.subtle.sign('Ed25519', nurse.signer.privateKey as CryptoKey, signed)
  return `${head}.${body}.${Buffer.from(signature).toString('base64url')}`
}

type Step = { do: 'write' | 'again' | 'hide' | 'sync' | 'inbox' | 'give' | 'take' | 'refuse'; which: number }
const steps = fc.array(
  fc.record<Step>({
    do: fc.constantFrom('write', 'write', 'again', 'hide', 'sync', 'inbox', 'give', 'take', 'refuse'),
    which: fc.nat(5),
  }),
  { minLength: 4, maxLength: 12 },
)
const kinds = ['results', 'social'] as const

async function live(patient: PatientDevice, history: readonly Step[]): Promise<void> {
  const handle = patient.keys.handle
  const made: { category: string; last: Awaited<ReturnType<typeof write>> }[] = []
  const grants: string[] = []
  for (const { do: what, which } of history) {
    second()
    const category = kinds[which % kinds.length] as string
    const one = made[which % Math.max(1, made.length)]
    if (what === 'write') made.push({ category, last: await write(desk, handle, category, { which }) })
    if (what === 'again' && one) one.last = (await replace(desk, handle, one.category, one.last, { which })) as never
    if (what === 'sync') await sync(patient)
    if (what === 'inbox') await endEpochs(w, advance, patient, category)
    if (what === 'give') grants.push(await allowed(patient, [category], which > 2))
    if (what === 'hide' && one) {
      await sync(patient)
      await hide(patient, [one.last.record])
    }
    const last = grants.pop()
    if (last && what === 'take') await takeBack(patient, last)
    else if (last) grants.push(last)
    if (what === 'refuse') {
      const item = await refuse(
        patient.link,
        { handle, signer: await signerOf(patient.keys.device) },
        await request(w, nurse, handle, [category]),
        'other',
      )
      assert.equal(await outcome(at, [item]), 'accepted')
    }
  }
}

test('R16 property: what the device folds from its chain is what the node’s view says, after any history', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      const patient = await newPatient(w)
      await live(patient, history)
      await sync(patient)
      const rows = await at.node.views.tx((v) =>
        v.all<Record<string, never>>('SELECT * FROM record WHERE patient = ? ORDER BY idx', patient.keys.handle),
      )
      const shape = [
        'record',
        'version',
        'category',
        'compartment',
        'epoch',
        'placed',
        'superseded',
        'content',
        'author',
        'at',
      ]
      const pick = (row: object) =>
        Object.fromEntries(shape.map((name) => [name, (row as Record<string, unknown>)[name]]))
      assert.deepEqual(Object.values(patient.book.records).map(pick), rows.map(pick))
      assert.ok(Object.values(patient.book.records).every((one) => one.key && one.epoch > 1))
      const again: PatientDevice = { ...patient, book: emptyBook() }
      await sync(again)
      const plain = ({ sealedTo: _, ...book }: PatientDevice['book']) => book
      assert.deepEqual(plain(again.book), plain(patient.book), 'and a device that begins anew learns the same')
    }),
    { numRuns: 10 },
  )
})
