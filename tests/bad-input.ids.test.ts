/** Ids of others in every route, made from the rows that the server binds: refused as if there were no such thing, or told nothing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64url } from '@salus/base/bytes'
import { seconds, systemRandom } from '@salus/base/clock'
import type { Role } from '@salus/base/endpoint'
import { newId } from '@salus/base/ids'
import { digest } from '@salus/crypto/hash'
import { generateDeviceKey, generateKeyPair } from '@salus/crypto/keys'
import { issueCode } from '@salus/directory/device/desk'
import { createCall } from '@salus/directory/device/http'
import { beginClaim, signerOf } from '@salus/directory/device/patient'
import { openSession, type Session, sessionHeaders } from '@salus/directory/device/session'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { deviceThumbprint } from '@salus/directory/keyring'
import { type Signer, signStatement } from '@salus/journal/statement'
import { signTx } from '@salus/ledger/device'
import { startNode } from '@salus/node-app/testing'
import { appoint } from '@salus/records/device/represent'
import { recordEndpoints } from '@salus/records/endpoints'
import { assertWords, createGuard } from './bad-input.ts'
import { deskOf, intake, linkTo, newPatient, newPro, type World, world } from './people.ts'
import { type Story, story } from './story.ts'

type Caller = { readonly role: Role; readonly iss: string; readonly signer: Signer; readonly session?: Session }

/** One of each role that has nothing to do with the people of the story. */
async function callers(w: World): Promise<Caller[]> {
  const plain = createCall({ fetch: w.at.fetch, base: 'http://node.test', clock: w.clock, random: w.random })
  const open = async (role: Role, signer: Signer, iss: string): Promise<Caller> => ({
    ...{ role, signer, iss },
    session: await openSession(plain, signer, iss, w.at.origin),
  })
  const [patient, child, pro] = [await newPatient(w), await newPatient(w), await newPro(w)]
  await appoint(child, patient.keys.handle, seconds(w.clock()) + 86_400)
  const { desk } = await deskOf(w, 'cabinet-lilas')
  const { privateKey, publicKey } = await generateDeviceKey()
  const own = await signerOf(patient.keys.device)
  return [
    { role: 'anonymous', iss: patient.keys.handle, signer: { privateKey, kid: deviceThumbprint(publicKey) } },
    await open('patient', own, patient.keys.handle),
    await open('representative', own, child.keys.handle),
    await open('professional', pro.signer, pro.keys.handle),
    await open('desk', desk.signer, desk.org),
  ]
}

/** Ids of what belongs to the story's people. */
async function others(w: World, s: Story) {
  const { handle } = s.patient.keys
  const [first] = Object.values(s.patient.book.records)
  const person = await intake(w)
  const { desk, link } = await deskOf(w)
  const { claim } = await beginClaim(await linkTo(w), await issueCode(link, desk, person.handle))
  const { kept } = await link.call(recordEndpoints.holds)
  const record = first?.record ?? ''
  return {
    handle,
    record,
    index: first?.index ?? 0,
    grant: s.given.grant,
    glass: s.glass,
    claim,
    kept: kept[0]?.id ?? '',
    digest: digest('an object that nobody put there'),
    // All that a statement tells of a link: who has the address itself may open it.
    link: Object.values(s.patient.book.links ?? {}).find((one) => one.endedAt === undefined)?.link ?? '',
  }
}
type Others = Awaited<ReturnType<typeof others>>

/** A body for each row that takes one, by row name: others' ids wherever an id goes. A new row must be added here. */
const bodies: Record<string, (w: World, by: Caller, o: Others) => unknown> = {
  'journal.submit': (w, by, o) =>
    statement(w, by, 'RecordDisputed', o.handle, { record: o.record, version: 1, reason: 'wrong' }).then((one) => ({
      items: [{ statement: one }],
    })),
  'journal.show': (w) => ({ checkpoint: w.at.node.journal.checkpoint() }),
  async 'directory.session'(w, by, o) {
    const { call } = await linkTo(w)
    let asked: unknown
    const catching = async (endpoint: never, request: { input: unknown }) => {
      if (endpoint !== directoryEndpoints.session) return call(endpoint)
      asked = request.input
      return { token: '', until: 0 }
    }
    await openSession(catching as never, by.signer, o.handle, w.at.origin)
    return asked
  },
  'directory.keyring': (_, __, o) => ({ handle: o.handle }),
  async 'directory.claim'() {
    const { publicKey: device } = await generateDeviceKey()
    return { code: 'AAAA-BBBB-CCCC-DDDD', device, agreement: generateKeyPair(systemRandom).publicKey }
  },
  'directory.collect': (_, __, o) => ({ claim: o.claim, secret: base64url(systemRandom(32)) }),
  'directory.findKeychain': () => ({ locator: base64url(systemRandom(32)), card: base64url(systemRandom(32)) }),
  'directory.enter': (_, __, o) => ({ handle: o.handle, sealed: 'x' }),
  'records.contents': (_, __, o) => ({ records: [{ record: o.record, version: 1 }] }),
  'records.openKept': async (w, by, o) => ({
    statement: await statement(w, by, 'KeptOpened', undefined, { kept: o.kept }),
  }),
  // In the name of a member, with a key that is nobody's.
  async 'ledger.submit'({ at }) {
    const { publicKey, privateKey } = await generateDeviceKey()
    const org = at.node.roots.organisations[0]?.org ?? ''
    const body = { draw: newId(systemRandom), amount: 1 }
    const payload = { chain: at.node.roots.chain, org, seq: 1, type: 'credit.draw', body }
    return { tx: await signTx(privateKey, publicKey, payload) }
  },
  // Parameters are public words under their own digest: nobody's id is in them.
  'market.put': () => ({ text: '{}' }),
  'links.manifest': () => ({ recipient: 'Dr Else (sample)' }),
  'push.start': () => ({ endpoint: 'https://10.0.0.1/wake' }),
  'push.end': () => ({ endpoint: 'https://push.example/of-another' }),
  'replica.stop': async (w, by, o) => ({
    statement: await statement(w, by, 'GrantRevoked', o.handle, { grant: o.grant, policy: 9 }),
  }),
  // A random name that tells nothing but where to ask: whoever has it knows it from the patient.
  'replica.home': (_w, _by, o) => ({ chain: o.handle }),
  'records.read': async (w, by, o) => ({
    statement: await statement(w, by, 'RecordRead', o.handle, {
      grant: o.grant,
      records: [{ record: o.record, version: 1 }],
    }),
  }),
}
const statement = ({ at, clock, random }: World, by: Caller, type: string, sub: string | undefined, body: object) =>
  signStatement(by.signer, { type, iss: by.iss, aud: at.origin, ...(sub ? { sub } : {}), body }, { clock, random })

/** What opens or names anything of theirs: packets, ciphertexts, records, and the statements that are in no keyring. */
async function needles({ at }: World, { handle }: Others): Promise<string[]> {
  return at.node.sources.tx(async (s) => {
    const packets = await s.all<{ jwe: string }>('SELECT jwe FROM packet WHERE chain = ?', handle)
    const contents = await s.all<{ jwe: string }>('SELECT jwe FROM content WHERE chain = ?', handle)
    const statements = await s.all<{ token: string; type: string }>(
      'SELECT token, type FROM statement WHERE chain = ?',
      handle,
    )
    const own = statements.filter((one) => /^(Record|Grant|Request|Access|EmergencyChosen)/.test(one.type))
    return [...packets.map((one) => one.jwe), ...contents.map((one) => one.jwe), ...own.map((one) => one.token)].map(
      (one) => one.slice(-60),
    )
  })
}

/** What each row says to ids of others, by role. What is not here takes no id, and tells each caller of the own things only. */
const expected: Record<string, Partial<Record<Role, string>>> = {
  'journal.submit': {
    ...{ anonymous: 'signer-unknown', patient: 'not-allowed', representative: 'not-allowed' },
    ...{ professional: 'signer-not-allowed', desk: 'signer-not-allowed' },
  },
  'journal.receipt': {
    patient: 'not-found',
    representative: 'not-found',
    professional: 'not-found',
    desk: 'not-found',
  },
  'directory.session': { anonymous: 'challenge-invalid' },
  'directory.claim': { anonymous: 'claim-code-wrong' },
  'directory.collect': { anonymous: 'claim-unknown' },
  'directory.findKeychain': { anonymous: 'keychain-unknown' },
  'directory.enter': { desk: 'keyring-unknown' },
  // A colleague of the same organisation must find the glass to second it; another organisation finds none.
  'emergency.glass': { professional: 'accepted', desk: 'emergency-unknown' },
  'emergency.chain': { professional: 'emergency-unknown' },
  'emergency.packets': { professional: 'emergency-unknown' },
  'records.escrowed': { professional: 'emergency-unknown' },
  'records.contents': { patient: 'record-unknown' },
  'records.granted': { professional: 'not-found' },
  'records.openKept': { desk: 'hold-unknown' },
  'ledger.submit': { desk: 'key-other' },
  'market.object': { desk: 'object-missing' },
  'market.put': { desk: 'accepted' },
  'links.manifest': { anonymous: 'link-unknown' },
  'replica.home': { professional: 'accepted', desk: 'accepted' },
  'replica.stop': {
    ...{ anonymous: 'home-receipt-missing', patient: 'home-receipt-missing', representative: 'home-receipt-missing' },
    ...{ professional: 'home-receipt-missing', desk: 'home-receipt-missing' },
  },
  'push.start': { patient: 'push-refused', professional: 'push-refused' },
  // Ends what is one's own: an address of another's is none of them.
  'push.end': { patient: 'accepted', professional: 'accepted' },
  'records.read': { anonymous: 'signer-unknown', representative: 'not-granted', professional: 'grant-other-reader' },
}
/** What a row must be asked with; none of it is anybody's. */
const queries: Readonly<Record<string, string>> = {
  'ledger.state': '?path=market%2Ftasks',
  'directory.versions': '?after=1',
  'ledger.blocks': '?from=1',
  'ledger.next': '?after=0',
}
/** Public by design: keyrings are what others seal to and verify with; the log's own checkpoint. */
const open: readonly string[] = ['directory.keyring', 'journal.show']

test('ids of others in every route', async () => {
  const at = await startNode()
  const s = await story(world(at))
  const { w, goesOn } = await createGuard(world(at))
  const o = await others(w, s)
  const secret = [...(await needles(w, o)), o.record]
  const taking = at.node.routes.filter(({ endpoint }) => endpoint.input).map(({ endpoint }) => endpoint.name)
  assert.deepEqual(Object.keys(bodies).sort(), taking.sort(), 'every row that takes a body has one here')
  assert.ok(secret.length > 40)
  // A first block, so that whoever asks for one need not wait.
  await at.node.advance()
  const people = await callers(w)
  const size = at.node.journal.log.size()
  let withIds = 0
  for (const { endpoint } of at.node.routes.filter((one) => !one.endpoint.media)) {
    const path = endpoint.path.replace(/:(\w+)/g, (_, name: keyof Others) => String(o[name]))
    for (const by of people.filter((one) => endpoint.allow[one.role])) {
      const proven = by.session ? await sessionHeaders(by.session, { method: endpoint.method, path }, w) : {}
      const body =
        endpoint.method === 'POST' ? { body: JSON.stringify((await bodies[endpoint.name]?.(w, by, o)) ?? {}) } : {}
      const answer = await at.fetch(`http://node.test${path}${queries[endpoint.name] ?? ''}`, {
        method: endpoint.method,
        headers: proven,
        ...body,
      })
      const text = await answer.text()
      const { code = 'accepted' } = JSON.parse(text) as { code?: string }
      const where = `${by.role} ${endpoint.name}`
      const hasIds = (endpoint.params ?? endpoint.input) !== undefined && !open.includes(endpoint.name)
      if (hasIds) withIds++
      assert.equal(code, hasIds ? expected[endpoint.name]?.[by.role] : 'accepted', where)
      if (!answer.ok) assertWords(code)
      const known = secret.findIndex((one) => text.includes(one))
      assert.equal(known, -1, `${where} is told of another’s thing`)
    }
  }
  assert.equal(withIds, Object.values(expected).flatMap((one) => Object.keys(one)).length, 'no row more, none less')
  assert.equal(at.node.journal.log.size(), size, 'nothing was recorded')
  await goesOn()
  await at.node.close()
})
