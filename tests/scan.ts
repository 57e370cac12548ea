/** What a person left in a node's files, and whether it is still there: read byte for byte, whatever the tables say. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SalusNode } from '@salus/node-app/compose'
import type { PatientDevice } from '@salus/records/device/patient'

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
