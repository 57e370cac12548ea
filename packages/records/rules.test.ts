import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import { newId } from '@salus/base/ids'
import { digest } from '@salus/crypto/hash'
import { generateKeyPair, keyThumbprint } from '@salus/crypto/keys'
import type { Announced, Keyring } from '@salus/directory/contract'
import type { PacketIn } from '@salus/journal/slice'
import type { RecordDeposited, RecordsRewrapped } from './contract.ts'
import { type Depositing, decideDeposit, decideRewrap, type Known } from './rules.ts'

const NOW = 1_800_000_000
const code = (wanted: string) => (error: unknown) => isAppError(error) && error.code === wanted
const key = () => generateKeyPair(systemRandom).publicKey
const thumb = (x: string) => keyThumbprint(x)
const epoch = (compartment: string, number: number, entry: number, until?: number): Announced => ({
  ...{ compartment: compartment as never, epoch: number, key: key(), from: NOW - 100, entry },
  ...(until === undefined ? {} : { until }),
})
const epochs = [
  epoch('allergies', 1, 1),
  epoch('allergies', 2, 2),
  epoch('hidden', 2, 2),
  epoch('social', 2, 2),
  epoch('results', 2, 2, NOW),
]
const patient: Keyring = {
  ...{ handle: 'A'.repeat(26) as never, kind: 'patient', org: 'saint-roch' as never, n: 2, head: digest('head') },
  ...{ devices: [key()], past: [], inbox: key(), epochs, members: [] },
}
const running = epochs[1] as Announced
const record = newId<never>(systemRandom)

const packetFor = (publicKey: string, over: object = {}): PacketIn => ({
  ...{ jwe: 'jwe', digest: digest('jwe'), kid: thumb(publicKey) },
  bind: { kind: 'deposit', record, version: 1, compartment: 'allergies', epoch: 2, ...over },
})
const body: RecordDeposited = {
  ...{ record, version: 1, category: 'allergies', content: digest('content'), keyring: patient.head as never },
  ...{ key: thumb(running.key), epoch: 2, packets: [digest('jwe')] },
}
const state: Depositing = { patient, mayWrite: true, org: 'saint-roch', newest: undefined }
const newest: Known = {
  ...{ record, version: 1, patient: patient.handle, compartment: 'allergies', category: 'allergies', epoch: 2 },
  ...{ author: 'saint-roch', org: 'saint-roch', statement: digest('first') },
}
const deposit =
  (over: object = {}, at: Partial<Depositing> = {}, packet: PacketIn | undefined = packetFor(running.key), now = NOW) =>
  () =>
    decideDeposit({ ...state, ...at }, { ...body, ...over }, packet, now)

test('R1 whoever has standing writes into a patient’s record; consent is for reading', () => {
  deposit()()
  assert.throws(deposit({}, { mayWrite: false }), code('credential-missing'))
  assert.throws(deposit({}, { patient: undefined }), code('patient-unknown'))
  assert.throws(deposit({}, { patient: { ...patient, kind: 'team' } }), code('patient-unknown'))
})

const second = { version: 2, previous: digest('first') }
const secondPacket = packetFor(running.key, { version: 2 })

test('R2 a version follows the last one, citing it', () => {
  deposit(second, { newest }, secondPacket)()
  for (const over of [
    { version: 1 },
    { version: 2 },
    { version: 3, previous: digest('first') },
    { version: 2, previous: digest('other') },
    { version: 1, previous: digest('first') },
  ]) {
    assert.throws(deposit(over, { newest }, packetFor(running.key, over)), code('version-wrong'))
  }
  assert.throws(deposit({ version: 2 }, {}, secondPacket), code('version-wrong'))
  assert.throws(deposit({ previous: digest('first') }), code('version-wrong'))
})

test('R2 another organisation, or another patient’s record, is not continued', () => {
  assert.throws(deposit(second, { newest, org: 'cabinet-lilas' }, secondPacket), code('author-other'))
  assert.throws(
    deposit(second, { newest, org: patient.handle }, secondPacket),
    code('author-other'),
    'nor by the patient',
  )
  const own = { ...newest, org: patient.handle }
  deposit(second, { newest: own, org: patient.handle }, secondPacket)()
  assert.throws(deposit(second, { newest: own }, secondPacket), code('author-other'), 'nor the patient’s by the desk')
  const elsewhere = { ...newest, patient: 'B'.repeat(26) }
  assert.throws(deposit(second, { newest: elsewhere }, secondPacket), code('record-exists'))
})

test('R3 a deposit is sealed to the key that the newest keyring entry gives now', () => {
  const wrong = code('deposit-key-wrong')
  assert.throws(deposit({ keyring: digest('older') }), wrong)
  assert.throws(deposit({ epoch: 1, key: thumb(epochs[0]?.key ?? '') }), wrong, 'an older epoch')
  assert.throws(deposit({ epoch: 1 }), wrong)
  assert.throws(deposit({ key: thumb(key()) }), wrong)
  assert.throws(deposit({ epoch: 0, key: thumb(patient.inbox as string) }), wrong, 'the inbox while an epoch runs')
})

test('R3 when no epoch runs the inbox takes it, and only the inbox', () => {
  const inbox = patient.inbox as string
  const over = { category: 'results', epoch: 0, key: thumb(inbox) }
  const packet = packetFor(inbox, { compartment: 'results', epoch: 0 })
  deposit(over, {}, packet)()
  const ended = epochs[4]?.key ?? ''
  const late = packetFor(ended, { compartment: 'results' })
  assert.throws(deposit({ category: 'results', key: thumb(ended) }, {}, late), code('deposit-key-wrong'))
  deposit({ category: 'results', key: thumb(ended) }, {}, late, NOW - 1)()
  const { inbox: _, ...intake } = patient
  assert.throws(deposit(over, { patient: intake }, packet), code('epoch-refused'))
})

test('R4 a packet says whose it is and what it opens; any other word refuses the deposit', () => {
  const wrong = code('deposit-packet-wrong')
  const bad = [
    { kind: 'grant' },
    { record: newId(systemRandom) },
    { version: 2 },
    { compartment: 'social' },
    { epoch: 1 },
    { epoch: '2' },
  ]
  for (const over of bad) assert.throws(deposit({}, {}, packetFor(running.key, over)), wrong)
  assert.throws(deposit({}, {}, packetFor(key())), wrong)
  assert.throws(() => decideDeposit(state, body, undefined, NOW), wrong)
})

const target = (compartment: string) =>
  epochs.find((one) => one.compartment === compartment && one.epoch === 2) as Announced
const item = (over: object = {}) => ({ record, version: 1, compartment: 'hidden', epoch: 2, ...over }) as never
const rewrap =
  (
    items: never[],
    packets: PacketIn[],
    known: (Known | undefined)[] = [newest],
    whose: Keyring | undefined = patient,
  ) =>
  () =>
    decideRewrap(whose, known, { items, packets: packets.map((one) => one.digest) } as RecordsRewrapped, packets)
const hiding = packetFor(target('hidden').key, { compartment: 'hidden' })

test('R5 the patient seals own records again: into hidden, or a newer epoch of where they belong', () => {
  rewrap([item()], [hiding])()
  rewrap([item({ compartment: 'allergies' })], [packetFor(running.key)])()
  const wrong = code('rewrap-wrong')
  assert.throws(rewrap([item()], []), wrong)
  assert.throws(rewrap([item()], [hiding, hiding]), wrong)
  assert.throws(rewrap([item({ epoch: 3 })], [packetFor(running.key, { epoch: 3 })]), wrong)
  assert.throws(rewrap([item()], [packetFor(running.key, { compartment: 'hidden' })]), wrong)
  assert.throws(rewrap([item()], [packetFor(target('hidden').key)]), wrong)
  assert.throws(() => decideRewrap(undefined, [newest], { items: [item()], packets: [] }, [hiding]), wrong)
  assert.throws(rewrap([item()], [hiding], [undefined]), code('record-unknown'))
  assert.throws(rewrap([item()], [hiding], [{ ...newest, patient: 'B'.repeat(26) }]), code('record-unknown'))
})

test('R5 a record is not moved under another category, nor twice at once', () => {
  const social = packetFor(target('social').key, { compartment: 'social' })
  assert.throws(rewrap([item({ compartment: 'social' })], [social]), code('rewrap-wrong'))
  assert.throws(rewrap([item(), item()], [hiding, hiding], [newest, newest]), code('rewrap-wrong'))
})
