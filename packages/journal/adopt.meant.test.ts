import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Bytes, base64url, fromBase64url } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import { generateDeviceKey } from '@salus/crypto/keys'
import { leafHash } from '@salus/crypto/merkle'
import type { Adoption } from './adopt.ts'
import type { Receipt, SubmissionItem } from './contract.ts'
import { CHAIN_START, journalEntry } from './entry.ts'
import { formatCheckpoint, noteKey, signNote } from './note.ts'
import { formatProof } from './proof.ts'
import { parseStatement, signStatement } from './statement.ts'
import { createPerson, openTestJournal, SAMPLE_ORIGIN, systemTimes } from './testing.ts'

const ELSEWHERE = 'journal.replica.example'
const THIRD = 'journal.third.example'
const refusedWith = (code: string) => (error: unknown) => isAppError(error) && error.code === code
const folder = () => mkdtempSync(join(tmpdir(), 'salus-adopt-'))

test('J26 a log that holds what was meant for another log proves nothing by it', async () => {
  const { publicKey, privateKey } = await generateDeviceKey()
  const key = noteKey(SAMPLE_ORIGIN, fromBase64url(publicKey))
  const replica = await openTestJournal(folder(), { origin: ELSEWHERE, homes: [key] })
  const person = await createPerson()
  // The only entry of a log that takes anything.
  const held = async (item: SubmissionItem): Promise<Adoption> => {
    const salt = systemRandom(32)
    const entry = journalEntry(salt, item.statement, 1, CHAIN_START)
    const note = formatCheckpoint({ origin: SAMPLE_ORIGIN, size: 1, root: leafHash(entry) })
    const sign = async (message: Bytes) => new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, message))
    const proof = formatProof({ index: 0, path: [], checkpoint: await signNote(note, key, sign) })
    const { id, iat } = parseStatement(item.statement)
    const place = { index: 0, number: 1, previous: base64url(CHAIN_START), salt: base64url(salt) }
    const receipt: Receipt = { id, ...place, proof, status: 'not-witnessed' }
    return { ...item, home: { origin: SAMPLE_ORIGIN, at: iat, receipt } }
  }
  const body = { handle: person.handle, device: person.signer.publicKey }
  const meant = { type: 'SampleFounded', iss: 'self', aud: THIRD, body }
  const other = await held({ statement: await signStatement(person.signer, meant, systemTimes) })
  await assert.rejects(replica.journal.adopt([other]), refusedWith('statement-for-another'))
  await replica.journal.adopt([await held(await person.found())])
  await replica.close()
})
