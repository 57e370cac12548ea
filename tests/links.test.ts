/** A summary shared by a SMART Health Link on a whole node: who opens it, when it closes, what the node can know of it. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { text } from '@salus/base/bytes'
import { seconds } from '@salus/base/clock'
import { benchPatient, fillRecord, startBenchNode } from '@salus/cli/bench/world'
import { padmeLength } from '@salus/crypto/pad'
import { signerOf } from '@salus/directory/device/patient'
import { backupNode, restoreNode } from '@salus/node-app/backup'
import { composeNode } from '@salus/node-app/compose'
import { rebuildViews } from '@salus/node-app/rebuild'
import { startNode } from '@salus/node-app/testing'
import { endLink, listLinks, type Sharing, shareLink } from '@salus/records/device/links'
import { type Opening, openLink } from '@salus/records/device/openlink'
import { erase, hide, type PatientDevice, sync } from '@salus/records/device/patient'
import { appoint } from '@salus/records/device/represent'
import { ownSummary } from '@salus/records/device/summary'
import { readLink } from '@salus/records/links/format'
import { startDay } from './day.ts'
import { actingFor, linkTo, newPatient, world, write } from './people.ts'
import { bytesOf } from './scan.ts'

const { clock, advance, at, w, desk } = await startDay()
const base = 'https://node.test'
const fetch: Opening['fetch'] = (url, init) => at.fetch(url, init)
const by = (recipient = 'Dr Elsewhere (sample)', passcode?: string): Opening => ({
  ...{ recipient, fetch },
  ...(passcode === undefined ? {} : { passcode }),
})
const wanted = (more: Partial<Sharing> = {}): Sharing => ({
  ...{ fhir: '{"resourceType":"Bundle","type":"document"}', categories: ['allergies'], base },
  ...{ until: seconds(clock()) + 3_600, ...more },
})
const ask = (link: string, body: object) =>
  at.fetch(readLink(link).url, { method: 'POST', body: JSON.stringify({ recipient: 'x', ...body }) })
const unknown = { code: 'link-unknown' }

const allergy = (name: string) => ({
  ...{ resourceType: 'AllergyIntolerance', patient: { reference: 'Patient/p' }, code: { text: name } },
})

/** A patient with an allergy, a hidden one, and a condition. */
async function withRecord(): Promise<PatientDevice> {
  const patient = await newPatient(w)
  const { handle } = patient.keys
  await write(desk, handle, 'people', { resourceType: 'Patient', name: [{ family: 'Partagée' }] })
  await write(desk, handle, 'allergies', allergy('Penicillin shown'))
  const secret = await write(desk, handle, 'allergies', allergy('Latex hidden'))
  await write(desk, handle, 'problems', { resourceType: 'Condition', code: { text: 'Asthma apart' } })
  await sync(patient)
  await hide(patient, [secret.record])
  return patient
}

test('R32 R35 the own summary of chosen categories opens for whoever has the link, exactly; hidden and unchosen stay out', async () => {
  const patient = await withRecord()
  const { bytes } = await ownSummary(patient, 'fr', ['allergies'])
  const shared = await shareLink(patient, wanted({ fhir: text(bytes), label: 'Pour le médecin (sample)' }))
  const { files, label } = await openLink(`https://viewer.example#${shared.link}`, by())
  assert.equal(label, 'Pour le médecin (sample)')
  assert.equal(text(files[0]?.bytes ?? new Uint8Array()).trimEnd(), text(bytes))
  const said = text(bytes)
  assert.match(said, /Penicillin shown/)
  assert.match(said, /Partagée/)
  assert.match(said, /sur l’appareil du patient/)
  assert.doesNotMatch(said, /Latex hidden|Asthma apart/)
  const [told] = await listLinks(patient)
  assert.deepEqual([told?.id, told?.state, told?.opens, told?.link], [shared.id, 'open', 1, shared.link])
  assert.deepEqual(told?.opened, [{ at: seconds(clock()), recipient: 'Dr Elsewhere (sample)' }])
  const line = patient.book.log.findLast((one) => one.type === 'LinkShared')
  assert.deepEqual([line?.who, patient.book.links?.[shared.id]?.categories], [patient.keys.handle, ['allergies']])
})

test('R34 a recipient that is not what it looks like is answered 400; the link is as open as before', async () => {
  const patient = await withRecord()
  const { link } = await shareLink(patient, wanted())
  const refused = [
    'Dr \u202eleroM',
    'Dr\u200bMorel',
    'Dr Morel \u2705',
    'Dr\nMorel',
    'Dr  Morel',
    '42',
    'Ame\u0301lie',
    'x'.repeat(201),
  ]
  for (const recipient of refused) assert.equal((await ask(link, { recipient })).status, 400, JSON.stringify(recipient))
  assert.equal((await listLinks(patient))[0]?.opens, 0)
  assert.equal((await ask(link, { recipient: 'Dr Amélie Morel (sample)' })).status, 200)
})

test('R35 a category in which something does not open is not called whole', async () => {
  const patient = await withRecord()
  const section = async () => {
    const { bundle } = await ownSummary(patient, 'en', ['allergies', 'problems'])
    return JSON.stringify(bundle)
  }
  assert.doesNotMatch(await section(), /Not shared: [^"]*allergies/)
  const one = Object.values(patient.book.records).find(
    (own) => own.category === 'allergies' && own.compartment !== 'hidden',
  )
  Object.assign(one ?? {}, { broken: true })
  assert.match(await section(), /Not shared: [^"]*allergies/)
})

test('R32 the node has neither the key, nor the passcode, nor the address, nor a size that tells', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'salus-link-'))
  const own = await startNode({ dir })
  const mine = world(own)
  const patient = await newPatient(mine)
  const secret = 'Quillonfeuille-1931'
  const { link } = await shareLink(patient, {
    ...wanted({ fhir: `{"text":"${secret}"}`, passcode: 'Passcode-8842', label: 'Etikett' }),
    until: seconds(mine.clock()) + 600,
  })
  const { key, url } = readLink(link)
  const { fetch: real } = own
  await openLink(link, { recipient: 'Dr X (sample)', passcode: 'Passcode-8842', fetch: (to, init) => real(to, init) })
  const part = url.split('/').at(-1) ?? ''
  const bytes = bytesOf(dir)
  for (const needle of [secret, key, part, 'Passcode-8842', 'Etikett']) assert.ok(!bytes.includes(needle), needle)
  assert.ok(bytes.includes('Dr X (sample)'), 'the scan finds what is there')
  const lines = JSON.stringify(own.lines)
  assert.ok(!lines.includes(part) && lines.includes('links.manifest'))
  const rows = await own.node.sources.tx((s) =>
    s.all<{ jwe: string }>('SELECT jwe FROM content WHERE jwe LIKE \'%"file"%\''),
  )
  const length = Buffer.from(
    (JSON.parse(rows[0]?.jwe ?? '') as { file: string }).file.split('.')[3] ?? '',
    'base64url',
  ).length
  assert.equal(length, padmeLength(length))
  await own.node.close()
})

test('R34 a wrong passcode says how many tries are left; after five the link is closed, whatever comes; none is told apart from no link', async () => {
  const patient = await newPatient(w)
  const { link } = await shareLink(patient, wanted({ passcode: '4711' }))
  const none = await ask(link, {})
  assert.deepEqual([none.status, (await none.json()).remainingAttempts], [401, 5], 'nothing was tried')
  await openLink(link, by('first', '4711'))
  for (const left of [4, 3, 2]) {
    const answer = await ask(link, { passcode: '0000' })
    assert.deepEqual([answer.status, (await answer.json()).remainingAttempts], [401, left])
  }
  await openLink(link, by('second', '4711'))
  const both = await Promise.all([
    ask(link, { passcode: '1111' }),
    ask(link, { passcode: '2222' }),
    ask(link, { passcode: '3333' }),
  ])
  assert.deepEqual(
    both.map((one) => one.status).sort(),
    [401, 401, 404],
    'side by side they count like one after another',
  )
  await assert.rejects(openLink(link, by('late', '4711')), unknown)
  const [told] = await listLinks(patient)
  assert.deepEqual([told?.state, told?.wrong, told?.opens], ['locked', 5, 2])
  const gone = await ask(link, { passcode: '4711' })
  const never = await at.fetch(`${base}/shl/${'A'.repeat(43)}`, { method: 'POST', body: '{"recipient":"x"}' })
  assert.deepEqual([gone.status, await gone.json()], [never.status, await never.json()])
})

test('R34 many at once: of twelve wrong ones five are looked at; eight right ones all open', async () => {
  const patient = await newPatient(w)
  const all = async (link: string, passcodes: readonly string[]) =>
    (await Promise.all(passcodes.map((passcode) => ask(link, { passcode })))).map((one) => one.status).sort()
  const right = await shareLink(patient, wanted({ passcode: '4711' }))
  assert.deepEqual(await all(right.link, Array<string>(8).fill('4711')), Array(8).fill(200))
  const wrong = await shareLink(patient, wanted({ passcode: '4711' }))
  const twelve = Array.from({ length: 12 }, (_, n) => `00${n}0`)
  assert.deepEqual(await all(wrong.link, twelve), [...Array(5).fill(401), ...Array(7).fill(404)])
  const [told] = (await listLinks(patient)).filter((one) => one.id === wrong.id)
  assert.deepEqual([told?.state, told?.wrong], ['locked', 5])
})

test('R34 tries are counted on the disk before they are answered: kill -9 gives none back', async () => {
  const node = await startBenchNode()
  try {
    const patient = await benchPatient(node)
    await fillRecord(node, patient.keys.handle, 1)
    const until = Math.floor(Date.now() / 1000) + 3_600
    const { link } = await shareLink(patient, wanted({ base: node.url, until, passcode: '4711' }))
    const { url } = readLink(link)
    const tried = async (passcode: string) => {
      const answer = await globalThis.fetch(url, { method: 'POST', body: JSON.stringify({ recipient: 'x', passcode }) })
      return [answer.status, ((await answer.json()) as { remainingAttempts?: number }).remainingAttempts]
    }
    assert.deepEqual(await tried('0000'), [401, 4])
    assert.deepEqual(await tried('0001'), [401, 3])
    await node.crash()
    assert.deepEqual(await tried('0002'), [401, 2])
    assert.deepEqual(
      (await openLink(link, { recipient: 'y', passcode: '4711', fetch: globalThis.fetch })).files.length,
      1,
    )
    assert.deepEqual(await tried('0003'), [401, 1])
    await node.crash()
    assert.deepEqual(await tried('0004'), [401, 0])
    assert.deepEqual(await tried('4711'), [404, undefined])
    await node.crash()
    assert.deepEqual(await tried('4711'), [404, undefined])
  } finally {
    await node.stop()
  }
})

test('R33 a link ends when the patient says so, at its date, or after so many openings; then what it opened is gone', async () => {
  const patient = await newPatient(w)
  const stored = async () =>
    (await at.node.sources.tx((s) => s.all('SELECT 1 FROM content WHERE chain = ?', patient.keys.handle))).length
  const before = await stored()
  const ended = await shareLink(patient, wanted())
  await openLink(ended.link, by())
  const { opened } = await endLink(patient, ended.id)
  assert.deepEqual(
    opened.map((one) => one.recipient),
    ['Dr Elsewhere (sample)'],
  )
  await assert.rejects(openLink(ended.link, by()), unknown)
  await assert.rejects(endLink(patient, ended.id), unknown)
  assert.equal(await stored(), before)
  assert.deepEqual(
    await at.node.sources.tx((s) => s.all('SELECT 1 FROM link_open WHERE handle = ?', patient.keys.handle)),
    [],
  )
  const once = await shareLink(patient, wanted({ opens: 1 }))
  await openLink(once.link, by())
  await assert.rejects(openLink(once.link, by()), unknown)
  const dated = await shareLink(patient, wanted({ until: seconds(clock()) + 60 }))
  const states = async () => (await listLinks(patient)).map((one) => one.state).sort()
  assert.deepEqual(await states(), ['ended', 'open', 'used'])
  advance(60_000)
  await assert.rejects(openLink(dated.link, by()), unknown)
  assert.deepEqual(await states(), ['ended', 'expired', 'used'])
  assert.equal(await stored(), before + 2)
  await at.node.tidy()
  assert.equal(await stored(), before + 1, 'past its date it is erased')
  await endLink(patient, dated.id)
  await sync(patient)
  assert.equal(Object.values(patient.book.links ?? {}).filter((one) => one.endedAt !== undefined).length, 2)
})

test('R32 dates beyond a year, unsafe addresses and too many links are refused; another’s link, or a representative’s, is none', async () => {
  const patient = await newPatient(w)
  const other = await newPatient(w)
  for (const until of [seconds(clock()), seconds(clock()) + 367 * 86_400]) {
    await assert.rejects(shareLink(patient, wanted({ until })), { code: 'link-refused' })
  }
  await assert.rejects(shareLink(patient, wanted({ base: 'http://node.test' })), { code: 'link-address' })
  await assert.rejects(shareLink(patient, wanted({ passcode: '12' })), { code: 'passcode-short' })
  const { id } = await shareLink(patient, wanted())
  await assert.rejects(endLink(other, id), unknown)
  assert.deepEqual(await listLinks(other), [])
  await appoint(patient, other.keys.handle, seconds(clock()) + 86_400)
  const acting = await actingFor(w, other, patient.keys)
  await assert.rejects(shareLink(acting, wanted()), { code: 'signer-not-allowed' })
  for (let n = 1; n < 50; n++) await shareLink(patient, wanted())
  await assert.rejects(shareLink(patient, wanted()), { code: 'link-refused' })
  await endLink(patient, id)
  await shareLink(patient, wanted())
})

test('R34 a file above embeddedLengthMax comes from its own address, once; pages of any origin may ask, for links alone', async () => {
  const patient = await newPatient(w)
  const { link } = await shareLink(patient, wanted())
  const answer = await ask(link, { embeddedLengthMax: 10, unheardOf: true })
  assert.equal(answer.headers.get('access-control-allow-origin'), '*')
  const { files } = (await answer.json()) as { files: { location: string; embedded?: string }[] }
  assert.equal(files[0]?.embedded, undefined)
  const location = files[0]?.location ?? ''
  const first = await at.fetch(location, {})
  assert.deepEqual([first.status, first.headers.get('content-type')], [200, 'application/jose'])
  assert.match(await first.text(), /^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/)
  assert.equal((await at.fetch(location, {})).status, 404)
  const before = await at.fetch(readLink(link).url, { method: 'OPTIONS' })
  assert.equal(before.status, 204)
  assert.deepEqual(
    ['allow-origin', 'allow-methods', 'allow-headers'].map((one) => before.headers.get(`access-control-${one}`)),
    ['*', 'POST', 'content-type'],
  )
  const refused = await at.fetch(`${base}/shl/${'A'.repeat(43)}`, { method: 'POST', body: '{"recipient":"x"}' })
  assert.deepEqual([refused.status, refused.headers.get('access-control-allow-origin')], [404, '*'])
  for (const path of ['/links', '/records', '/health', '/consortium', '/statements']) {
    for (const method of ['GET', 'OPTIONS', 'POST']) {
      const other = await at.fetch(`${base}${path}`, method === 'POST' ? { method, body: '{}' } : { method })
      assert.equal(other.headers.get('access-control-allow-origin'), null, `${method} ${path}`)
    }
  }
})

test('R33 links survive a restart, a rebuild and a backup; erasing the person takes them everywhere', async () => {
  const root = mkdtempSync(join(tmpdir(), 'salus-link-'))
  const [dir, backup, keys, back] = ['data', 'backup', 'keys', 'back'].map((one) => join(root, one)) as [
    string,
    string,
    string,
    string,
  ]
  let own = await startNode({ dir })
  const mine = world(own)
  const patient = await newPatient(mine)
  const until = seconds(mine.clock()) + 3_600
  const { link } = await shareLink(patient, wanted({ until }))
  const opening = (): Opening => ({ recipient: 'Dr Wiedergefunden', fetch: (url, init) => own.fetch(url, init) })
  await openLink(link, opening())
  own = await own.reopen()
  assert.equal((await openLink(link, opening())).files.length, 1, 'restarted')
  await own.node.close()
  await rebuildViews({ dir, clock: mine.clock, random: mine.random, log: () => {} })
  own = await startNode({ dir })
  assert.equal((await openLink(link, opening())).files.length, 1, 'made again')
  await backupNode({ dir, now: mine.clock() }, backup, keys)
  await erase({ ...patient, link: (await freshly(own, patient)).link })
  await assert.rejects(openLink(link, opening()), unknown)
  const part = link.slice(-40)
  assert.ok(!bytesOf(dir).includes('Dr Wiedergefunden') && !bytesOf(dir).includes(part))
  await own.node.close()
  await restoreNode(backup, { dir: back, now: mine.clock() }, keys)
  assert.ok(bytesOf(back).includes('Dr Wiedergefunden'), 'the backup had it')
  assert.ok(existsSync(`${dir}-erased.log`) && readFileSync(`${dir}-erased.log`).length > 0)
  const node = await composeNode({
    dir: back,
    erased: `${dir}-erased.log`,
    clock: mine.clock,
    random: mine.random,
    log: () => {},
  })
  assert.ok(!bytesOf(back).includes('Dr Wiedergefunden'), 'and it is erased again')
  await node.close()
})

/** The same patient on a node that was opened again. */
async function freshly(own: Awaited<ReturnType<typeof startNode>>, patient: PatientDevice): Promise<PatientDevice> {
  const link = await linkTo({ ...world(own) }, await signerOf(patient.keys.device), patient.keys.handle)
  return { ...patient, link }
}
