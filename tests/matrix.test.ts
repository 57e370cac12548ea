/** Authorisation as a matrix, made from the same rows the server binds: role x endpoint x own or other's, and role x statement. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from '@salus/base/bytes'
import { seconds } from '@salus/base/clock'
import { type Role, roles } from '@salus/base/endpoint'
import { generateDeviceKey } from '@salus/crypto/keys'
import { createCall } from '@salus/directory/device/http'
import { sign } from '@salus/directory/device/link'
import { signerOf } from '@salus/directory/device/patient'
import { openSession, type Session, sessionHeaders } from '@salus/directory/device/session'
import { deviceThumbprint } from '@salus/directory/keyring'
import type { SubmissionItem } from '@salus/journal/contract'
import { submit } from '@salus/journal/device'
import { parseStatement, type Signer, signStatement } from '@salus/journal/statement'
import { composeSlices } from '@salus/node-app/compose'
import { readFounded } from '@salus/node-app/found'
import { createNodeSigner } from '@salus/node-app/peers'
import { startConsortium, startNode, type TestHospital } from '@salus/node-app/testing'
import { erase, type PatientDevice } from '@salus/records/device/patient'
import { appoint } from '@salus/records/device/represent'
import { deskOf, enrolled, newPatient, newPro, type World, world } from './people.ts'
import { type Story, story } from './story.ts'

type Caller = { role: Role; session?: Session; node?: ReturnType<typeof createNodeSigner> }

/** Two hospitals: the first keeps what the story leaves, the second's node is one of the callers. */
async function started() {
  const [at, other] = await startConsortium(['saint-roch', 'cabinet-lilas'])
  assert.ok(at && other)
  return { at, other }
}

async function callers(w: World, s: Story, other: TestHospital): Promise<Caller[]> {
  const plain = createCall({ fetch: w.at.fetch, base: 'http://node.test', clock: w.clock, random: w.random })
  const open = async (role: Role, signer: Signer, sub: string): Promise<Caller> => ({
    role,
    session: await openSession(plain, signer, sub, w.at.origin),
  })
  const { desk } = await deskOf(w, 'cabinet-lilas')
  const patient = await newPatient(w)
  const pro = await newPro(w)
  assert.notEqual(pro.keys.handle, s.doctor.keys.handle)
  const child = await newPatient(w)
  await appoint(child, patient.keys.handle, seconds(w.clock()) + 86_400)
  return [
    { role: 'anonymous' },
    await open('patient', await signerOf(patient.keys.device), patient.keys.handle),
    await open('representative', await signerOf(patient.keys.device), child.keys.handle),
    await open('professional', pro.signer, pro.keys.handle),
    await open('desk', desk.signer, desk.org),
    { role: 'node', node: createNodeSigner(await readFounded(other.dir), w) },
  ]
}

/** Ids of somebody else's things, for every parameter a path names. */
const others = (s: Story): Record<string, string> => ({
  ...{ grant: s.given.grant, glass: s.glass, index: '3' },
  ...{ link: s.shared, ticket: 'A'.repeat(43), digest: 'A'.repeat(43) },
})

const pathOf = (path: string, ids: Record<string, string>) =>
  path.replace(/:(\w+)/g, (_, name: string) => ids[name] ?? '')

test('role x endpoint x other: a role without a rule is refused, and another’s thing looks like no thing', async () => {
  const { at, other } = await started()
  const w = world(at)
  const s = await story(w)
  const all = await callers(w, s, other)
  let checked = 0
  for (const { endpoint } of at.node.routes) {
    for (const { role, session, node } of all) {
      const path = pathOf(endpoint.path, others(s))
      const url = `http://node.test${path}`
      const text = endpoint.method === 'POST' ? '{}' : undefined
      const sent = text === undefined ? {} : { body: utf8(text) }
      const headers: Record<string, string> = {
        ...(session ? await sessionHeaders(session, { method: endpoint.method, path }, w) : {}),
        ...(node ? await node({ method: endpoint.method, url, to: at.origin, ...sent }) : {}),
      }
      const init: RequestInit = { method: endpoint.method, headers }
      if (text !== undefined) init.body = text
      const { status, body } = await at.fetch(url, init)
      await body?.cancel()
      const rule = endpoint.allow[role]
      const where = `${role} ${endpoint.name}: ${status}`
      if (!rule) assert.equal(status, role === 'anonymous' ? 401 : 403, where)
      else if (rule === 'own') assert.equal(status, 404, where)
      else assert.ok(![401, 403].includes(status) && status < 500, where)
      checked++
    }
  }
  assert.equal(checked, at.node.routes.length * roles.length)
  await at.node.close()
  await other.node.close()
})

test('role x endpoint x own: what is one’s own answers', async () => {
  const at = await startNode()
  const w = world(at)
  const s = await story(w)
  const own = at.node.routes.filter(({ endpoint }) => Object.values(endpoint.allow).includes('own'))
  assert.deepEqual(own.map((one) => one.endpoint.name).sort(), ['journal.receipt', 'records.granted'])
  const index = Object.values(s.patient.book.records)[0]?.index ?? -1
  const receipt = at.node.routes.find((one) => one.endpoint.name === 'journal.receipt')?.endpoint
  const granted = at.node.routes.find((one) => one.endpoint.name === 'records.granted')?.endpoint
  assert.ok(receipt && granted)
  await s.patient.link.call(receipt, { params: { index } })
  await s.acting.link.call(receipt, { params: { index } })
  await s.doctor.link.call(granted, { params: { grant: s.given.grant } })
  await assert.rejects(s.nurse.link.call(granted, { params: { grant: s.given.grant } }), { code: 'not-found' })
  await assert.rejects(s.doctor.link.call(receipt, { params: { index } }), { code: 'not-found' })
  await at.node.close()
})

test('a session is worth nothing without its key, on another path, twice, or in another form', async () => {
  const at = await startNode()
  const w = world(at)
  const s = await story(w)
  const plain = createCall({ fetch: at.fetch, base: 'http://node.test', clock: w.clock, random: w.random })
  const session = await openSession(plain, s.doctor.signer, s.doctor.keys.handle, at.origin)
  const request = { method: 'GET', path: '/requests' } as const
  const get = (path: string, headers: Record<string, string>) => at.fetch(`http://node.test${path}`, { headers })
  const good = await sessionHeaders(session, request, w)
  assert.equal((await get('/requests', good)).status, 200)
  assert.equal((await get('/requests', good)).status, 401, 'a proof works once')
  assert.equal((await get('/me', await sessionHeaders(session, request, w))).status, 401, 'for its path only')
  const thief = await generateDeviceKey()
  const stolen = { ...session, signer: { privateKey: thief.privateKey, kid: deviceThumbprint(thief.publicKey) } }
  assert.equal(
    (await get('/requests', await sessionHeaders(stolen, request, w))).status,
    401,
    'a stolen token needs the key',
  )
  const { dpop: _, ...bare } = await sessionHeaders(session, request, w)
  assert.equal((await get('/requests', bare)).status, 401)
  assert.equal((await get('/requests', { ...good, authorization: `Bearer ${session.token}` })).status, 401)
  await at.node.close()
})

/** Signers of every role there is, as `iss`: none of them the one a sampled statement is from. */
async function strangers(w: World): Promise<{ role: string; iss: string; signer: Signer }[]> {
  const patient = await newPatient(w)
  const pro = await newPro(w)
  const nobody = await enrolled(w)
  const { desk } = await deskOf(w, 'cabinet-lilas')
  const child = await newPatient(w)
  await appoint(child, patient.keys.handle, seconds(w.clock()) + 86_400)
  return [
    { role: 'representative', iss: child.keys.handle, signer: await signerOf(patient.keys.device) },
    { role: 'patient', iss: patient.keys.handle, signer: await signerOf(patient.keys.device) },
    { role: 'professional', iss: pro.keys.handle, signer: pro.signer },
    { role: 'professional', iss: nobody.keys.handle, signer: nobody.signer },
    { role: 'desk', iss: desk.org, signer: desk.signer },
  ]
}

/** Somebody acts for this patient, who so moves nowhere; everything before that is asked. */
async function triesToLeave({ link, keys }: PatientDevice): Promise<void> {
  const body = { org: 'cabinet-lilas', origin: 'journal.elsewhere.example' }
  const draft = { type: 'HomeMoved', iss: keys.handle, sub: keys.handle, body }
  const statement = await sign(link, await signerOf(keys.device), draft)
  await assert.rejects(submit(link.call, link.logs, [{ statement }]), { code: 'home-represented' })
}

/** The story again, keeping each submitted item as it went over the edge, the first of each kind. */
async function submitted(w: World): Promise<Map<string, SubmissionItem>> {
  const items = new Map<string, SubmissionItem>()
  const real = w.at.fetch
  const fetch: typeof real = async (url, init) => {
    if (new URL(url).pathname === '/statements') {
      const body = JSON.parse(String(init.body)) as { items: SubmissionItem[] }
      for (const one of body.items) {
        const { type } = parseStatement(one.statement)
        if (!items.has(type)) items.set(type, one)
      }
    }
    if (new URL(url).pathname === '/kept/open') {
      items.set('KeptOpened', { statement: (JSON.parse(String(init.body)) as { statement: string }).statement })
    }
    if (new URL(url).pathname === '/reads') {
      items.set('RecordRead', { statement: (JSON.parse(String(init.body)) as { statement: string }).statement })
    }
    return real(url, init)
  }
  const s = await story({ ...w, at: { ...w.at, fetch } })
  await triesToLeave(s.patient)
  await erase(s.other)
  return items
}

test('role x statement: a statement is taken from its makers only, whoever else signs it word for word', async () => {
  const at = await startNode()
  const w = world(at)
  const items = await submitted(w)
  const kinds = composeSlices(() => true).flatMap((slice) => slice.kinds)
  const all = await strangers(w)
  for (const { type, signers, ownKey } of kinds) {
    const item = items.get(type)
    assert.ok(item, `${type} happened in the story`)
    const { sub, body } = parseStatement(item.statement)
    for (const { role, iss, signer } of all) {
      if ((type === 'AccessRequested' || type === 'RecordDeposited') && role === 'professional') continue
      if (type === 'RecordDeposited' && role === 'desk') continue
      const draft = { type, iss, aud: at.origin, ...(sub ? { sub } : {}), body }
      const statement = await signStatement(signer, draft, w)
      const code: string = await at.node.journal.accept({ items: [{ ...item, statement }] }).then(
        () => 'accepted',
        (error: { code: string }) => error.code,
      )
      const where = `${type} by ${role}: ${code}`
      assert.ok(
        !['accepted', 'journal-failed', 'packets-mismatch', 'content-mismatch', 'internal'].includes(code),
        where,
      )
      if (!(signers as readonly string[]).includes(role) && !ownKey) assert.equal(code, 'signer-not-allowed', where)
      else assert.ok(refusals.has(code), where)
    }
  }
  await at.node.close()
})

/** What somebody of the right role but the wrong person is told. */
const refusals = new Set([
  ...[
    'signer-not-allowed',
    'not-allowed',
    'organisation-other',
    'signature-invalid',
    'keyring-broken',
    'keyring-claimed',
    'record-exists',
  ],
  ...[
    'grant-other-reader',
    'not-granted',
    'credential-missing',
    'key-refused',
    'grant-revoked',
    'version-wrong',
    'record-unknown',
  ],
  ...[
    'emergency-not-chosen',
    'emergency-not-for-role',
    'emergency-release-wrong',
    'emergency-unknown',
    'emergency-over',
  ],
  ...['question-unknown'],
  ...['merge-refused', 'hold-unknown', 'hold-refused', 'patient-unknown', 'identity-merged'],
  ...['emergency-seconded', 'emergency-released', 'emergency-reviewed', 'keeper-unknown', 'policy-head-old'],
])
