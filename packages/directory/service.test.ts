import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { base64url } from '@salus/base/bytes'
import { seconds, systemRandom } from '@salus/base/clock'
import { openSqlite, type Sql } from '@salus/base/sqlite'
import { digest } from '@salus/crypto/hash'
import { verifyEd25519 } from '@salus/crypto/jws'
import { openSources } from '@salus/journal/sources'
import { parseStatement } from '@salus/journal/statement'
import { CIRCLE_VIEWS, saveHomeOrg } from './circle.store.ts'
import { codeText, newCode } from './code.ts'
import { knownTo } from './consortium.ts'
import {
  DIRECTORY_VIEWS,
  forgetPerson,
  saveApproval,
  saveClaimCode,
  saveCredential,
  saveKeyring,
} from './directory.store.ts'
import { answerChallenge, dpopProof } from './dpop.ts'
import { IDENTITY_VIEWS } from './identities.store.ts'
import { extendKeyring, startKeyring } from './keyring.ts'
import type { DirectoryPorts } from './ports.ts'
import { forgetRegistered, REGISTER_SCHEMA } from './register.store.ts'
import { createClaims, createPeople, createSessions } from './service.ts'
import { createDirectoryPort, createSigners } from './slice.ts'
import {
  approvalFor,
  claimEntry,
  deskOf,
  type Holder,
  intakeEntry,
  newHolder,
  newKey,
  ORIGIN,
  professionalEntry,
  sampleWorld,
} from './testing.ts'

const open: Sql[] = []
after(() => Promise.all(open.map((one) => one.close())))

/** Services over real stores; the journal is a list of tokens. */
async function served() {
  const w = await sampleWorld()
  const dir = mkdtempSync(join(tmpdir(), 'salus-directory-'))
  const views = openSqlite(join(dir, 'views.db'), {
    durability: 'off',
    schema: DIRECTORY_VIEWS + IDENTITY_VIEWS + CIRCLE_VIEWS,
  })
  const sources = openSources(join(dir, 'sources.db'), REGISTER_SCHEMA)
  open.push(views, sources)
  const tokens: string[] = []
  const journal = {
    receiptAt: async (i: number) => (tokens[i] ? { stored: { token: tokens[i] }, receipt: { index: i } } : undefined),
  }
  const members = new Map(Object.entries(w.desks).map(([org, { publicKey }]) => [org, publicKey]))
  const ports: DirectoryPorts = {
    ...{ origin: ORIGIN, views, sources, journal: journal as never, verify: verifyEd25519, clock: w.clock },
    ...{ random: systemRandom, signers: createSigners({ key: (org) => members.get(org) }) },
  }
  const keep = async (state: ReturnType<typeof startKeyring>, token: string) => {
    tokens.push(token)
    await views.tx((v) => saveKeyring(v, state, tokens.length - 1))
    return state
  }
  const founded = async (token: string) => keep(startKeyring(token, parseStatement(token).body as never), token)
  return { ...{ w, ports, views, sources, members, keep, founded }, now: () => seconds(w.clock()) }
}
type Served = Awaited<ReturnType<typeof served>>

async function professional(s: Served) {
  const made = await professionalEntry(s.w)
  return { ...made, state: await s.founded(made.token) }
}

async function intake(s: Served) {
  const { token, handle } = await intakeEntry(s.w)
  return { handle, token, state: await s.founded(token) }
}

async function session(s: Served, who: Holder, sub: string) {
  const sessions = createSessions(s.ports)
  const answer = (over: object = {}, key = who) =>
    answerChallenge(key.privateKey, key.kid, { ...sessions.challenge(), aud: ORIGIN, sub, ...over } as never)
  const call = async (token: string, path = '/me') => {
    const dpop = await dpopProof(who.privateKey, { method: 'GET', path, token }, s.ports)
    return sessions.principal({ method: 'GET', path, authorization: `DPoP ${token}`, dpop })
  }
  return { sessions, answer, call }
}

test('D14 a challenge is answered once, within a minute, by the key it names, for this journal', async () => {
  const s = await served()
  const { device, handle } = await professional(s)
  const { sessions, answer } = await session(s, device, handle)
  const refused = async (proof: string) => assert.rejects(sessions.open(proof), { code: 'challenge-invalid' })
  const good = await answer()
  await sessions.open(good)
  await refused(good)
  const late = await answer()
  s.w.advance(60_000)
  await refused(late)
  const thief = await newHolder()
  await refused(await answer({}, thief))
  await refused(await answer({}, { ...thief, kid: device.kid }))
  await refused(await answer({ aud: 'journal.other.example' }))
  await refused(await answer({ challenge: base64url(systemRandom(32)) }))
  await refused(await answer({ sub: 'saint-roch' }))
  await refused(await answer({ sub: 'Z'.repeat(26) }))
  await refused('rubbish')
})

test('D14 a wrong answer uses the challenge up too', async () => {
  const s = await served()
  const { device, handle } = await professional(s)
  const { sessions } = await session(s, device, handle)
  const { challenge } = sessions.challenge()
  const thief = await newHolder()
  const of = (who: Holder) => answerChallenge(who.privateKey, who.kid, { challenge, aud: ORIGIN, sub: handle })
  await assert.rejects(sessions.open(await of(thief)), { code: 'challenge-invalid' })
  await assert.rejects(sessions.open(await of(device)), { code: 'challenge-invalid' })
})

test('D15 a session says who calls; without a token nobody is known, with a wrong one nobody is served', async () => {
  const s = await served()
  const { device, handle } = await professional(s)
  const { sessions, answer, call } = await session(s, device, handle)
  const { token, until } = await sessions.open(await answer())
  const expected = { role: 'professional', handle, org: 'saint-roch', device: device.publicKey }
  assert.deepEqual(await call(token), expected)
  assert.deepEqual(await sessions.principal({ method: 'GET', path: '/me' }), { role: 'anonymous' })
  const refused = (authorization: string, code: string) =>
    assert.rejects(sessions.principal({ method: 'GET', path: '/me', authorization, dpop: 'x' }), { code })
  await refused(`Bearer ${token}`, 'session-missing')
  await refused(`DPoP ${token}`, 'session-invalid')
  await assert.rejects(call(base64url(systemRandom(32))), { code: 'session-invalid' })
  s.w.advance((until - s.now() - 1) * 1000)
  assert.deepEqual(await call(token), expected)
  s.w.advance(1000)
  await assert.rejects(call(token), { code: 'session-invalid' })
})

test('D16 a device that is no longer the keyring’s loses its session at once; so does an organisation that left', async () => {
  const s = await served()
  const pro = await professional(s)
  const one = await session(s, pro.device, pro.handle)
  const { token } = await one.sessions.open(await one.answer())
  await one.call(token)
  await s.views.tx((v) => saveKeyring(v, { ...pro.state, devices: [newKey()] }, 0))
  await assert.rejects(one.call(token), { code: 'session-invalid' })
  await s.views.tx((v) => forgetPerson(v, pro.handle))
  await assert.rejects(one.call(token), { code: 'session-invalid' })
  const desk = await session(s, deskOf(s.w), 'saint-roch')
  const opened = await desk.sessions.open(await desk.answer())
  assert.deepEqual(await desk.call(opened.token), { role: 'desk', org: 'saint-roch', device: deskOf(s.w).publicKey })
  s.members.delete('saint-roch')
  await assert.rejects(desk.call(opened.token), { code: 'session-invalid' })
})

async function withCode(s: Served, life = 60) {
  const person = await intake(s)
  const code = newCode(systemRandom)
  const give = (idx: number) => s.views.tx((v) => saveClaimCode(v, person.handle, digest(code), s.now() + life, idx))
  await give(7)
  const device = await newHolder()
  return { ...person, give, device, input: { code: codeText(code), device: device.publicKey, agreement: newKey() } }
}

test('D17 a code opens one claim; a newer code opens another', async () => {
  const s = await served()
  const claims = createClaims(s.ports)
  const { input, handle, token, give } = await withCode(s)
  const claim = await claims.claim(input)
  assert.deepEqual([claim.handle, claim.entries], [handle, [token]])
  await assert.rejects(claims.claim(input), { code: 'claim-code-wrong' })
  await give(8)
  assert.notEqual((await claims.claim({ ...input, code: input.code.toLowerCase() })).claim, claim.claim)
})

test('D17 a wrong, malformed, ended or already claimed code gets one and the same answer', async () => {
  const s = await served()
  const claims = createClaims(s.ports)
  const { input, state, keep, device, handle, token } = { ...(await withCode(s)), keep: s.keep }
  const wrong = { code: 'claim-code-wrong' }
  for (const code of ['', 'ABCD', codeText(newCode(systemRandom)), `${input.code}A`]) {
    await assert.rejects(claims.claim({ ...input, code }), wrong)
  }
  s.w.advance(60_000)
  await assert.rejects(claims.claim(input), wrong)
  const next = await withCode(s)
  const approval = await approvalFor(s.w, handle, device.publicKey, digest(token))
  const claim = await claimEntry(s.w, device, { handle, prev: digest(token), approval })
  const body = parseStatement(claim).body as never
  const claimed = extendKeyring(state, claim, { type: 'KeyringClaimed', body })
  await keep({ ...claimed, handle: next.handle }, claim)
  await assert.rejects(claims.claim(next.input), wrong)
})

test('D17 a storm of wrong codes is told to wait, and holds back no right one', async () => {
  const s = await served()
  const claims = createClaims(s.ports)
  const { input, handle } = await withCode(s)
  const codes = new Set<string>()
  for (let i = 0; i < 130; i++) {
    await claims.claim({ ...input, code: 'WRONG' }).catch((error) => codes.add(error.code))
  }
  assert.deepEqual([...codes], ['claim-code-wrong', 'claim-code-locked'])
  assert.equal((await claims.claim(input)).handle, handle)
})

test('D17 a claim with a weak key is refused and uses no code up', async () => {
  const s = await served()
  const claims = createClaims(s.ports)
  const { input, handle } = await withCode(s)
  const zero = base64url(new Uint8Array(32))
  await assert.rejects(claims.claim({ ...input, device: zero }), { code: 'key-refused' })
  await assert.rejects(claims.claim({ ...input, agreement: zero }), { code: 'key-refused' })
  assert.equal((await claims.claim(input)).handle, handle)
})

test('D17 who waits is shown to the own desk; the approval of one claim is not given to another', async () => {
  const s = await served()
  const claims = createClaims(s.ports)
  const { input, handle, device, give } = await withCode(s)
  const claim = await claims.claim(input)
  assert.deepEqual(
    (await claims.waiting('saint-roch')).claims.map((one) => [one.claim, one.device]),
    [[claim.claim, device.publicKey]],
  )
  assert.deepEqual((await claims.waiting('cabinet-lilas')).claims, [])
  const none = { approval: null, packet: null }
  assert.deepEqual(await claims.collect(claim), none)
  await assert.rejects(claims.collect({ ...claim, secret: base64url(systemRandom(32)) }), { code: 'claim-unknown' })
  await assert.rejects(claims.collect({ ...claim, claim: base64url(systemRandom(16)) }), { code: 'claim-unknown' })
  await give(9)
  const other = await claims.claim(input)
  const row = {
    handle,
    claim: other.claim,
    device: device.publicKey,
    prev: 'p',
    statement: 's',
    idx: 0,
    packet: 'none',
  }
  await s.views.tx((v) => saveApproval(v, row))
  assert.deepEqual(await claims.collect(claim), none)
  assert.deepEqual(
    (await claims.waiting('saint-roch')).claims.map((one) => one.claim),
    [claim.claim],
  )
})

test('D18 lists show the own organisation’s people, with the credential in force or none', async () => {
  const s = await served()
  const people = createPeople(s.ports)
  const { handle } = await professional(s)
  const shown = async (org = 'saint-roch') =>
    (await people.professionals(org)).professionals.map((one) => [one.handle, one.credential?.id ?? null])
  assert.deepEqual(await shown(), [[handle, null]])
  const until = s.now() + 60
  const credential = {
    id: 'c1',
    handle,
    org: 'saint-roch' as never,
    profession: 'nurse' as const,
    name: 'Sample',
    until,
  }
  await s.views.tx((v) => saveCredential(v, credential, 3))
  assert.deepEqual(await shown(), [[handle, 'c1']])
  assert.deepEqual(await shown('cabinet-lilas'), [])
  const inForce = (at: number, port = createDirectoryPort(() => true)) =>
    s.views.tx((v) => port.credential(v, handle, at))
  assert.equal((await inForce(until - 1))?.id, 'c1')
  // D45 Of an organisation that left: none from then on, for nobody is there to take it back.
  const [roch] = s.w.roots.organisations as [(typeof s.w.roots.organisations)[0]]
  const left = {
    ...s.w.roots,
    organisations: s.w.roots.organisations.slice(1),
    former: [{ ...roch, until: until - 30 }],
  }
  const remaining = createDirectoryPort(knownTo(left))
  assert.equal((await inForce(until - 31, remaining))?.id, 'c1')
  assert.equal(await inForce(until - 30, remaining), undefined)
  s.w.advance(60_000)
  assert.deepEqual(await shown(), [[handle, null]])
  assert.equal(await inForce(s.now()), undefined)
})

test('D18 traits are written for patients of the own organisation, and leave with the person', async () => {
  const s = await served()
  const people = createPeople(s.ports)
  const { handle } = await intake(s)
  const pro = await professional(s)
  await people.enter('saint-roch', { handle, sealed: 'one' })
  await people.enter('saint-roch', { handle, sealed: 'two' })
  assert.deepEqual((await people.register('saint-roch')).people, [{ handle, sealed: 'two', claimed: false }])
  assert.deepEqual((await people.register('cabinet-lilas')).people, [])
  const unknown = { code: 'keyring-unknown' }
  await assert.rejects(people.enter('cabinet-lilas', { handle, sealed: 'x' }), unknown)
  await assert.rejects(people.enter('saint-roch', { handle: pro.handle, sealed: 'x' }), unknown)
  await assert.rejects(people.enter('saint-roch', { handle: 'Z'.repeat(26), sealed: 'x' }), unknown)
  // D46 Who moved is entered by the new home, and by the old one no more.
  await s.views.tx((v) => saveHomeOrg(v, handle, 'cabinet-lilas'))
  await assert.rejects(people.enter('saint-roch', { handle, sealed: 'x' }), unknown)
  await people.enter('cabinet-lilas', { handle, sealed: 'there' })
  await s.sources.tx((one) => forgetRegistered(one, handle))
  assert.deepEqual((await people.register('saint-roch')).people, [])
})

test('D18 a keyring is found with its entries in order and its newest receipt; what is erased is unknown', async () => {
  const s = await served()
  const people = createPeople(s.ports)
  const { handle, token } = await intake(s)
  const view = await people.keyring(handle)
  assert.deepEqual([view.entries, view.receipt], [[token], { index: 0 }])
  await assert.rejects(people.keyring('Z'.repeat(26)), { code: 'keyring-unknown' })
  await s.views.tx((v) => forgetPerson(v, handle))
  await assert.rejects(people.keyring(handle), { code: 'keyring-unknown' })
})
