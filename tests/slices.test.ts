/** Directory and grants on a whole node, against those who know the protocol: what is refused, and that the node goes on. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from '@salus/base/bytes'
import { seconds, systemRandom } from '@salus/base/clock'
import { newId } from '@salus/base/ids'
import { digest } from '@salus/crypto/hash'
import { generateKeyPair, personThumbprint } from '@salus/crypto/keys'
import { sealToKey, sealToPerson } from '@salus/crypto/packet'
import { personKeys } from '@salus/crypto/testing'
import { issueCode, revokeCredential, startTeam } from '@salus/directory/device/desk'
import { sign } from '@salus/directory/device/link'
import { beginClaim, finishClaim, sealOwn } from '@salus/directory/device/patient'
import { findKeyring } from '@salus/directory/device/verify'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { ask } from '@salus/grants/device'
import { parseStatement } from '@salus/journal/statement'
import { approve, sync, takeBack } from '@salus/records/device/patient'
import { listGranted, read } from '@salus/records/device/reader'
import { byPatient, outcome } from './craft.ts'
import { startDay } from './day.ts'
import { deskOf, intake, linkTo, newPatient, newPro, proAuthor, readAll, request, write } from './people.ts'

const { clock, advance, at, w, desk, doctor } = await startDay()
const nurse = await newPro(w, 'nurse')
const now = () => seconds(clock())
const count = (sql: string, ...values: string[]) =>
  at.node.sources.tx(async (s) => (await s.get<{ n: number }>(`SELECT count(*) AS n FROM ${sql}`, ...values))?.n)

test('D7 a claim shows the very countersignature that was journalled, or is refused', async () => {
  const person = await intake(w)
  const { desk: officer, link: deskLink } = await deskOf(w)
  const link = await linkTo(w)
  const pending = await beginClaim(link, await issueCode(deskLink, officer, person.handle))
  const { keyring } = await findKeyring(deskLink, person.handle)
  const packet = await sealToKey(pending.agreement.publicKey, { kind: 'handover', claim: pending.claim }, person.seed)
  const approving = async (over: object = {}, packets = [packet]) => ({
    statement: await sign(deskLink, officer.signer, {
      ...{ type: 'ClaimApproved', iss: officer.org, sub: person.handle },
      body: {
        ...{ claim: pending.claim, device: pending.device.publicKey, prev: keyring.head },
        ...{ packets: packets.map((one) => digest(one)), ...over },
      },
    }),
    packets,
  })
  assert.equal(await outcome(at, [await approving({ prev: digest('other') })]), 'keyring-moved')
  assert.equal(await outcome(at, [await approving({ claim: newId(systemRandom) })]), 'claim-not-approved')
  const [good, again] = [await approving(), await approving()]
  assert.equal(await outcome(at, [good]), 'accepted')
  const altered = { approval: `${good.statement.slice(0, -8)}AAAAAAAA`, packet }
  await assert.rejects(
    finishClaim(link, pending, altered, async () => {}),
    { code: 'claim-not-approved' },
  )
  const never = { approval: (await approving()).statement, packet }
  await assert.rejects(
    finishClaim(link, pending, never, async () => {}),
    { code: 'claim-not-approved' },
  )
  const waiting = "packet WHERE jwe LIKE '%' || ?"
  assert.equal(await count(waiting, packet.slice(-40)), 1)
  const other = await sealToKey(pending.agreement.publicKey, { kind: 'handover', claim: pending.claim }, person.seed)
  const second = await approving({}, [other])
  assert.equal(await outcome(at, [second]), 'accepted')
  assert.equal(await count(waiting, packet.slice(-40)), 0, 'a second approval destroys the first hand-over')
  await assert.rejects(
    finishClaim(link, pending, { approval: good.statement, packet }, async () => {}),
    {
      code: 'claim-not-approved',
    },
  )
  await finishClaim(link, pending, { approval: second.statement, packet: other }, async () => {})
  assert.equal(await count(waiting, other.slice(-40)), 0, 'and the claim destroys the last')
  assert.equal(await outcome(at, [again]), 'keyring-claimed')
})

test('D10 a desk’s rubbish team locks nobody out; a member twice, or a packet of another kind, is refused', async () => {
  const { desk: officer, link } = await deskOf(w, 'cabinet-lilas')
  const [pair] = await personKeys(1)
  const rubbish = { publicKey: pair?.publicKey as never, pkcs8: systemRandom(50) }
  await startTeam(link, officer, { name: 'Odd (sample)', members: [doctor.keys.handle], pair: rubbish })
  assert.equal((await doctor.reader()).keys.size, 1)
  const twice = startTeam(link, officer, {
    name: 'Twice (sample)',
    members: [nurse.keys.handle, nurse.keys.handle],
    pair: pair as never,
  })
  await assert.rejects(twice, { code: 'keyring-broken' })
  const person = doctor.keys.person.publicKey
  const packet = await sealToPerson(person, { kind: 'grant', grant: 'x' }, utf8('{}'))
  const body = {
    ...{
      kind: 'team',
      org: officer.org,
      nonce: newId(systemRandom),
      name: 'Odd',
      members: [],
      person: pair?.publicKey,
    },
    packets: [digest(packet)],
  }
  const statement = await sign(link, officer.signer, { type: 'KeyringStarted', iss: officer.org, body })
  assert.equal(await outcome(at, [{ statement, packets: [packet] }]), 'key-refused')
})

test('D12 epochs do not begin in the past, and a packet gives only what begins with it', async () => {
  const patient = await newPatient(w)
  const { keyring } = await findKeyring(patient.link, patient.keys.handle)
  const last = (compartment: string) =>
    Math.max(...keyring.epochs.filter((one) => one.compartment === compartment).map((one) => one.epoch))
  const epoch = (compartment: string, from: number) => ({
    ...{ compartment, epoch: last(compartment) + 1, key: generateKeyPair(systemRandom).publicKey, from },
  })
  const grant = newId<never>(systemRandom)
  const packet = await sealToPerson(doctor.keys.person.publicKey, { kind: 'epoch', grant, from: now() }, utf8('{}'))
  const own = await sealOwn(patient.keys.person.publicKey, keyring.n + 1, [])
  const opened = async (epochs: object[], readers: object[], readersPackets: string[]) => {
    const packets = [...readersPackets, own]
    const body = { n: keyring.n + 1, prev: keyring.head, epochs, readers, packets: packets.map((one) => digest(one)) }
    return outcome(at, [await byPatient(patient, 'EpochOpened', body, { packets })])
  }
  assert.equal(await opened([epoch('allergies', now() - 301)], [], []), 'epoch-refused')
  const both = [epoch('allergies', now()), epoch('results', now() + 60)]
  assert.equal(await opened(both, [{ grant, from: now(), epochs: [0, 1] }], [packet]), 'epoch-refused')
  assert.equal(await opened(both, [{ grant, from: now(), epochs: [7] }], [packet]), 'epoch-refused')
  assert.equal(
    await opened(both, [{ grant: newId(systemRandom), from: now(), epochs: [0] }], [packet]),
    'epoch-refused',
  )
  assert.equal(await opened(both, [], [packet]), 'epoch-refused')
  assert.equal(await opened(both, [{ grant, from: now(), epochs: [0] }], [packet]), 'accepted')
})

test('G12 somebody else’s epochs widen no grant and spoil none', async () => {
  const [victim, other] = [await newPatient(w), await newPatient(w)]
  const handle = victim.keys.handle
  for (const category of ['allergies', 'social']) await write(desk, handle, category, { category })
  const { grant } = await approve(victim, await request(w, doctor, handle, ['allergies']), { standing: true })
  const before = await listGranted(doctor.link, grant)
  const { keyring } = await findKeyring(other.link, other.keys.handle)
  const epochs = ['social', 'allergies'].flatMap((compartment) =>
    [3, 4].map((epoch) => ({ compartment, epoch, key: generateKeyPair(systemRandom).publicKey, from: now() })),
  )
  const bind = { kind: 'epoch', grant, from: now() } as const
  const own = await sealOwn(other.keys.person.publicKey, keyring.n + 1, [])
  const packets = [await sealToPerson(doctor.keys.person.publicKey, bind, utf8('rubbish')), own]
  const body = {
    ...{ n: keyring.n + 1, prev: keyring.head, epochs, packets: packets.map((one) => digest(one)) },
    readers: [{ grant, from: now(), epochs: epochs.map((_, i) => i) }],
  }
  assert.equal(await outcome(at, [await byPatient(other, 'EpochOpened', body, { packets })]), 'accepted')
  for (const category of ['allergies', 'social']) await write(desk, handle, category, { category, later: true })
  const rows = await listGranted(doctor.link, grant)
  assert.equal(rows.length, before.length + 1)
  assert.ok(rows.every((one) => one.compartment === 'allergies'))
  assert.equal((await readAll(doctor, grant, handle)).length, 2, 'what was given still opens')
})

test('G13 an id that somebody else took is refused as such, and the node goes on', async () => {
  const [one, two] = [await newPatient(w), await newPatient(w)]
  const id = await request(w, doctor, one.keys.handle, ['allergies'])
  const reader = (await findKeyring(nurse.link, nurse.keys.handle)).keyring
  const wanted = {
    categories: ['allergies'],
    records: [],
    purpose: 'TREAT',
    until: now() + 600,
    patient: two.keys.handle,
    reader,
  }
  const { item } = await ask(nurse.link, { handle: nurse.keys.handle, signer: nurse.signer }, wanted as never)
  const { type, iss, sub, body } = parseStatement(item.statement)
  const copied = await sign(nurse.link, nurse.signer, { id, type, iss, body, ...(sub ? { sub } : {}) })
  assert.equal(await outcome(at, [{ statement: copied }]), 'not-allowed')
  const { grant } = await approve(one, id, {})
  const mine = await request(w, nurse, two.keys.handle, ['allergies'])
  await sync(two)
  const packet = await sealToPerson(nurse.keys.person.publicKey, { kind: 'grant', grant }, utf8('{"keys":[]}'))
  const giving = {
    ...{
      request: mine,
      reader: nurse.keys.handle,
      key: personThumbprint(nurse.keys.person.publicKey),
      records: [],
      except: [],
    },
    ...{ categories: ['allergies'], head: 1, standing: false, until: now() + 60, policy: 1, packets: [digest(packet)] },
  }
  const stolen = await byPatient(two, 'GrantGiven', giving, { id: grant, packets: [packet] })
  assert.equal(await outcome(at, [stolen]), 'not-allowed')
  await approve(two, mine, {})
})

test('G11 what opened a grant that was taken back leaves the store with it', async () => {
  const patient = await newPatient(w)
  const { grant } = await approve(patient, await request(w, doctor, patient.keys.handle, ['vitals']), {
    standing: true,
  })
  const bound = "packet WHERE json_extract(bind, '$.grant') = ?"
  assert.equal(await count(bound, grant), 2)
  await takeBack(patient, grant)
  assert.equal(await count(bound, grant), 0)
})

test('D8 a revoked credential is refused at once: no list, no read, no deposit, no request', async () => {
  const pro = await newPro(w)
  const patient = await newPatient(w)
  const handle = patient.keys.handle
  await write(desk, handle, 'allergies', { n: 1 })
  const { grant } = await approve(patient, await request(w, pro, handle, ['allergies']), { standing: true })
  assert.equal((await readAll(pro, grant, handle)).length, 1)
  const rows = await listGranted(pro.link, grant)
  const { desk: officer, link } = await deskOf(w)
  const { professionals } = await link.call(directoryEndpoints.professionals)
  const credential = professionals.find((one) => one.handle === pro.keys.handle)?.credential?.id ?? ''
  await assert.rejects(revokeCredential(link, officer, doctor.keys.handle, credential), { code: 'credential-unknown' })
  const elsewhere = await deskOf(w, 'cabinet-lilas')
  await assert.rejects(revokeCredential(elsewhere.link, elsewhere.desk, pro.keys.handle, credential), {
    code: 'organisation-other',
  })
  await revokeCredential(link, officer, pro.keys.handle, credential)
  const refused = { code: 'credential-missing' }
  await assert.rejects(listGranted(pro.link, grant), refused)
  await assert.rejects(read(pro.link, await pro.reader(), { id: grant, patient: handle }, rows).next(), refused)
  await assert.rejects(write(proAuthor(pro), handle, 'allergies', {}), refused)
  await assert.rejects(request(w, pro, handle, ['allergies']), refused)
  const before = (await findKeyring(patient.link, handle)).keyring.n
  advance(2_000)
  await sync(patient)
  const { keyring } = await findKeyring(patient.link, handle)
  assert.equal(keyring.n, before + 1, 'and the epochs turned over')
  await sync(patient)
  assert.equal((await findKeyring(patient.link, handle)).keyring.n, keyring.n, 'once')
})
