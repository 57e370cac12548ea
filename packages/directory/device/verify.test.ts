import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64url, utf8 } from '@salus/base/bytes'
import { seconds, systemRandom } from '@salus/base/clock'
import type { Handle } from '@salus/base/ids'
import { digest } from '@salus/crypto/hash'
import { leafHash } from '@salus/crypto/merkle'
import { personKeys } from '@salus/crypto/testing'
import { journalEntry } from '@salus/journal/entry'
import { formatCheckpoint, signNote } from '@salus/journal/note'
import { formatProof } from '@salus/journal/proof'
import { parseStatement } from '@salus/journal/statement'
import { logKeys } from '../consortium.ts'
import type { KeyringView } from '../endpoints.ts'
import { handleOf } from '../keyring.ts'
import {
  approvalFor,
  claimEntry,
  claimedKeyring,
  deskOf,
  epochEntry,
  epochOf,
  intakeEntry,
  newHolder,
  ORIGIN,
  professionalEntry,
  sampleWorld,
} from '../testing.ts'
import { checkKeyring, foldKeyring } from './verify.ts'

const w = await sampleWorld()
const broken = { code: 'keyring-broken' }
const refused = (entries: readonly string[], handle: string) =>
  assert.rejects(foldKeyring(entries, handle, w.roots), broken)

test('D13 a keyring folds from its own entries: intake, claim, epochs', async () => {
  const { entries, handle, device } = await claimedKeyring(w)
  const more = await epochEntry(w, device, { handle, n: 3, prev: digest(entries[1] ?? '') }, [
    epochOf('allergies', 3, seconds(w.clock())),
  ])
  const keyring = await foldKeyring([...entries, more], handle, w.roots)
  assert.deepEqual([keyring.n, keyring.devices, keyring.org], [3, [device.publicKey], 'saint-roch'])
})

test('D13 swapped, missing, repeated or foreign entries are refused', async () => {
  const { entries, handle, device } = await claimedKeyring(w)
  const other = await claimedKeyring(w)
  const [first, claim] = entries as [string, string]
  const at = { handle, n: 3, prev: digest(claim) }
  const third = await epochEntry(w, device, at, [epochOf('allergies', 3, seconds(w.clock()))])
  const fork = await epochEntry(w, device, at, [epochOf('results', 2, seconds(w.clock()))])
  await foldKeyring([first, claim, third], handle, w.roots)
  await refused([], handle)
  await refused([claim, first], handle)
  await refused([first, third], handle)
  await refused([first, claim, claim], handle)
  await refused([first, claim, third, fork], handle)
  await refused([first, ...other.entries.slice(1)], handle)
  await refused([...entries, ...other.entries], handle)
  await refused(entries, other.handle)
  await refused(['not a token'], handle)
})

test('D13 one letter changed anywhere is refused', async () => {
  const { entries, handle } = await claimedKeyring(w)
  for (const [i, entry] of entries.entries()) {
    for (const at of [10, Math.floor(entry.length / 2), entry.length - 5]) {
      const letter = entry[at] === 'A' ? 'B' : 'A'
      const changed = `${entry.slice(0, at)}${letter}${entry.slice(at + 1)}`
      await refused(entries.with(i, changed), handle)
    }
  }
})

test('D13 an intake that its own organisation did not sign is refused', async () => {
  const forged = await intakeEntry(w, 'saint-roch', deskOf(w, 'cabinet-lilas'))
  await refused([forged.token], forged.handle)
  const stranger = await intakeEntry(w, 'saint-roch', await newHolder())
  await refused([stranger.token], stranger.handle)
})

test('D13 a claim without the desk’s own countersignature of this very device and head is refused', async () => {
  const { token, handle } = await intakeEntry(w)
  const other = await intakeEntry(w)
  const [device, thief] = [await newHolder(), await newHolder()]
  const prev = digest(token)
  const good = await approvalFor(w, handle, device.publicKey, prev)
  const claimWith = (approval: string, who = device) => claimEntry(w, who, { handle, prev, approval })
  await foldKeyring([token, await claimWith(good)], handle, w.roots)
  const bad = [
    await claimWith(good, thief),
    await claimWith(await approvalFor(w, handle, thief.publicKey, prev)),
    await claimWith(await approvalFor(w, handle, device.publicKey, digest(other.token))),
    await claimWith(await approvalFor(w, other.handle, device.publicKey, prev)),
    await claimWith(await approvalFor(w, handle, device.publicKey, prev, deskOf(w, 'cabinet-lilas'))),
    await claimWith(await approvalFor(w, handle, device.publicKey, prev, device as never)),
    await claimWith(token),
    await claimWith(''),
    await claimWith(`${good.slice(0, -4)}AAAA`),
  ]
  for (const claim of bad) await refused([token, claim], handle)
})

test('D13 after the claim the desk no longer signs, nor does another device', async () => {
  const { entries, handle, device } = await claimedKeyring(w)
  const at = { handle, n: 3, prev: digest(entries[1] ?? '') }
  const epochs = [epochOf('allergies', 3, seconds(w.clock()))]
  for (const signer of [deskOf(w), await newHolder()]) {
    await refused([...entries, await epochEntry(w, signer, at, epochs)], handle)
  }
  await foldKeyring([...entries, await epochEntry(w, device, at, epochs)], handle, w.roots)
})

test('D13 a professional founds with the key the entry names; a team is changed by its own desk only', async () => {
  const pro = await professionalEntry(w)
  assert.equal((await foldKeyring([pro.token], pro.handle, w.roots)).devices[0], pro.device.publicKey)
  const forged = await professionalEntry(w, { device: (await newHolder()).publicKey })
  await refused([forged.token], forged.handle)
  const [person] = await personKeys(1)
  const body = {
    kind: 'team',
    org: 'saint-roch',
    nonce: base64url(systemRandom(16)),
    name: 'Ward (sample)',
    members: [],
  }
  const draft = { type: 'KeyringStarted', iss: 'saint-roch', body: { ...body, person: person?.publicKey, packets: [] } }
  const team = await w.sign(deskOf(w), draft)
  const handle = handleOf(team, 'saint-roch')
  const change = (org: string) =>
    w.sign(deskOf(w, org), {
      ...{ type: 'TeamChanged', iss: org, sub: handle },
      body: { n: 2, prev: digest(team), members: [pro.handle], packets: [] },
    })
  assert.deepEqual((await foldKeyring([team, await change('saint-roch')], handle, w.roots)).members, [pro.handle])
  await refused([team, await change('cabinet-lilas')], handle)
})

/** A log of one entry, signed by the world's journal key. */
async function receiptFor(token: string, key = w.log) {
  const [salt, previous] = [systemRandom(32), new Uint8Array(32)]
  const root = leafHash(journalEntry(salt, token, 1, previous))
  const log = logKeys(w.roots)[0] as NonNullable<ReturnType<typeof logKeys>[0]>
  const sign = async (message: Uint8Array) =>
    new Uint8Array(await crypto.subtle.sign('Ed25519', key.privateKey as CryptoKey, message as never))
  const checkpoint = await signNote(formatCheckpoint({ origin: ORIGIN, size: 1, root }), log, sign)
  const proof = formatProof({ index: 0, path: [], checkpoint })
  const { id } = parseStatement(token)
  const places = { id, index: 0, number: 1, previous: base64url(previous), salt: base64url(salt), proof }
  return { ...places, status: 'not-witnessed' as const }
}

async function proView(): Promise<KeyringView & { handle: Handle }> {
  const { token, handle } = await professionalEntry(w)
  return { handle, entries: [token], receipt: await receiptFor(token), credentials: [], merges: [] }
}

const credential = (handle: Handle, org = 'saint-roch', signer = deskOf(w, org)) =>
  w.sign(signer, {
    ...{ type: 'CredentialIssued', iss: org, sub: handle },
    body: { profession: 'nurse', name: 'Sample', until: seconds(w.clock()) + 60, keyring: digest('head') },
  })

const check = (view: KeyringView, handle = view.handle) => checkKeyring(view, handle, w.roots, logKeys(w.roots))

test('D13 a view is believed with a receipt of its newest entry, and of no other', async () => {
  const view = await proView()
  assert.equal((await check(view)).keyring.handle, view.handle)
  const other = await proView()
  const wrong = [
    { ...view, receipt: other.receipt },
    { ...view, receipt: { ...view.receipt, salt: other.receipt.salt } },
    { ...view, receipt: { ...view.receipt, index: 1 } },
    { ...view, receipt: { ...view.receipt, id: other.receipt.id } },
    { ...view, receipt: await receiptFor(view.entries[0] ?? '', await newHolder()) },
    { ...view, entries: [] },
    { ...view, entries: other.entries },
  ]
  for (const one of wrong) await assert.rejects(check(one as KeyringView, view.handle), broken)
  await assert.rejects(check(view, other.handle), broken)
})

test('D13 a credential counts when the own organisation signed it for this keyring', async () => {
  const view = await proView()
  const other = await proView()
  const credentials = async (statement: string, revoked = false) =>
    (await check({ ...view, credentials: [{ statement, revoked }] })).credentials.map((one) => one.profession)
  assert.deepEqual(await credentials(await credential(view.handle)), ['nurse'])
  assert.deepEqual(await credentials(await credential(view.handle), true), [])
  for (const statement of [
    await credential(other.handle),
    await credential(view.handle, 'cabinet-lilas'),
    await credential(view.handle, 'saint-roch', deskOf(w, 'cabinet-lilas')),
    await credential(view.handle, 'saint-roch', await newHolder()),
    view.entries[0] ?? '',
    base64url(utf8('rubbish')),
  ]) {
    await assert.rejects(credentials(statement), broken)
  }
})
