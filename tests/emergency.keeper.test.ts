/** The keeper against a node that lies, and a node against whom it keeps nothing: K-rules of apps/keeper. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { base64url, fromBase64url, utf8 } from '@salus/base/bytes'
import { seconds, systemRandom } from '@salus/base/clock'
import type { Handle } from '@salus/base/ids'
import { manualClock } from '@salus/base/testing'
import { digest } from '@salus/crypto/hash'
import { generateDeviceKey, personThumbprint } from '@salus/crypto/keys'
import { sealToKey, sealToPerson } from '@salus/crypto/packet'
import { sign } from '@salus/directory/device/link'
import { findKeyring } from '@salus/directory/device/verify'
import { deviceThumbprint } from '@salus/directory/keyring'
import { emergencyCategories } from '@salus/grants/emergency/contract'
import { findGlass } from '@salus/grants/emergency/device'
import { journalEndpoints } from '@salus/journal/contract'
import type { Signer } from '@salus/journal/statement'
import { answer } from '@salus/keeper-app/keeper'
import { type KeeperMemory, type Seen, signerOf } from '@salus/keeper-app/keys'
import { type KeeperLine, keepLink, look } from '@salus/keeper-app/watch'
import { startNode } from '@salus/node-app/testing'
import { chooseEmergency } from '@salus/records/device/emergency'
import { type PatientDevice, sync } from '@salus/records/device/patient'
import { recordEndpoints } from '@salus/records/endpoints'
import { emptyLoot, openable, steal } from './attack.ts'
import { adding } from './craft.ts'
import { answered, broken, type Keeper, newKeeper, seconded } from './keeper.ts'
import { deskAuthor, linkTo, newPatient, newPro, type Pro, readAll, world, write } from './people.ts'

const { clock, advance } = manualClock()
const at = await startNode({ clock })
const w = world(at, clock)
after(() => at.node.close())
const keeper = await newKeeper(w)
const [doctor, nurse, pharmacist] = [await newPro(w), await newPro(w, 'nurse'), await newPro(w, 'pharmacist')]
const desk = await deskAuthor(w)
const now = () => seconds(clock())

async function chosen(): Promise<PatientDevice> {
  const patient = await newPatient(w)
  await write(desk, patient.keys.handle, 'allergies', { resourceType: 'Basic' })
  await chooseEmergency(patient, emergencyCategories)
  await write(desk, patient.keys.handle, 'problems', { resourceType: 'Basic', later: true })
  return patient
}

/** What a path answers instead of the truth; undefined: the truth. */
type Lie = (path: string, after: number, body: string) => Promise<object | undefined>

/** A keeper on a node that lies, with a memory of its own unless one is given. */
function onLyingNode(lie: Lie, memory: KeeperMemory = emptyMemory()): Keeper {
  const fetch: typeof at.fetch = async (url, init) => {
    const { pathname, searchParams } = new URL(url)
    const instead = await lie(pathname, Number(searchParams.get('after') ?? '0'), String(init.body ?? ''))
    return instead ? Response.json(instead) : at.fetch(url, init)
  }
  const { keys } = keeper
  return { ...keeper, memory, link: () => linkTo({ ...w, at: { ...at, fetch } }, signerOf(keys), keys.handle) }
}

function emptyMemory(): KeeperMemory {
  const kept = new Map<string, Seen>()
  return {
    seen: async (patient) => kept.get(patient),
    keep: async (patient, seen) => void kept.set(patient, seen),
  }
}

type Page = Parameters<typeof adding>[1]

/** The patient's true chain, up to `until` entries, with `extra` put at its end as only the node can. */
async function forged(patient: PatientDevice, extra: readonly string[], until = Number.POSITIVE_INFINITY) {
  const page = (await patient.link.call(journalEndpoints.chain, { query: { after: 0 } })) as Page & { head: number }
  let lied = { ...page, entries: page.entries.slice(0, until) } as Page & { head: number }
  for (const one of extra) lied = (await adding(at, lied, one)) as typeof lied
  return (path: string, from: number): object | undefined => {
    if (!path.endsWith('/chain')) return undefined
    return from === 0 ? lied : { ...lied, entries: [], head: lied.head }
  }
}

const by = (
  who: { keys: { handle: string }; link: Pro['link']; signer: Signer },
  type: string,
  sub: string,
  body: object,
) => sign(who.link, who.signer, { type, iss: who.keys.handle, sub, body })

/** What the keeper says to an emergency on a node that tells it `lie`. */
const told = (lie: Lie, glass: string, patient: Handle, memory?: KeeperMemory) =>
  answer(onLyingNode(lie, memory), { glass, patient }).then(
    () => 'released',
    (error: { code: string }) => error.code,
  )

test('K1 the node alone opens nothing: every byte it holds, with its own keys', async () => {
  const patient = await chosen()
  const glass = await broken(w, doctor, patient.keys.handle)
  await seconded(nurse, glass)
  await answered(keeper)
  const loot = await steal(at, emptyLoot())
  const files = ['journal.key', 'operator.key', 'witness.key']
  const own = await Promise.all(files.map((one) => readFile(join(at.dir, 'keys', one), 'utf8')))
  const seeds = own.map((one) => base64url(fromBase64url(one.trim()).subarray(-32)))
  assert.ok(loot.packets.size > 4 && loot.contents.size > 1)
  assert.equal((await openable(loot, new Map(), seeds)).size, 0)
})

test('K2 a second signature that the node made up, or that is not one’s to give, is none', async () => {
  const patient = await chosen()
  const { handle } = patient.keys
  const glass = await broken(w, doctor, handle)
  const { statement } = await findGlass(doctor.link, glass)
  const body = { glass, statement: digest(statement) }
  const { privateKey, publicKey } = await generateDeviceKey()
  const made = { ...nurse, signer: { privateKey, kid: deviceThumbprint(publicKey) } }
  const elsewhere = await newPro(w, 'physician', 'cabinet-lilas')
  const cases: [string, string][] = [
    [await by(made, 'BreakGlassSeconded', handle, body), 'signature-invalid'],
    [await by(doctor, 'BreakGlassSeconded', handle, body), 'emergency-same-person'],
    [await by(pharmacist, 'BreakGlassSeconded', handle, body), 'emergency-not-for-role'],
    [await by(elsewhere, 'BreakGlassSeconded', handle, body), 'emergency-unknown'],
    [await by(nurse, 'BreakGlassSeconded', handle, { ...body, statement: digest('other') }), 'emergency-not-seconded'],
    [await by(nurse, 'BreakGlassSeconded', (await chosen()).keys.handle, body), 'chain-broken'],
  ]
  for (const [extra, code] of cases) {
    const chain = await forged(patient, [extra])
    assert.equal(await told(async (path, from) => chain(path, from), glass, handle), code)
  }
  assert.equal(
    await told(async (path, from) => (await forged(patient, []))(path, from), glass, handle),
    'emergency-not-seconded',
  )
})

test('K2 glass that the node let somebody break who may not, or for longer, is refused all the same', async () => {
  const patient = await chosen()
  const { handle } = patient.keys
  const breaking = async (pro: Pro, over: object = {}) => {
    const reader = personThumbprint(pro.keys.person.publicKey)
    const body = { reason: 'unconscious', reader, until: now() + 3_600, packets: [], ...over }
    const first = await by(pro, 'BreakGlass', handle, body)
    const { id } = JSON.parse(Buffer.from(first.split('.')[1] ?? '', 'base64url').toString())
    const second = await by(nurse, 'BreakGlassSeconded', handle, { glass: id, statement: digest(first) })
    const chain = await forged(patient, [first, second])
    return told(async (path, from) => chain(path, from), id, handle)
  }
  const elsewhere = await newPro(w, 'physician', 'cabinet-lilas')
  assert.equal(await breaking(pharmacist), 'emergency-not-for-role')
  assert.equal(await breaking(elsewhere), 'emergency-unknown')
  assert.equal(await breaking(doctor, { until: now() + 8_000 }), 'emergency-too-long')
  assert.equal(await breaking(doctor, { until: now() - 1 }), 'emergency-over')
  assert.equal(await breaking(doctor, { reader: keeper.keys.person }), 'emergency-release-wrong')
  assert.equal(await breaking(nurse), 'emergency-same-person')
})

test('K2 for a patient who chose against, or never chose, the keeper releases nothing, whatever the node says', async () => {
  const never = await newPatient(w)
  const against = await chosen()
  await chooseEmergency(against, [])
  for (const patient of [never, against]) {
    const { handle } = patient.keys
    const reader = personThumbprint(doctor.keys.person.publicKey)
    const first = await by(doctor, 'BreakGlass', handle, {
      ...{ reason: 'unconscious', reader, until: now() + 600, packets: [] },
    })
    const { id } = JSON.parse(Buffer.from(first.split('.')[1] ?? '', 'base64url').toString())
    const second = await by(nurse, 'BreakGlassSeconded', handle, { glass: id, statement: digest(first) })
    const chain = await forged(patient, [first, second])
    assert.equal(await told(async (path, from) => chain(path, from), id, handle), 'emergency-not-chosen')
  }
})

test('K2 after its two hours an emergency is over by the keeper’s own clock', async () => {
  const patient = await chosen()
  const { handle } = patient.keys
  const glass = await broken(w, doctor, handle)
  await seconded(nurse, glass)
  advance(2 * 3_600_000 + 1_000)
  const chain = await forged(patient, [])
  assert.equal(await told(async (path, from) => chain(path, from), glass, handle), 'emergency-over')
})

test('K3 another patient’s packets open nothing here, though they are sealed to the same keeper', async () => {
  const [patient, other] = [await chosen(), await chosen()]
  const glasses = [await broken(w, doctor, patient.keys.handle), await broken(w, doctor, other.keys.handle)]
  for (const one of glasses) await seconded(nurse, one)
  const [mine = '', theirs = ''] = glasses
  const instead: Lie = async (path) => {
    if (!path.startsWith(`/keeper/${mine}/`) || path.endsWith('/chain')) return undefined
    const link = await keeper.link()
    const { emergencyEndpoints } = await import('@salus/grants/emergency/endpoints')
    return path.endsWith('/packets') ? link.call(emergencyEndpoints.packets, { params: { glass: theirs } }) : undefined
  }
  const { records } = await answer(onLyingNode(instead), { glass: mine, patient: patient.keys.handle })
  assert.equal(records, 0)
  assert.equal((await answer(keeper, { glass: theirs, patient: other.keys.handle })).records, 2)
})

/** A patient with two records: the escrow's own packet opens one of them, an epoch's key the other; and an emergency. */
async function opening() {
  const patient = await chosen()
  await sync(patient)
  const glass = await broken(w, doctor, patient.keys.handle)
  await seconded(nurse, glass)
  const all = Object.values(patient.book.records)
  const [early, later] = ['allergies', 'problems'].map((one) => all.find((each) => each.compartment === one))
  const escrow = patient.book.emergency?.keepers[0]?.escrow
  assert.ok(early && later && escrow)
  const said = async (lie: Lie) => (await answer(onLyingNode(lie), { glass, patient: patient.keys.handle })).records
  return { patient, glass, early, later, escrow, said }
}

test('K3 a packet with keys that the node made up, sealed to the keeper for this very escrow, opens nothing', async () => {
  const { glass, early, escrow, said } = await opening()
  const [key, { record, version }] = [base64url(systemRandom(32)), early]
  const keys = { keys: [{ record, version, key }] }
  const { keyring } = await findKeyring(await keeper.link(), keeper.keys.handle)
  assert.ok(keyring.person)
  const made = await sealToPerson(keyring.person, { kind: 'emergency', escrow }, utf8(JSON.stringify(keys)))
  const lie: Lie = async (path) => (path === `/keeper/${glass}/packets` ? { packets: [made] } : undefined)
  assert.equal(await said(lie), 0)
})

test('K3 a deposit’s packet that the node made up, sealed to the epoch that runs, opens nothing; the other record opens', async () => {
  const { patient, glass, later, said } = await opening()
  const { keyring } = await findKeyring(patient.link, patient.keys.handle)
  const { record, version, compartment, epoch } = later
  const running = keyring.epochs.find((one) => one.compartment === compartment && one.epoch === epoch)
  assert.ok(running)
  const bind = { kind: 'deposit', record, version, compartment, epoch } as const
  const packet = await sealToKey(running.key, bind, systemRandom(32))
  const lie: Lie = async (path) => {
    if (path !== `/keeper/${glass}/records`) return undefined
    const link = await keeper.link()
    const page = await link.call(recordEndpoints.escrowed, { params: { glass }, query: { after: -1 } })
    const records = page.records.map((one) => (one.record === record ? { ...one, packet } : one))
    return { ...page, records }
  }
  assert.equal(await said(lie), 1)
})

test('K4 the patient’s keyring must be the one that the chain tells', async () => {
  const patient = await chosen()
  const { handle } = patient.keys
  const { directoryEndpoints } = await import('@salus/directory/endpoints')
  const old = await patient.link.call(directoryEndpoints.keyring, { input: { handle } })
  advance(2_000)
  await chooseEmergency(patient, ['allergies'])
  const glass = await broken(w, doctor, handle)
  await seconded(nurse, glass)
  const lie: Lie = async (path, _, body) => (path === '/keyrings/find' && body.includes(handle) ? old : undefined)
  assert.equal(await told(lie, glass, handle), 'keyring-moved')
  assert.equal((await answered(keeper, glass)).length, 1)
})

test('K5 a chain that was seen once does not come back with another past, or shorter', async () => {
  const patient = await chosen()
  const { handle } = patient.keys
  const memory = emptyMemory()
  const before = (await patient.link.call(journalEndpoints.chain, { query: { after: 0 } })).head
  const glass = await broken(w, doctor, handle)
  const first = (await findGlass(doctor.link, glass)).statement
  await seconded(nurse, glass)
  await answer({ ...keeper, memory }, { glass, patient: handle })
  const again = await by(nurse, 'BreakGlassSeconded', handle, { glass, statement: digest(first) })
  const fork = await forged(patient, [first, again], before)
  assert.equal(await told(async (path, from) => fork(path, from), glass, handle, memory), 'chain-broken')
  const shorter = await forged(patient, [first], before)
  assert.equal(await told(async (path, from) => shorter(path, from), glass, handle, memory), 'chain-broken')
  // Longer than what was seen, and sound in itself: only where it left the chain that was seen tells it.
  const more = await by(nurse, 'BreakGlassSeconded', handle, { glass, statement: digest(first) })
  const another = await by(nurse, 'BreakGlassSeconded', handle, { glass, statement: digest(first) })
  const longer = await forged(patient, [first, again, more, another], before)
  assert.equal(await told(async (path, from) => longer(path, from), glass, handle, memory), 'chain-broken')
  assert.notEqual(
    await told(async (path, from) => longer(path, from), glass, handle),
    'chain-broken',
    'unseen it passes',
  )
  const gap = { number: 1, entry: base64url(new Uint8Array(32)) }
  const other: KeeperMemory = { seen: async () => gap, keep: async () => {} }
  assert.equal(await told(async () => undefined, glass, handle, other), 'emergency-unknown', 'nothing waits any more')
})

test('K6 a nurse gets of the chosen categories what a nurse may see', async () => {
  const patient = await newPatient(w)
  const { handle } = patient.keys
  for (const category of ['allergies', 'directives']) await write(desk, handle, category, { category })
  await chooseEmergency(patient, ['allergies', 'directives'])
  const release = async (pro: Pro, other: Pro) => {
    const glass = await broken(w, pro, handle)
    await seconded(other, glass)
    const [id = ''] = await answered(keeper, glass)
    return (await readAll(pro, id, handle)).map((one) => one.row.category).sort()
  }
  assert.deepEqual(await release(nurse, doctor), ['allergies'])
  assert.deepEqual(await release(doctor, nurse), ['allergies', 'directives'])
})

test('K7 two runs of one keeper release once; a look goes on after one that is refused', async () => {
  const [patient, other] = [await chosen(), await chosen()]
  const glass = await broken(w, doctor, patient.keys.handle)
  await seconded(nurse, glass)
  const both = await Promise.allSettled([1, 2].map(() => answer(keeper, { glass, patient: patient.keys.handle })))
  assert.deepEqual(both.map((one) => one.status).sort(), ['fulfilled', 'rejected'])
  const lost = both.find((one) => one.status === 'rejected')
  // Told so by the rule, or by the doors that are closed since.
  assert.ok(lost?.status === 'rejected' && ['emergency-released', 'emergency-unknown'].includes(lost.reason.code))
  await sync(patient)
  assert.equal(patient.book.log.filter((one) => one.type === 'EmergencyReleased' && one.request === glass).length, 1)

  const [bad, good] = [await broken(w, doctor, patient.keys.handle), await broken(w, doctor, other.keys.handle)]
  for (const one of [bad, good]) await seconded(nurse, one)
  const lines: KeeperLine[] = []
  const { link, drop } = keepLink(
    onLyingNode(async (path) => (path.startsWith(`/keeper/${bad}/`) ? {} : undefined)).link,
  )
  const refused = new Map<string, number>()
  await look({ ...keeper, memory: emptyMemory(), link, drop }, (line) => lines.push(line), refused)
  assert.ok(refused.has(bad) && !refused.has(good))
  assert.ok(lines.some((one) => one.event === 'refused' && one.code === 'schema-mismatch'))
  assert.ok(lines.some((one) => one.event === 'released' && one.records === 2))
  assert.ok(!JSON.stringify(lines).includes(patient.keys.handle), 'a line names nobody')
  const count = lines.length
  await look({ ...keeper, memory: emptyMemory(), link }, (line) => lines.push(line), refused)
  assert.equal(lines.length, count, 'what was refused rests a while')
  assert.ok((await findGlass(doctor.link, good)).release)
})
