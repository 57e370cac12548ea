/** Bad statements: whatever is wrong with who signed, when, for whom, or with a byte, one clear answer and nothing recorded. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { manualClock } from '@salus/base/testing'
import { digest } from '@salus/crypto/hash'
import { generateDeviceKey } from '@salus/crypto/keys'
import { personKeys } from '@salus/crypto/testing'
import { signerOf } from '@salus/directory/device/patient'
import { findKeyring } from '@salus/directory/device/verify'
import { deviceThumbprint } from '@salus/directory/keyring'
import { give } from '@salus/grants/device'
import { parseStatement, type Signer, signStatement } from '@salus/journal/statement'
import { startNode } from '@salus/node-app/testing'
import { whoAsks } from '@salus/records/device/asker'
import { approve, erase, sync, takeBack } from '@salus/records/device/patient'
import { listGranted } from '@salus/records/device/reader'
import { recordEndpoints } from '@salus/records/endpoints'
import { assertWords, codeOf, createGuard, refused } from './bad-input.ts'
import { deskAuthor, newPatient, newPro, request, world, write } from './people.ts'

const { clock, advance } = manualClock()
const at = await startNode({ clock })
const guard = await createGuard(world(at, clock))
const { w } = guard
after(() => at.node.close())
const doctor = await newPro(w)
const desk = await deskAuthor(w)
const me = { iss: guard.person.keys.handle, signer: await signerOf(guard.person.keys.device) }

/** A refusal by the patient of a request that is not there: right in form, so that only what is changed is wrong. */
const draft = (more: object = {}) => ({
  ...{ type: 'RequestRefused', iss: me.iss, sub: me.iss, aud: at.origin },
  ...{ body: { request: 'AAAAAAAAAAAAAAAAAAAAAA', reason: 'too-much' } },
  ...more,
})
const signed = (more: object = {}, by: Signer = me.signer, when = clock) =>
  signStatement(by, draft(more), { clock: when, random: w.random })

/** Over HTTP, as anybody may send it. */
const send = (statement: string, more: object = {}) => {
  const body = JSON.stringify({ items: [{ statement, ...more }] })
  return w.at.fetch('http://node.test/statements', { method: 'POST', body }).then(async (answer) => {
    const { code = 'accepted' } = (await answer.json()) as { code?: string }
    if (code !== 'accepted') assertWords(code)
    return code
  })
}
const size = () => at.node.journal.log.size()
/** `work` records nothing, and the node goes on. */
async function records(nothing: () => Promise<void>): Promise<void> {
  const before = size()
  await nothing()
  assert.equal(size(), before, 'nothing was recorded')
  await guard.goesOn()
}

test('a statement signed by another key', () =>
  records(async () => {
    const { privateKey, publicKey } = await generateDeviceKey()
    assert.equal(await send(await signed({}, { privateKey, kid: deviceThumbprint(publicKey) })), 'signer-unknown')
    assert.equal(await send(await signed({}, { privateKey, kid: me.signer.kid })), 'signature-invalid')
    assert.equal(await send(await signed({}, doctor.signer)), 'signer-unknown', 'a key that speaks for somebody else')
  }))

test('a statement that expired, that comes from the future, or that lives too long', () =>
  records(async () => {
    const past = () => clock() - 601_000
    assert.equal(await send(await signed({}, me.signer, past)), 'statement-expired')
    assert.equal(await send(await signed({}, me.signer, () => clock() + 200_000)), 'statement-from-the-future')
    assert.equal(await send(await signed({ life: 16 * 60 })), 'statement-invalid')
    assert.equal(await send(await signed({ life: 0 })), 'statement-invalid')
  }))

test('a statement replayed: the same bytes are answered again, others under its id are not', async () => {
  const patient = await newPatient(w)
  const id = await request(w, doctor, patient.keys.handle, ['results'])
  const by = { type: 'RequestRefused', iss: patient.keys.handle, sub: patient.keys.handle, aud: at.origin }
  const signer = await signerOf(patient.keys.device)
  await sync(patient)
  const body = { request: id, reason: 'too-much' }
  const statement = await signStatement(signer, { ...by, body }, w)
  assert.equal(await send(statement), 'accepted')
  await records(async () => {
    assert.equal(await send(statement), 'accepted')
    const other = { ...by, body: { ...body, reason: 'other' }, id: parseStatement(statement).id }
    assert.equal(await send(await signStatement(signer, other, w)), 'statement-replayed')
  })
})

test('a statement re-encoded', () =>
  records(async () => {
    const token = await signed()
    const [head = '', payload = '', signature = ''] = token.split('.')
    const spaced = Buffer.from(JSON.stringify(JSON.parse(Buffer.from(payload, 'base64url').toString()), null, 1))
    const forms = {
      padded: `${head}.${payload}.${signature}==`,
      'standard base64': `${head}.${payload}.${Buffer.from(signature, 'base64url').toString('base64')}`,
      'white space': ` ${token}`,
      'four parts': `${token}.`,
      'two parts': `${head}.${payload}`,
    }
    for (const [name, one] of Object.entries(forms)) assert.equal(await send(one), 'statement-invalid', name)
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const same = [...last].filter((letter) => {
      const one = `${signature.slice(0, -1)}${letter}`
      return one !== signature && Buffer.from(one, 'base64url').equals(Buffer.from(signature, 'base64url'))
    })
    assert.equal(same.length, 15, 'other letters for the same bytes')
    for (const letter of same) {
      assert.equal(await send(`${head}.${payload}.${signature.slice(0, -1)}${letter}`), 'statement-invalid')
    }
    assert.equal(await send(`${head}.${spaced.toString('base64url')}.${signature}`), 'signature-invalid')
  }))

test('a statement for another organisation', () =>
  records(async () => {
    assert.equal(await send(await signed({ aud: 'journal.elsewhere.example' })), 'statement-for-another')
  }))

test('a statement with one byte changed, whichever it is', () =>
  records(async () => {
    const token = await signed()
    const codes = new Map<string, number>()
    for (let i = 0; i < token.length; i++) {
      const letter = token[i] === 'A' ? 'B' : 'A'
      const code = await codeOf(
        at.node.journal.accept({ items: [{ statement: `${token.slice(0, i)}${letter}${token.slice(i + 1)}` }] }),
      )
      codes.set(code, (codes.get(code) ?? 0) + 1)
    }
    for (const code of codes.keys()) assertWords(code)
    assert.equal(codes.get('accepted'), undefined)
    const known = ['statement-invalid', 'json-invalid', 'encoding-invalid', 'schema-mismatch', 'signature-invalid']
    const more = ['signer-unknown', 'statement-unknown-type', 'statement-for-another', 'statement-expired']
    const all = new Set([...known, ...more, 'statement-from-the-future', 'json-duplicate-key'])
    assert.deepEqual(
      [...codes.keys()].filter((one) => !all.has(one)),
      [],
    )
    assert.ok((codes.get('signature-invalid') ?? 0) > 80, 'most of them read as before and do not verify')
  }))

test('a packet that does not match its grant, its recipient, or the digest that was signed', async () => {
  const patient = await newPatient(w)
  const { handle } = patient.keys
  await write(desk, handle, 'results', { n: 1 })
  const ids = [await request(w, doctor, handle, ['results']), await request(w, doctor, handle, ['results'])]
  await sync(patient)
  const asked = ids.map((id) => patient.book.requests[id])
  assert.ok(asked[0] && asked[1])
  const { reader } = await whoAsks(patient, asked[0])
  const { keyring } = await findKeyring(patient.link, handle)
  const signer = await signerOf(patient.keys.device)
  const made = async (i: number, more: object = {}) => {
    const giving = {
      ...{ request: asked[i], reader: reader.keyring, categories: ['results'], records: [], until: asked[i]?.until },
      ...{ standing: false, head: patient.book.chain.number, policy: patient.book.policy, held: [], ...more },
    }
    const { items } = await give(patient.link, { handle, signer, keyring }, giving as never, [])
    return items[0] as { statement: string; packets: string[] }
  }
  await records(async () => {
    const [one, two] = [await made(0), await made(1)]
    assert.equal(await send(one.statement, { packets: two.packets }), 'packets-mismatch')
    assert.equal(await send(one.statement, { packets: [] }), 'packets-mismatch')
    assert.equal(await send(one.statement, { packets: [...one.packets, ...two.packets] }), 'packets-mismatch')
    const swapped = async (packet: string) => {
      const { type, iss, sub, aud, body, id } = parseStatement(one.statement)
      const changed = { ...body, packet: digest(packet), packets: [digest(packet)] }
      const keep = Object.fromEntries(Object.entries(changed).filter(([key]) => key in body))
      return send(await signStatement(signer, { type, iss, aud, sub: sub as string, body: keep, id }, w), {
        packets: [packet],
      })
    }
    assert.equal(await swapped(two.packets[0] ?? ''), 'grant-packet-wrong', 'it names another grant')
    const [other] = await personKeys(1)
    const stranger = { ...reader.keyring, person: other?.publicKey }
    assert.match(await codeOf(made(0, { reader: stranger })), /^reader-key-changed$/, 'an honest device makes none')
  })
  assert.equal(await send((await made(0)).statement, { packets: [] }), 'packets-mismatch')
  const right = await made(0)
  assert.equal(await send(right.statement, { packets: right.packets }), 'accepted')
})

test('reading after a revocation, after the end, after an erasure', async () => {
  const patient = await newPatient(w)
  const { handle } = patient.keys
  const { record, version } = await write(desk, handle, 'results', { n: 1 })
  const give = async (hours: number) =>
    (await approve(patient, await request(w, doctor, handle, ['results'], { hours }), {})).grant
  const read = async (grant: string) => {
    const body = { grant, records: [{ record, version }] }
    const one = { type: 'RecordRead', iss: doctor.keys.handle, sub: handle, aud: at.origin, body }
    return doctor.link.call(recordEndpoints.read, { input: { statement: await signStatement(doctor.signer, one, w) } })
  }
  const [revoked, ends, erased] = [await give(24), await give(1), await give(24)]
  assert.equal((await read(erased)).records.length, 1)
  await takeBack(patient, revoked)
  await refused(read(revoked), 'grant-revoked')
  await refused(listGranted(doctor.link, revoked), 'grant-revoked')
  advance(3_601_000)
  await refused(read(ends), 'grant-ended')
  await refused(listGranted(doctor.link, ends), 'grant-ended')
  assert.equal((await read(erased)).records.length, 1)
  await erase(patient)
  await refused(read(erased), 'grant-unknown')
  await refused(listGranted(doctor.link, erased), 'not-found')
  await guard.goesOn(w, handle)
})
