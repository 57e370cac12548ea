/** The node's edge: health, OpenAPI, tiles, problem details, limits, server-sent events. */
import assert from 'node:assert/strict'
import { copyFileSync, cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { base64, concat } from '@salus/base/bytes'
import { leafHash, merkleRoot } from '@salus/crypto/merkle'
import { logKeys } from '@salus/directory/consortium'
import { createCall } from '@salus/directory/device/http'
import { signerOf } from '@salus/directory/device/patient'
import { openSession, sessionHeaders } from '@salus/directory/device/session'
import { tileNumber } from '@salus/journal/log'
import { readTile, writeTile } from '@salus/journal/tiles'
import { verifyCheckpoint } from '@salus/journal/verify'
import { composeNode } from '@salus/node-app/compose'
import { knownCodes } from '@salus/node-app/status'
import { startNode } from '@salus/node-app/testing'
import { errorWords } from '@salus/ui/words'
import { deskAuthor, newPatient, newPro, request, world, write } from './people.ts'

const get = (at: { fetch: (url: string, init: RequestInit) => Promise<Response> }, path: string, headers = {}) =>
  at.fetch(`http://node.test${path}`, { headers })

test('what lies beyond the signed size is served in no tile, hashes or entries, though the files hold it', async () => {
  const at = await startNode()
  await newPatient(world(at))
  const size = at.node.journal.log.size()
  assert.ok(size > 1 && size < 255)
  const next = new Uint8Array(32).fill(7)
  const ahead = async (level: number, signed: number) => {
    const hashes = (await at.node.views.tx((v) => readTile(v, level, 0))) ?? new Uint8Array()
    assert.equal(hashes.length, 32 * signed)
    await at.node.views.tx((v) => writeTile(v, level, 0, concat(hashes, next)))
  }
  await ahead(0, size)
  await ahead(1, 0)
  await at.node.sources.tx((s) => s.run('INSERT INTO leaf (idx, entry) VALUES (?, ?)', size, next))
  const answers = async (path: string) => (await get(at, `/journal/tile/${path}`)).status
  for (const kind of ['0', 'entries']) {
    assert.equal(await answers(`${kind}/000.p/${size}`), 200, kind)
    assert.equal(await answers(`${kind}/000.p/${size + 1}`), 404, kind)
  }
  assert.equal(await answers('1/000.p/1'), 404)
  await at.node.close().catch(() => undefined)
})

test('N4 a node whose last head does not reach the ledger says so when it closes, and lets go of its folder', async () => {
  const at = await startNode()
  await at.node.ledger.close()
  await newPatient(world(at))
  await assert.rejects(at.node.close(), { code: 'engine-closed' })
  const again = await startNode({ dir: at.dir })
  assert.equal(((await (await get(again, '/health')).json()) as { status: string }).status, 'ready')
  await again.node.close()
})

test('health answers, and the OpenAPI document names every row with its rule', async () => {
  const at = await startNode()
  assert.equal(((await (await get(at, '/health')).json()) as { status: string }).status, 'ready')
  const document = (await (await get(at, '/openapi.json')).json()) as {
    paths: Record<string, Record<string, { 'x-salus-allow': object }>>
  }
  const rows = Object.values(document.paths).flatMap((path) => Object.values(path))
  assert.equal(rows.length, at.node.routes.length)
  assert.ok(rows.every((one) => Object.keys(one['x-salus-allow']).length > 0))
  await at.node.close()
})

test('the journal is served as tiles: anybody recomputes the signed root from them', async () => {
  const at = await startNode()
  const w = world(at)
  const patient = await newPatient(w)
  const desk = await deskAuthor(w)
  for (let i = 0; i < 270; i++) await write(desk, patient.keys.handle, 'vitals', { i })
  const note = await (await get(at, '/journal/checkpoint')).text()
  const { size, root } = await verifyCheckpoint(note, logKeys(at.node.roots))
  assert.ok(size > 270)
  const tile = async (path: string) => new Uint8Array(await (await get(at, `/journal/tile/${path}`)).arrayBuffer())
  const split = (bytes: Uint8Array, width: number) =>
    Array.from({ length: bytes.length / width }, (_, i) => bytes.slice(i * width, (i + 1) * width))
  const hashes = [
    ...split(await tile(`0/${tileNumber(0)}`), 32),
    ...split(await tile(`0/${tileNumber(1)}.p/${size - 256}`), 32),
  ]
  assert.equal(base64(merkleRoot(hashes)), base64(root))
  assert.equal(base64(merkleRoot(split(await tile('1/000.p/1'), 32))), base64(merkleRoot(hashes.slice(0, 256))))
  const bundle = split(await tile('entries/000'), 34).map((one) => leafHash(one.slice(2)))
  assert.deepEqual(bundle, hashes.slice(0, 256))
  for (const missing of [
    '0/002',
    '0/001',
    '9/000',
    'entries/001',
    `0/001.p/${size - 255}`,
    `0/${'x999/'.repeat(110)}999`,
    '0/1',
    '0/000.p/256',
  ]) {
    assert.equal((await get(at, `/journal/tile/${missing}`)).status, 404, missing)
  }
  await at.node.close()
})

test('errors are problem details in the caller’s language, and say nothing of what was asked', async () => {
  const at = await startNode()
  const answer = await get(at, '/records', { 'accept-language': 'fr-FR,fr;q=0.9' })
  assert.equal(answer.status, 401)
  assert.equal(answer.headers.get('content-type'), 'application/problem+json')
  const body = (await answer.json()) as { title: string; code: string; type: string }
  assert.deepEqual([body.code, body.type], ['session-missing', 'urn:salus:error:session-missing'])
  assert.equal(body.title, errorWords('session-missing', 'fr').title)
  assert.notEqual(body.title, errorWords('session-missing', 'en').title)
  const unknown = await (await get(at, '/patients/Quillonfeuille')).text()
  assert.ok(!unknown.includes('Quillonfeuille'))
  const bad = await at.fetch('http://node.test/statements', {
    method: 'POST',
    body: '{"items": [{"statement": "Quillonfeuille"}]}',
  })
  assert.equal(bad.status, 400)
  assert.ok(!(await bad.text()).includes('Quillonfeuille'))
  for (const code of knownCodes) assert.notEqual(errorWords(code, 'en').title, errorWords('internal', 'en').title, code)
  await at.node.close()
})

test('a body over its row’s limit is refused before it is read', async () => {
  const at = await startNode()
  const body = JSON.stringify({ proof: 'x'.repeat(100_000) })
  const headers = { 'content-length': String(body.length) }
  const answer = await at.fetch('http://node.test/sessions', { method: 'POST', body, headers })
  assert.equal(answer.status, 413)
  await at.node.close()
})

test('a request is told to the patient as it comes, by kind and place only', async () => {
  const at = await startNode()
  const w = world(at)
  const patient = await newPatient(w)
  const pro = await newPro(w)
  const plain = createCall({ fetch: at.fetch, base: 'http://node.test', clock: w.clock, random: w.random })
  const session = await openSession(plain, await signerOf(patient.keys.device), patient.keys.handle, at.origin)
  const headers = await sessionHeaders(session, { method: 'GET', path: '/events' }, w)
  assert.equal((await get(at, '/events')).status, 401)
  const stream = await get(at, '/events', headers)
  const reader = stream.body?.getReader()
  assert.ok(reader)
  const heard: string[] = []
  const listening = (async () => {
    while (!heard.join('').includes('AccessRequested')) {
      const { value, done } = await reader.read()
      if (done) return
      heard.push(new TextDecoder().decode(value))
    }
  })()
  await new Promise((resolve) => setTimeout(resolve, 50))
  await request(w, pro, patient.keys.handle, ['vitals'])
  await listening
  assert.match(heard.join(''), /event: AccessRequested\ndata: \{"index":\d+\}/)
  assert.ok(!heard.join('').includes(pro.keys.handle))
  await reader.cancel()
  await at.node.close()
})

test('a journal that is behind its own ledger serves nothing', async () => {
  const at = await startNode()
  const w = world(at)
  await newPatient(w)
  await at.node.close()
  const old = mkdtempSync(join(tmpdir(), 'salus-old-'))
  cpSync(at.dir, old, { recursive: true })
  const ports = { clock: w.clock, random: w.random, log: () => {} }
  const node = await composeNode({ dir: at.dir, ...ports })
  const again = { ...at, node, fetch: async (url: string, init: RequestInit) => node.app.fetch(new Request(url, init)) }
  await newPatient({ ...w, at: again })
  await node.close()
  // Yesterday's sources under today's ledger.
  copyFileSync(join(at.dir, 'ledger.db'), join(old, 'ledger.db'))
  await assert.rejects(composeNode({ dir: old, ...ports }), { code: 'journal-closed' })
})
