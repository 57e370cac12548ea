/** Web Push without content: who is woken, how often, by whose signature, and where a push never goes. */
import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { seconds } from '@salus/base/clock'
import { manualClock } from '@salus/base/testing'
import { generateDeviceKey } from '@salus/crypto/keys'
import { pushEndpoints } from '@salus/directory/push/endpoints'
import { backupNode, restoreNode } from '@salus/node-app/backup'
import { examine } from '@salus/node-app/doctor'
import { startNode } from '@salus/node-app/testing'
import { approve, erase, type PatientDevice } from '@salus/records/device/patient'
import { deskAuthor, newPatient, newPro, request, world, write } from './people.ts'

type Got = { path: string; headers: IncomingHttpHeaders; body: string }

/** A push service behind a port: what it got, and what it answers for a path. */
async function service() {
  const got: Got[] = []
  const answers = new Map<string, number>()
  const server = createServer((asked, answer) => {
    let body = ''
    asked.on('data', (part) => {
      body += part
    })
    asked.on('end', () => {
      const path = asked.url ?? ''
      got.push({ path, headers: asked.headers, body })
      answer.writeHead(answers.get(path) ?? 201, { location: '/elsewhere' }).end()
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url, got, answers }
}

const pushed = await service()
const { clock, advance } = manualClock()
const dir = join(mkdtempSync(join(tmpdir(), 'salus-push-')), 'data')
const at = await startNode({ dir, clock, pushesTo: (url) => url.origin === pushed.url })
const w = world(at, clock)
after(() => at.node.close())
const [desk, doctor] = [await deskAuthor(w), await newPro(w)]

const start = ({ link }: Pick<PatientDevice, 'link'>, path: string) =>
  link.call(pushEndpoints.start, { input: { endpoint: `${pushed.url}${path}` } })
const count = (path: string) => pushed.got.filter((one) => one.path === path).length
/** What was owed has been sent: pushes go off the request path. */
const settled = async () => {
  for (let i = 0; i < 3; i++) {
    await new Promise((done) => setImmediate(done))
    await at.node.push()
  }
}
/** Waits for what must come. */
async function arrives(path: string, times: number): Promise<void> {
  for (let i = 0; i < 400 && count(path) < times; i++) await new Promise((done) => setTimeout(done, 5))
  assert.equal(count(path), times)
}

test('D34 who asked is woken by what others do, with nothing in it, signed by this node for that service', async () => {
  const patient = await newPatient(w)
  const { key, kept } = await patient.link.call(pushEndpoints.key)
  assert.equal(kept, 0)
  await start(patient, '/wake/a')
  await request(w, doctor, patient.keys.handle, ['allergies'])
  await arrives('/wake/a', 1)
  const { headers, body } = pushed.got.find((one) => one.path === '/wake/a') as Got
  assert.equal(body, '')
  assert.deepEqual(
    [headers['content-length'], headers.ttl, headers.urgency, headers.topic],
    ['0', '86400', 'high', 'salus'],
  )
  const [, token = '', k = ''] = /^vapid t=([\w.-]+), k=([\w-]+)$/.exec(headers.authorization ?? '') ?? []
  assert.equal(k, key)
  const point = Buffer.from(k, 'base64url')
  assert.deepEqual([point.length, point[0]], [65, 4])
  const [head = '', claims = '', signature = ''] = token.split('.')
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url'),
  }
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' })
  const signed = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
  assert.ok(verify('sha256', Buffer.from(`${head}.${claims}`), signed, Buffer.from(signature, 'base64url')))
  assert.deepEqual(JSON.parse(Buffer.from(head, 'base64url').toString()), { typ: 'JWT', alg: 'ES256' })
  const said = JSON.parse(Buffer.from(claims, 'base64url').toString())
  assert.deepEqual([said.aud, said.sub], [pushed.url, `https://${at.origin}`])
  const life = said.exp - seconds(clock())
  assert.ok(life > 0 && life <= 86_400, 'RFC 8292 §2: a day at most')
})

test('D35 once a minute at most; what came within it is told when it is over', async () => {
  const patient = await newPatient(w)
  await start(patient, '/wake/b')
  await write(desk, patient.keys.handle, 'results', { n: 1 })
  await arrives('/wake/b', 1)
  for (let n = 0; n < 3; n++) await write(desk, patient.keys.handle, 'results', { n })
  await settled()
  advance(59_000)
  await settled()
  assert.equal(count('/wake/b'), 1)
  advance(1_000)
  await at.node.push()
  assert.equal(count('/wake/b'), 2)
  advance(120_000)
  await settled()
  assert.equal(count('/wake/b'), 2, 'and only then')
})

test('D34 one’s own acts wake nobody; the asker is woken by the answer; others are not', async () => {
  const patient = await newPatient(w)
  const other = await newPatient(w)
  await start(patient, '/wake/own')
  await start(other, '/wake/other')
  await start(doctor, '/wake/doctor')
  const id = await request(w, doctor, patient.keys.handle, ['allergies'])
  await arrives('/wake/own', 1)
  await settled()
  assert.equal(count('/wake/doctor'), 0)
  advance(60_000)
  await approve(patient, id, {})
  await arrives('/wake/doctor', 1)
  await settled()
  assert.deepEqual([count('/wake/own'), count('/wake/other')], [1, 0])
})

test('D35 an address that is nobody’s any more (404, 410) is forgotten; one that fails is not', async () => {
  const patient = await newPatient(w)
  for (const [path, status] of [
    ['/wake/404', 404],
    ['/wake/410', 410],
    ['/wake/500', 500],
    ['/wake/302', 302],
  ] as const) {
    pushed.answers.set(path, status)
    await start(patient, path)
  }
  await write(desk, patient.keys.handle, 'results', { n: 1 })
  for (const path of ['/wake/404', '/wake/410', '/wake/500', '/wake/302']) await arrives(path, 1)
  await settled()
  assert.equal((await patient.link.call(pushEndpoints.key)).kept, 2)
  advance(60_000)
  await write(desk, patient.keys.handle, 'results', { n: 2 })
  await arrives('/wake/500', 2)
  assert.deepEqual([count('/wake/404'), count('/wake/410'), count('/elsewhere')], [1, 1, 0], 'no redirect is followed')
})

test('D35 what failed is tried again a minute later, three times for one event, and no other address with it', async () => {
  const patient = await newPatient(w)
  pushed.answers.set('/again/bad', 503)
  pushed.answers.set('/again/late', 503)
  for (const path of ['/again/good', '/again/bad', '/again/late']) await start(patient, path)
  await write(desk, patient.keys.handle, 'results', { n: 1 })
  for (const path of ['/again/good', '/again/bad', '/again/late']) await arrives(path, 1)
  await settled()
  assert.equal(count('/again/bad'), 1, 'not within the minute')
  pushed.answers.delete('/again/late')
  for (let n = 0; n < 5; n++) {
    advance(60_000)
    await settled()
  }
  assert.deepEqual(['/again/good', '/again/late', '/again/bad'].map(count), [1, 2, 3])
})

test('D35 addresses woken at different times are each told once, not again for one another', async () => {
  const patient = await newPatient(w)
  await start(patient, '/turn/a')
  await write(desk, patient.keys.handle, 'results', { n: 1 })
  await arrives('/turn/a', 1)
  advance(30_000)
  await start(patient, '/turn/b')
  await write(desk, patient.keys.handle, 'results', { n: 2 })
  await arrives('/turn/b', 1)
  for (let n = 0; n < 8; n++) {
    advance(30_000)
    await settled()
  }
  assert.deepEqual(['/turn/a', '/turn/b'].map(count), [2, 1])
})

test('D35 addresses that could not be read once are read at the next event', async () => {
  const patient = await newPatient(w)
  await start(patient, '/wake/read')
  await at.node.sources.tx((s) => s.run('ALTER TABLE push RENAME TO push_away'))
  await write(desk, patient.keys.handle, 'results', { n: 1 })
  await settled()
  await at.node.sources.tx((s) => s.run('ALTER TABLE push_away RENAME TO push'))
  await write(desk, patient.keys.handle, 'results', { n: 2 })
  await arrives('/wake/read', 1)
})

test('D34 addresses are ended one by one or all; ten at most; a device that was cut off is woken no more', async () => {
  const patient = await newPatient(w)
  for (let n = 0; n < 12; n++) await start(patient, `/many/${n}`)
  assert.equal((await start(patient, '/many/11')).kept, 10, 'the same one again is the same')
  assert.equal((await patient.link.call(pushEndpoints.end, { input: { endpoint: `${pushed.url}/many/11` } })).kept, 9)
  const other = await newPatient(w)
  assert.equal((await other.link.call(pushEndpoints.end, { input: { endpoint: `${pushed.url}/many/10` } })).kept, 0)
  assert.equal((await patient.link.call(pushEndpoints.end, { input: {} })).kept, 0)
  await start(patient, '/wake/lost')
  // As if another device of the person's had asked, which was taken out of the keyring since.
  const { publicKey } = await generateDeviceKey()
  await at.node.sources.tx((s) => s.run("UPDATE push SET device = ? WHERE endpoint LIKE '%/lost'", publicKey))
  await write(desk, patient.keys.handle, 'results', { n: 1 })
  await settled()
  assert.equal(count('/wake/lost'), 0)
  assert.equal((await at.node.sources.tx((s) => s.all("SELECT 1 FROM push WHERE endpoint LIKE '%/lost'"))).length, 0)
})

test('N18 no push goes into the node’s own network, nor without TLS, nor to an address that is none', async () => {
  const patient = await newPatient(w)
  const refused = [
    'http://push.example.com/x',
    'https://127.0.0.1/x',
    'https://10.0.0.1/x',
    'https://[::1]/x',
    'https://[fd00::1]/x',
    'https://169.254.169.254/latest',
    'https://2130706433/x',
    'https://localhost/x',
    'https://localhost./x',
    'https://push.example.com:8443/x',
    'https://user:pass@push.example.com/x',
    'ftp://push.example.com/x',
    'not an address',
    // A name that leads to this machine.
    'https://localhost.localdomain/x',
  ]
  for (const endpoint of refused) {
    await assert.rejects(
      patient.link.call(pushEndpoints.start, { input: { endpoint } }),
      { code: 'push-refused' },
      endpoint,
    )
  }
  assert.equal((await patient.link.call(pushEndpoints.key)).kept, 0)
})

test('D34 erasing the person takes the addresses along; a restart keeps those of others', async () => {
  const patient = await newPatient(w)
  await start(patient, '/wake/erased')
  await erase(patient)
  const rows = () => at.node.sources.tx((s) => s.all<{ endpoint: string }>('SELECT endpoint FROM push'))
  assert.ok(!(await rows()).some((one) => one.endpoint.endsWith('/erased')))
  assert.ok((await rows()).length > 0)
})

test('N18 the key is made once, for its owner alone, and goes with the other keys into a backup; a damaged one is said so', async () => {
  const path = join(dir, 'keys', 'push.key')
  assert.equal(statSync(path).mode & 0o777, 0o600)
  const [backup, keys, back] = ['backup', 'keys', 'back'].map((one) => join(dir, '..', one)) as [string, string, string]
  await backupNode({ dir, now: clock() }, backup, keys)
  await restoreNode(backup, { dir: back, now: clock() }, keys)
  assert.equal(readFileSync(join(back, 'keys', 'push.key'), 'utf8').trim(), readFileSync(path, 'utf8').trim())
  const checks = async () =>
    (await examine({ dir: back, erased: `${dir}-erased.log` })).filter((one) => !one.ok).map((one) => one.name)
  assert.deepEqual(await checks(), [])
  writeFileSync(join(back, 'keys', 'push.key'), 'AAAA')
  assert.deepEqual(await checks(), ['settings'])
  rmSync(join(back, 'keys', 'push.key'))
  assert.deepEqual(await checks(), [], 'none is needed')
  assert.ok(!existsSync(join(back, 'keys', 'push.key')), 'and looking makes none')
})
