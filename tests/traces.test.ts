/** What stays and what goes: rebuilding, erasing, and where identifiers may never be found. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock, systemRandom } from '@salus/base/clock'
import type { Sql } from '@salus/base/sqlite'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { verifyReceipt } from '@salus/journal/verify'
import { composeNode } from '@salus/node-app/compose'
import { rebuildViews } from '@salus/node-app/rebuild'
import { startNode } from '@salus/node-app/testing'
import { erase } from '@salus/records/device/patient'
import { recordEndpoints } from '@salus/records/endpoints'
import { deskAuthor, newPatient, newPro, request, world, write } from './people.ts'
import { bytesOf, needlesOf } from './scan.ts'
import { story, traits } from './story.ts'

async function dump(sql: Sql): Promise<Record<string, string[]>> {
  return sql.tx(async (tx) => {
    const tables = await tx.all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    const out: Record<string, string[]> = {}
    for (const { name } of tables) {
      const rows = await tx.all(`SELECT * FROM ${name}`)
      out[name] = rows.map((row) => JSON.stringify(row)).sort()
    }
    return out
  })
}

test('rule 5: views dropped and rebuilt from the sources are the same, row for row, also after an erasure', async () => {
  const at = await startNode()
  const w = world(at)
  const { other } = await story(w)
  await write(await deskAuthor(w), other.keys.handle, 'problems', { n: 1 })
  await erase(other)
  const before = await dump(at.node.views)
  assert.ok((before.record?.length ?? 0) >= 3 && (before.grant_given?.length ?? 0) >= 2)
  await at.node.close()
  const ports = { dir: at.dir, clock: systemClock, random: systemRandom, log: () => {} }
  const size = await rebuildViews(ports)
  assert.ok(size > 20)
  const again = await composeNode(ports)
  assert.deepEqual(await dump(again.views), before)
  await again.close()
})

/** The bytes, and again with every run of base64url in them decoded: a word inside a token is found too. */
function unfolded(bytes: Buffer): Buffer {
  const runs = bytes.toString('latin1').match(/[\w-]{16,}/g) ?? []
  return Buffer.concat([bytes, ...runs.flatMap((one) => [Buffer.from(one, 'base64url'), Buffer.from('\n')])])
}

test('R8 erasing leaves no ciphertext, statement, salt, packet, index or freed page; others still verify', async () => {
  const at = await startNode()
  const w = world(at)
  const { patient, other, doctor } = await story(w)
  const { handle } = patient.keys
  const desk = await deskAuthor(w)
  const kept = await write(desk, other.keys.handle, 'problems', { n: 2 })
  const needles = await needlesOf(at.node, patient)
  assert.ok(needles.length > 40)
  const before = bytesOf(at.dir)
  assert.ok(
    needles.every((one) => before.includes(one)),
    'the scan finds what is there',
  )
  const pending = await request(w, doctor, handle, ['plans'])
  const { receipt, statement } = await erase(patient)
  const after = bytesOf(at.dir)
  for (const [i, one] of [...needles, Buffer.from(pending)].entries())
    assert.ok(!after.includes(one), `needle ${i} is gone`)
  await verifyReceipt(statement, receipt, desk.link.logs)
  const index = await at.node.sources.tx(async (s) =>
    s.get<{ idx: number }>('SELECT idx FROM statement WHERE token = ?', kept.item.statement),
  )
  const proof = await at.node.journal.receiptAt(index?.idx ?? -1)
  assert.ok(proof)
  await verifyReceipt(kept.item.statement, proof.receipt, desk.link.logs)
  await assert.rejects(
    patient.link.call(recordEndpoints.own, {}),
    { code: 'session-invalid' },
    'sessions die with the person',
  )
  await at.node.close()
})

/** A word and every digest of it that somebody might have thought anonymous. */
function faces(word: string): Buffer[] {
  const spelled = [word, word.toLowerCase(), word.toUpperCase(), word.normalize('NFD')]
  const digests = spelled.flatMap((one) =>
    ['sha256', 'sha1', 'md5', 'sha512'].flatMap((name) => {
      const hash = createHash(name).update(one).digest()
      return [
        hash,
        Buffer.from(hash.toString('hex')),
        Buffer.from(hash.toString('base64')),
        Buffer.from(hash.toString('base64url')),
      ]
    }),
  )
  return [...spelled.map((one) => Buffer.from(one)), ...digests]
}

test('P1 no name, date, handle, trait or digest of one on the ledger, in tiles, logs or error messages', async () => {
  const at = await startNode()
  const w = world(at)
  const told: string[] = []
  const real = at.fetch
  const watched = {
    ...at,
    fetch: async (url: string, init: RequestInit) => {
      const answer = await real(url, init)
      told.push(new URL(url).pathname)
      if (!answer.ok) told.push(await answer.clone().text())
      return answer
    },
  }
  const { patient, doctor, nurse } = await story({ ...w, at: watched })
  const stranger = await newPro({ ...w, at: watched })
  for (const path of [
    '/records',
    '/chain?after=0',
    '/grants/AAAAAAAAAAAAAAAAAAAAAA/records',
    '/nothing',
    '/receipts/1',
  ]) {
    await watched.fetch(`http://node.test${path}`, {})
  }
  await stranger.link
    .call(directoryEndpoints.keyring, { input: { handle: patient.keys.handle.replace(/.$/, '0') } })
    .catch(() => undefined)
  await at.node.advance()
  const words = [
    traits.family,
    traits.given[0] ?? '',
    traits.birthDate,
    patient.keys.handle,
    doctor.keys.handle,
    nurse.keys.handle,
    doctor.keys.name,
  ]
  const needles = words.flatMap(faces)
  const tiles = await at.node.views.tx((v) => v.all<{ hashes: Uint8Array }>('SELECT hashes FROM tile'))
  const leaves = await at.node.sources.tx((s) => s.all<{ entry: Uint8Array }>('SELECT entry FROM leaf'))
  await at.node.close()
  const ledger = ['ledger.db', 'ledger.db-wal']
    .map((one) => join(at.dir, one))
    .filter(existsSync)
    .map((one) => readFileSync(one))
  const places: Record<string, Buffer> = {
    ledger: unfolded(Buffer.concat(ledger)),
    tiles: Buffer.concat([...tiles.map((one) => one.hashes), ...leaves.map((one) => one.entry)]),
    'logs, paths and errors': Buffer.from([...at.lines.map((one) => JSON.stringify(one)), ...told].join('\n')),
  }
  assert.ok(
    places.ledger?.includes('log.advance') && at.lines.length > 50 && told.some((one) => one.includes('urn:salus')),
  )
  for (const [place, bytes] of Object.entries(places)) {
    for (const [i, one] of needles.entries())
      assert.ok(!bytes.includes(one), `${place} holds a face of word ${Math.floor(i / 68)}`)
  }
})

test('P21 a thief of the whole disk, desk and devices aside, reads no clinical word and no name', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'salus-thief-'))
  const at = await startNode({ dir })
  const w = world(at)
  await story(w)
  const patient = await newPatient(w)
  await write(await deskAuthor(w), patient.keys.handle, 'problems', {
    resourceType: 'Condition',
    note: 'Zygomycosis-sample',
  })
  await at.node.close()
  const bytes = unfolded(bytesOf(dir))
  assert.ok(bytes.includes('RecordDeposited'), 'the scan reads inside tokens')
  for (const word of ['Zygomycosis-sample', traits.family, traits.birthDate, 'AllergyIntolerance']) {
    assert.ok(!bytes.includes(Buffer.from(word)), word)
  }
})
