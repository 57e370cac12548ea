/** A professional asks at another hospital through the own one: own signature inside, the hospital's around it, once, and nothing besides. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { findHome } from '@salus/directory/device/elsewhere'
import { readFounded } from '@salus/node-app/found'
import { createNodeSigner } from '@salus/node-app/peers'
import { reachIn, startConsortium, type TestHospital } from '@salus/node-app/testing'
import { approve, sync } from '@salus/records/device/patient'
import { listGranted, read } from '@salus/records/device/reader'
import { at as deviceAt, entriesOf, quiet, type Three, three, through } from './hospitals.ts'
import { deskAuthor, newPatient, type Pro, request, write } from './people.ts'

const AWAY = 'journal.hopital-inconnu.example'

async function opened(pro: Pro, grant: string, patient: string): Promise<string[]> {
  const found: string[] = []
  const rows = await listGranted(pro.link, grant)
  for await (const page of read(pro.link, await pro.reader(), { id: grant, patient } as never, rows))
    found.push(...page.records.map((one) => one.fhir))
  return found
}

test('N32 asked, granted and read at the patient’s home through the own hospital, which keeps nothing of it', async () => {
  const w = await three()
  const patient = await newPatient(w.wa)
  const { handle } = patient.keys
  await write(await deskAuthor(w.wa), handle, 'allergies', { resourceType: 'AllergyIntolerance', note: 'sample' })
  await sync(patient)
  const home = await deviceAt(w.wb, w.doctor)
  assert.equal(await findHome(home.link, handle, async () => {}), w.a.origin, 'it is found')
  const far = await through(w)
  const id = await request(w.wa, far, handle, ['allergies'])
  const { grant } = await approve(patient, id, {})
  assert.deepEqual(await opened(far, grant, handle), ['{"resourceType":"AllergyIntolerance","note":"sample"}'])
  await sync(patient)
  assert.equal(patient.book.log.filter(({ type }) => type === 'RecordRead').length, 1, 'the patient sees who read')
  await quiet(w.b)
  assert.equal(await entriesOf(w.b, handle), 0)
  assert.ok(w.b.lines.some(({ route }) => route === 'carried'))
  assert.doesNotMatch(JSON.stringify(w.b.lines), new RegExp(`${handle}|${w.a.origin}`))
  await w.close()
})

/** What A gets where somebody at B asks through it. */
async function caught(
  w: Three,
  work: (b: TestHospital) => Promise<unknown>,
): Promise<{ url: string; init: RequestInit }[]> {
  const seen: { url: string; init: RequestInit }[] = []
  const b = await w.b.reopen({
    reach: async (url, init) => {
      seen.push({ url, init })
      return reachIn([w.a, w.c])(url, init)
    },
  })
  await work(b as TestHospital)
  await b.node.close()
  return seen
}

test('N32 what is carried counts once, as it was signed, for whom it was signed, and never as the hospital’s own', async () => {
  const w = await three()
  const seen = await caught(w, async (b) => {
    const far = await through({ ...w, b: { ...w.b, ...b } })
    await far.link.call({
      method: 'GET',
      path: '/me',
      allow: {},
      name: 'me',
      summary: '',
      output: { safeParse: (data: unknown) => ({ success: true, data }) },
    } as never)
  })
  const { url, init } = seen.findLast(({ url }) => url.endsWith('/me')) ?? assert.fail('it was carried')
  const headers = init.headers as Record<string, string>
  assert.match(headers.authorization ?? '', /^DPoP /)
  assert.match(headers['signature-input'] ?? '', /"authorization" "dpop"\);.*tag="salus-carried"$/)
  const ask = async (changed: Record<string, string>, to = w.a) =>
    ((await (await to.fetch(url, { ...init, headers: changed })).json()) as { code?: string }).code
  assert.equal(await ask(headers), 'signature-invalid', 'twice')
  const own = createNodeSigner(await readFounded(w.b.dir), w.wb)
  const again = async (carried: object | undefined) =>
    own({ method: 'GET', url, to: w.a.origin, ...(carried ? { carried } : {}) })
  const fresh = async () => ({
    ...headers,
    ...(await again({ authorization: headers.authorization, dpop: headers.dpop })),
  })
  assert.equal(await ask({ ...(await fresh()), dpop: `${headers.dpop}a` }), 'signature-invalid', 'another proof')
  assert.equal(await ask(await fresh()), 'session-invalid', 'the person’s own proof counts once too')
  assert.equal(await ask(await fresh(), w.c), 'signature-invalid', 'for another hospital')
  assert.equal(await ask(await again({})), 'session-missing', 'carried for nobody it opens nothing')
  // Nor is what a hospital asks for itself taken for a person’s: a node has no “me”.
  assert.equal(await ask({ ...headers, ...(await again(undefined)) }), 'not-allowed')
  await w.close()
})

test('N32 nodes’ own rows, other paths and unknown hospitals are carried for nobody; who is away is named', async () => {
  const w = await three()
  const code = async (path: string, init: RequestInit = {}) =>
    ((await (await w.b.fetch(`${w.b.url}${path}`, init)).json()) as { code?: string }).code
  for (const path of [
    '/replica/entries',
    '/replica/seen',
    '/health',
    '/witness/add-checkpoint',
    '/professional/',
    '/at/x/me',
  ])
    assert.equal(await code(`/at/${w.a.origin}${path}`), 'not-found', path)
  assert.equal(await code(`/at/${w.a.origin}/replica/home`), 'not-found', 'its method too')
  for (const origin of [AWAY, w.b.origin, '127.0.0.1:22', '%2f%2f']) {
    assert.ok(['hospital-unknown', 'not-found'].includes((await code(`/at/${origin}/me`)) ?? ''), origin)
  }
  assert.equal(await code(`/at/${w.a.origin}/me`), 'session-missing', 'that hospital’s own word')
  const body = JSON.stringify({ chain: 'x'.repeat(70_000) })
  const big = { method: 'POST', body, headers: { 'content-type': 'application/json' } }
  assert.equal(await code(`/at/${w.a.origin}/replica/home`, big), 'body-too-large')
  await w.a.node.close()
  const away = await w.b.reopen({ reach: reachIn([]) })
  const answer = await away.fetch(`${w.b.url}/at/${w.a.origin}/me`, {})
  assert.deepEqual([answer.status, ((await answer.json()) as { code: string }).code], [503, 'hospital-away'])
  await away.node.close()
  await w.c.node.close()
})

test('N32 a page that another hospital answers with does not open as one of the own hospital', async () => {
  const w = await three()
  const reach = async () =>
    new Response('<script>1</script>', { headers: { 'content-type': 'text/html', 'set-cookie': 'a=b' } })
  const b = await w.b.reopen({ reach })
  const { headers } = await b.fetch(`${w.b.url}/at/${w.a.origin}/journal/checkpoint`, {})
  assert.equal(headers.get('content-type'), 'application/octet-stream')
  assert.equal(headers.get('set-cookie'), null)
  assert.equal(headers.get('x-content-type-options'), 'nosniff')
  assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/)
  for (const one of [b, w.a, w.c]) await one.node.close()
})

test('N32 where a record is at home: each node says of its own, to whoever has its name; another’s word is not handed on', async () => {
  const [a, b, c] = (await startConsortium(['saint-roch', 'cabinet-lilas', 'hopital-nord'])) as [
    TestHospital,
    TestHospital,
    TestHospital,
  ]
  const world = { at: a, clock: Date.now, random: (n: number) => crypto.getRandomValues(new Uint8Array(n)) }
  const { keys } = await newPatient(world as never)
  const sign = createNodeSigner(await readFounded(b.dir), world as never)
  const asked = async (to: TestHospital, chain: string) => {
    const [url, body] = [`${to.url}/replica/home`, utf8(JSON.stringify({ chain }))]
    const headers = {
      ...(await sign({ method: 'POST', url, to: to.origin, body })),
      'content-type': 'application/json',
    }
    return ((await (await to.fetch(url, { method: 'POST', headers, body })).json()) as { origins: string[] }).origins
  }
  assert.deepEqual(await asked(a, keys.handle), [a.origin])
  assert.deepEqual(await asked(c, keys.handle), [])
  const nobody = keys.handle.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
  assert.deepEqual(await asked(a, nobody), [])
  for (const one of [a, b, c]) await one.node.close()
})

test('N32 who claims a record without having it is passed over; where one that may have it is silent, that is said', async () => {
  const w = await three()
  const { keys } = await newPatient(w.wa)
  const real = reachIn([w.a, w.b, w.c])
  let mode: 'liar' | 'silent' = 'liar'
  const b = await w.b.reopen({
    reach: async (url, init) => {
      if (!url.endsWith('/replica/home')) return real(url, init)
      if (mode === 'liar' && url.startsWith(w.c.url)) return Response.json({ origins: [w.c.origin], silent: 0 })
      if (mode === 'silent' && url.startsWith(w.a.url)) throw new TypeError('cut')
      return real(url, init)
    },
  })
  const pro = await through({ ...w, b: { ...w.b, ...b } }, w.b.origin).catch(() => undefined)
  assert.equal(pro, undefined, 'one’s own journal is no other hospital’s')
  const own = await deviceAt({ ...w.wb, at: b }, w.doctor)
  const tried: string[] = []
  const found = await findHome(own.link, keys.handle, async (origin) => {
    tried.push(origin)
    if (origin !== w.a.origin) throw new AppError('keyring-unknown')
  })
  assert.equal(found, w.a.origin)
  assert.ok(tried.includes(w.a.origin))
  mode = 'silent'
  await assert.rejects(
    findHome(own.link, keys.handle, async () => {}),
    { code: 'hospital-silent' },
  )
  for (const one of [b, w.a, w.c]) await one.node.close()
})

test('N32 a receipt of the carrying hospital is none of the other’s: what it keeps to itself is not said to be accepted', async () => {
  const w = await three()
  const patient = await newPatient(w.wa)
  const far = await through(w)
  const { handle } = patient.keys
  const call: typeof far.link.call = async (endpoint, asked) => {
    const answer = (await far.link.call(endpoint, asked)) as { receipts?: { proof: string }[] }
    // As if it stood in the carrying hospital's own log.
    if (endpoint.name === 'journal.submit' && answer.receipts)
      for (const one of answer.receipts) one.proof = one.proof.replaceAll(w.a.origin, w.b.origin)
    return answer as never
  }
  const asked = request(w.wa, { ...far, link: { ...far.link, call } }, handle, ['allergies'])
  await assert.rejects(asked, (error: { code?: string }) =>
    ['note-invalid', 'proof-invalid'].includes(error.code ?? ''),
  )
  await w.close()
})
