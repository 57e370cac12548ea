import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64url, fromBase64url, text } from '@salus/base/bytes'
import type { Compartment } from '@salus/base/categories'
import { seconds, systemRandom } from '@salus/base/clock'
import { newId } from '@salus/base/ids'
import { checkWith, parseWith } from '@salus/base/schema'
import { manualClock } from '@salus/base/testing'
import { digest } from '@salus/crypto/hash'
import {
  generateDeviceKey,
  generateKeyPair,
  importPersonKey,
  keyPublic,
  personThumbprint,
  signingThumbprint,
} from '@salus/crypto/keys'
import { openWithPerson, packetHeader } from '@salus/crypto/packet'
import { personKeys } from '@salus/crypto/testing'
import { epochOpened, type Keyring } from '@salus/directory/contract'
import { parseStatement } from '@salus/journal/statement'
import { accessRequested, epochKeys, grantedKeys, grantGiven, grantRevoked } from './contract.ts'
import { ask, type Giving, give, type Held, openEpochs, refuse, revoke, type StandingReader } from './device.ts'

const { clock } = manualClock()
const NOW = seconds(clock())
const link = {
  clock,
  random: systemRandom,
  origin: 'journal.sample.example',
  roots: { organisations: [] },
  logs: [],
} as never as Parameters<typeof ask>[0]
const { publicKey, privateKey } = await generateDeviceKey()
const signer = { privateKey, kid: signingThumbprint(publicKey) }
const [mine, theirs] = await personKeys(2)
const person = mine?.publicKey as NonNullable<Keyring['person']>
const otherPerson = theirs?.publicKey as NonNullable<Keyring['person']>
const openKey = await importPersonKey(mine?.pkcs8 as never)
const otherKey = await importPersonKey(theirs?.pkcs8 as never)
const [ann, doctor] = ['A', 'D'].map((letter) => letter.repeat(26)) as [never, never]
const keyring = {
  handle: ann,
  kind: 'patient',
  n: 2,
  head: digest('head'),
  person: theirs?.publicKey,
  epochs: [{ compartment: 'allergies', epoch: 2 }],
} as never as Keyring
const patient = { handle: ann as string, signer, keyring }
const reader = { handle: doctor, kind: 'professional', person } as never as Keyring
const id = <T extends string>() => newId<never>(systemRandom) as T

const held = (over: Partial<Held> = {}): Held => ({
  ...{ record: id(), version: 1, compartment: 'allergies', epoch: 2, placed: 1, superseded: null },
  ...{ key: base64url(systemRandom(32)), ...over },
})

const giving = (over: Partial<Giving> = {}): Giving => ({
  request: {
    ...{ id: id(), asker: doctor, categories: ['allergies'], records: [], purpose: 'TREAT', until: NOW + 60 },
    reader: personThumbprint(person),
  } as never,
  ...{
    reader,
    categories: ['allergies'],
    records: [],
    until: NOW + 60,
    standing: false,
    head: 9,
    policy: 4,
    held: [],
    ...over,
  },
})

const bodyOf = (item: { statement: string } | undefined) => parseStatement(item?.statement ?? '').body

test('G1 a request names the key that the answer is to be wrapped to', async () => {
  const wanted = { categories: ['allergies' as const], records: [], purpose: 'TREAT' as const, until: NOW + 60 }
  const { id: request, item } = await ask(link, { handle: doctor, signer }, { ...wanted, patient: ann, reader })
  const statement = parseStatement(item.statement)
  assert.deepEqual([statement.id, statement.iss, statement.sub], [request, doctor, ann])
  assert.equal(checkWith(accessRequested, statement.body).reader, personThumbprint(person))
  const keyless = ask(
    link,
    { handle: doctor, signer },
    { ...wanted, patient: ann, reader: { ...reader, person: undefined } as never },
  )
  await assert.rejects(keyless, { code: 'reader-key-changed' })
})

test('G8 the one-off packet lists exactly the keys of what is covered, for that reader and that grant only', async () => {
  const covered = [held(), held({ compartment: 'people' })]
  const left = [
    held({ compartment: 'social' }),
    held({ placed: 10 }),
    held({ compartment: 'hidden' }),
    held({ superseded: 3 }),
  ]
  const { id: grant, items } = await give(link, patient, giving({ held: [...covered, ...left] }), [])
  const [packet = ''] = items[0]?.packets ?? []
  const body = checkWith(grantGiven, bodyOf(items[0]))
  assert.deepEqual([body.packets, body.policy, body.head, body.except], [[digest(packet)], 5, 9, []])
  assert.equal(packetHeader(packet).kid, personThumbprint(person))
  const plain = parseWith(grantedKeys, text(await openWithPerson(openKey, packet, { kind: 'grant', grant })))
  assert.deepEqual(
    plain.keys,
    covered.map(({ record, version, key }) => ({ record, version, key })),
  )
  await assert.rejects(openWithPerson(otherKey, packet, { kind: 'grant', grant }), { code: 'cannot-open' })
  await assert.rejects(openWithPerson(openKey, packet, { kind: 'grant', grant: 'another' }), { code: 'cannot-open' })
  await assert.rejects(openWithPerson(openKey, packet, { kind: 'epoch', grant }), { code: 'cannot-open' })
})

test('G8 what the device could not open is left out, and the grant says so', async () => {
  const [whole, broken] = [held(), held({ key: undefined })]
  const { items } = await give(link, patient, giving({ held: [whole, broken] }), [])
  assert.deepEqual(checkWith(grantGiven, bodyOf(items[0])).except, [broken.record])
})

test('G3 a reader whose key changed since asking gets nothing', async () => {
  const changed = { ...reader, person: otherPerson } as Keyring
  await assert.rejects(give(link, patient, giving({ reader: changed }), []), { code: 'reader-key-changed' })
  const none = { ...reader, person: undefined } as never
  await assert.rejects(give(link, patient, giving({ reader: none }), []), { code: 'reader-key-changed' })
})

const standing = (
  grant: string,
  until: number,
  who = person,
  compartments: Compartment[] = ['allergies'],
): StandingReader => ({ grant, until, person: who, compartments })

/** Opens every packet with the key it is for; by reader, the epochs it gives. */
async function handed(items: Awaited<ReturnType<typeof openEpochs>>['items']) {
  const body = checkWith(epochOpened, bodyOf(items[0]))
  const packets = items[0]?.packets ?? []
  const out: Record<string, string[]> = {}
  const own = packets.at(-1) ?? ''
  assert.equal(packetHeader(own).kid, personThumbprint(otherPerson), 'the last is for the person’s own devices')
  const kept = parseWith(epochKeys, text(await openWithPerson(otherKey, own, { kind: 'own', n: keyring.n + 1 })))
  assert.deepEqual(
    kept.keys.map((one) => keyPublic(fromBase64url(one.key))),
    body.epochs.map((one) => one.key),
  )
  for (const [i, packet] of packets.slice(0, -1).entries()) {
    const { grant, from, epochs } = body.readers[i] as (typeof body.readers)[0]
    const key = packetHeader(packet).kid === personThumbprint(person) ? openKey : otherKey
    const plain = parseWith(epochKeys, text(await openWithPerson(key, packet, { kind: 'epoch', grant, from })))
    assert.equal(plain.keys.length, epochs.length)
    for (const [j, one] of plain.keys.entries()) {
      const announced = body.epochs[epochs[j] as number]
      assert.deepEqual([one.compartment, one.epoch], [announced?.compartment, announced?.epoch])
      assert.equal(keyPublic(fromBase64url(one.key)), announced?.key, 'the private half of what was announced')
      assert.equal(announced?.from, from, 'a packet holds nothing that begins later')
      out[grant] = [...(out[grant] ?? []), `${one.compartment}:${one.epoch}`]
    }
  }
  assert.deepEqual(
    body.packets,
    packets.map((one) => digest(one)),
  )
  return { body, out }
}

test('G10 each reader is handed the epochs until the own end, in packets for nobody else', async () => {
  const [short, long] = [id(), id()]
  const made = await openEpochs(
    link,
    patient,
    ['allergies', 'people'],
    [standing(short, NOW + 10), standing(long, NOW + 20, otherPerson, ['allergies', 'people'])],
  )
  const { body, out } = await handed(made.items)
  assert.deepEqual([body.n, body.prev], [3, keyring.head])
  assert.deepEqual(out, { [short]: ['allergies:3'], [long]: ['allergies:3', 'people:1', 'allergies:4'] })
  assert.equal(made.epochs.length, 5)
  for (const one of made.epochs) assert.equal(keyPublic(fromBase64url(one.privateKey)), one.key)
  assert.ok(!JSON.stringify(body).includes(made.epochs[0]?.privateKey ?? '!'), 'no private half is published')
})

test('G10 a standing grant opens its epochs in the same submission, the readers before it included', async () => {
  const before = id()
  const {
    id: grant,
    items,
    epochs,
  } = await give(link, patient, giving({ standing: true }), [standing(before, NOW + 30, otherPerson)])
  assert.deepEqual(
    items.map((one) => parseStatement(one.statement).type),
    ['GrantGiven', 'EpochOpened'],
  )
  const { out } = await handed(items.slice(1))
  assert.deepEqual(out, { [before]: ['allergies:3'], [grant]: ['allergies:3', 'people:1', 'allergies:4'] })
  assert.equal(epochs.length, 5)
  assert.equal((await give(link, patient, giving(), [])).items.length, 1, 'a one-off grant opens none')
})

test('G6 taking back a standing grant turns its epochs over for those who remain; a one-off has none', async () => {
  const [gone, stays] = [id(), id()]
  const grant = { id: gone, standing: true, categories: ['allergies'], policy: 7 }
  const { items } = await revoke(link, patient, grant, [standing(stays, NOW + 20, otherPerson)])
  assert.deepEqual(checkWith(grantRevoked, bodyOf(items[0])), { grant: gone, policy: 8 })
  const { out } = await handed(items.slice(1))
  assert.deepEqual(out, { [stays]: ['allergies:3'] })
  const once = await revoke(link, patient, { ...grant, standing: false }, [])
  assert.deepEqual([once.items.length, once.epochs.length], [1, 0])
})

test('G2 a refusal says a closed word, and nothing else', async () => {
  const request = id()
  const { statement } = await refuse(link, patient, request, 'not-now')
  assert.deepEqual(parseStatement(statement).body, { request, reason: 'not-now' })
})

test('G10 keys of epochs are fresh each time', async () => {
  const made = await Promise.all([1, 2].map(() => openEpochs(link, patient, ['allergies'], [])))
  const keys = made.flatMap((one) => one.epochs.map((each) => each.key))
  assert.equal(new Set([...keys, generateKeyPair(systemRandom).publicKey]).size, 3)
})
