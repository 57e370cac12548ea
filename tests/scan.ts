/** What a person left in a node's files, and whether it is still there: read byte for byte, whatever the tables say. */
import { createHash, createHmac } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Sql } from '@salus/base/sqlite'
import type { SalusNode } from '@salus/node-app/compose'
import type { PatientDevice } from '@salus/records/device/patient'

/** Every row of every table, in an order of their own. */
export const dump = (sql: Sql): Promise<Record<string, string[]>> =>
  sql.tx(async (tx) => {
    const tables = await tx.all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    const out: Record<string, string[]> = {}
    for (const { name } of tables) {
      const rows = await tx.all(`SELECT * FROM ${name}`)
      out[name] = rows.map((row) => JSON.stringify(row)).sort()
    }
    return out
  })

/** Every byte of every file under `dir`. */
export function bytesOf(dir: string): Buffer {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
  return Buffer.concat(files.map((one) => readFileSync(join(one.parentPath, one.name))))
}

/** Pieces of everything that the sources hold of somebody: statements, salts, packets, ciphertexts, ids, the handle. */
export async function needlesOf({ sources }: SalusNode, { keys, book }: PatientDevice): Promise<Buffer[]> {
  const { handle } = keys
  const rows = await sources.tx(async (s) => ({
    statements: await s.all<{ token: string; salt: Uint8Array }>(
      'SELECT token, salt FROM statement WHERE chain = ?',
      handle,
    ),
    packets: await s.all<{ id: string; jwe: string }>('SELECT id, jwe FROM packet WHERE chain = ?', handle),
    contents: await s.all<{ jwe: string; digest: string }>('SELECT jwe, digest FROM content WHERE chain = ?', handle),
  }))
  return [
    Buffer.from(handle),
    ...rows.statements.flatMap((one) => [Buffer.from(one.token.slice(-60)), Buffer.from(one.salt)]),
    ...rows.packets.flatMap((one) => [Buffer.from(one.jwe.slice(-60)), Buffer.from(one.id)]),
    ...rows.contents.flatMap((one) => [Buffer.from(one.jwe.slice(-60)), Buffer.from(one.digest)]),
    ...Object.values(book.records).map((one) => Buffer.from(one.record)),
  ]
}

/** The bytes, and again with every run of base64url in them decoded: a word inside a token is found too. */
export function unfolded(bytes: Buffer): Buffer {
  const runs = bytes.toString('latin1').match(/[\w-]{16,}/g) ?? []
  return Buffer.concat([bytes, ...runs.flatMap((one) => [Buffer.from(one, 'base64url'), Buffer.from('\n')])])
}

/** Keys that hide nothing, being known to all. */
const knownKeys = ['', 'salus', 'salus/journal/v1', Buffer.alloc(32)]

/** A word and every digest of it that somebody might have thought anonymous. */
export function faces(word: string): Buffer[] {
  const spelled = [word, word.toLowerCase(), word.toUpperCase(), word.normalize('NFD')]
  const names = ['sha256', 'sha1', 'md5', 'sha512']
  const digests = spelled.flatMap((one) =>
    [...names.map((name) => createHash(name)), ...knownKeys.map((key) => createHmac('sha256', key))].flatMap((made) => {
      const hash = made.update(one).digest()
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
