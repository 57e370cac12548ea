/** Builders of what no honest device makes: statements by hand, rubbish deposits, a node that adds to a chain. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Bytes, base64url, fromBase64url, utf8 } from '@salus/base/bytes'
import { seconds, systemRandom } from '@salus/base/clock'
import { newId } from '@salus/base/ids'
import { digest } from '@salus/crypto/hash'
import { generateKeyPair, importDeviceKey, keyThumbprint } from '@salus/crypto/keys'
import { leafHash } from '@salus/crypto/merkle'
import { sealToKey } from '@salus/crypto/packet'
import { sealContent } from '@salus/crypto/seal'
import { logKeys } from '@salus/directory/consortium'
import { sign } from '@salus/directory/device/link'
import { sealOwn, signerOf } from '@salus/directory/device/patient'
import { findKeyring } from '@salus/directory/device/verify'
import { depositKey } from '@salus/directory/keyring'
import type { SubmissionItem } from '@salus/journal/contract'
import { submit } from '@salus/journal/device'
import { journalEntry } from '@salus/journal/entry'
import { formatCheckpoint, type NoteKey, signNote } from '@salus/journal/note'
import { formatProof } from '@salus/journal/proof'
import { parseStatement } from '@salus/journal/statement'
import type { TestNode } from '@salus/node-app/testing'
import { deposit } from '@salus/records/device/author'
import type { PatientDevice } from '@salus/records/device/patient'
import { signDocument } from '@salus/records/document'
import type { Author, World, write } from './people.ts'

/** Hands `items` in; "accepted", or the code that refused them. */
export const outcome = (at: TestNode, items: readonly SubmissionItem[]): Promise<string> =>
  at.node.journal.accept({ items: [...items] }).then(
    () => 'accepted',
    (error: { code: string }) => error.code,
  )

/** A statement of the patient's own, about the own record. */
export async function byPatient(
  { link, keys }: PatientDevice,
  type: string,
  body: object,
  more: { id?: string; packets?: string[] } = {},
): Promise<SubmissionItem> {
  const { packets, ...id } = more
  const draft = { type, iss: keys.handle, sub: keys.handle, body, ...id }
  const statement = await sign(link, await signerOf(keys.device), draft)
  return packets ? { statement, packets } : { statement }
}

export type Filed = { key?: Bytes; content?: string; document?: string }

/** A deposit as the statement rules want it, with whatever key, content or document inside. */
export async function file(author: Author, patient: string, category: string, what: Filed) {
  const { keyring } = await findKeyring(author.link, patient)
  const record = newId<never>(systemRandom)
  const about = { iss: author.iss, sub: patient, rec: record, ver: 1, cat: category }
  const document =
    what.document ?? (await signDocument(author.signer, about as never, utf8('{"resourceType":"Basic"}')))
  const sealing = what.key?.length === 32 ? what.key : systemRandom(32)
  const content = what.content ?? (await sealContent(sealing, utf8(document), systemRandom))
  const target = depositKey(keyring, category as never, seconds(author.link.clock()))
  const bind = { kind: 'deposit', record, version: 1, compartment: category, epoch: target.epoch } as const
  const packet = await sealToKey(target.key, bind, what.key ?? sealing)
  const body = {
    ...{ record, version: 1, category, content: digest(content), keyring: keyring.head, epoch: target.epoch },
    ...{ key: keyThumbprint(target.key), packets: [digest(packet)] },
  }
  const statement = await sign(author.link, author.signer, {
    type: 'RecordDeposited',
    iss: author.iss,
    sub: patient,
    body,
  })
  await submit(author.link.call, author.link.logs, [{ statement, packets: [packet], content }])
  return record as string
}

type ChainPage = { entries: { number: number; salt: string; previous: string; statement: string }[] }

/** The node's answer to `/chain` with `statement` put at its end: chained, logged and signed as only the node can. */
export async function adding(at: TestNode, page: ChainPage, statement: string): Promise<object> {
  const log = logKeys(at.node.roots)[0] as NoteKey
  const key = await importDeviceKey(fromBase64url((await readFile(join(at.dir, 'keys', 'journal.key'), 'utf8')).trim()))
  const last = page.entries.at(-1) as ChainPage['entries'][0]
  const previous = journalEntry(fromBase64url(last.salt), last.statement, last.number, fromBase64url(last.previous))
  const salt = systemRandom(32)
  const number = last.number + 1
  const root = leafHash(journalEntry(salt, statement, number, previous))
  const checkpoint = await signNote(
    formatCheckpoint({ origin: at.origin, size: 1, root }),
    log,
    async (message) => new Uint8Array(await crypto.subtle.sign('Ed25519', key, message)),
  )
  const { iat } = parseStatement(statement)
  const entry = { index: 0, number, previous: base64url(previous), salt: base64url(salt), at: iat, statement }
  return {
    ...{ entries: [...page.entries, entry], checkpoint, head: number },
    proof: formatProof({ index: 0, path: [], checkpoint }),
  }
}

/** The next version of what `made` deposited. */
export async function replace(
  author: Author,
  handle: string,
  category: string,
  made: Awaited<ReturnType<typeof write>>,
  value: object,
) {
  const { keyring } = await findKeyring(author.link, handle)
  const { record, version, statement } = made
  const what = {
    category: category as never,
    fhir: utf8(JSON.stringify(value)),
    replaces: { record, version, statement },
  }
  const next = await deposit(author.link, author, keyring, what)
  await submit(author.link.call, author.link.logs, [next.item])
  return next
}

/** Ends the running epoch of `compartment` ten seconds from now, with nothing after it. */
export async function endEpochs(
  w: World,
  advance: (ms: number) => void,
  patient: PatientDevice,
  compartment: string,
): Promise<void> {
  const { keyring } = await findKeyring(patient.link, patient.keys.handle)
  const epoch = 1 + Math.max(...keyring.epochs.filter((one) => one.compartment === compartment).map((one) => one.epoch))
  const from = seconds(w.clock())
  const { publicKey: key } = generateKeyPair(systemRandom)
  const epochs = [{ compartment, epoch, key, from, until: from + 10 }]
  const own = await sealOwn(keyring.person as never, keyring.n + 1, [])
  const body = { n: keyring.n + 1, prev: keyring.head, epochs, readers: [], packets: [digest(own)] }
  await w.at.node.journal.accept({ items: [await byPatient(patient, 'EpochOpened', body, { packets: [own] })] })
  advance(10_000)
}
