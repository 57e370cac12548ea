/** A thief of a disk: every value in every database, everything that can be a key, everything sealed, every word in the clear. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { base64url, fromBase64url } from '@salus/base/bytes'
import { openKeychain } from '@salus/crypto/keychain'
import type { Loot } from '../tests/attack.ts'

/** Every value of every row of every database in the folder. */
export function* values(dir: string): Generator<unknown> {
  for (const name of readdirSync(dir).filter((one) => one.endsWith('.db'))) {
    const db = new DatabaseSync(join(dir, name), { readOnly: true })
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all() as { name: string }[]
    for (const { name: table } of tables) {
      for (const row of db.prepare(`SELECT * FROM "${table}"`).all()) yield* Object.values(row)
    }
    db.close()
  }
}

/** The text, and what every part of every token in it says. */
export const unfolded = (text: string): string[] => [
  text,
  ...(text.match(/[\w-]{40,}/g) ?? []).map((one) => Buffer.from(one, 'base64url').toString('latin1')),
]

/** All that can be a secret of 32 bytes, as the thief would look for it: columns, texts, halves of the node's key pairs. */
export async function secretsIn(dir: string): Promise<Set<string>> {
  const found = new Set<string>()
  const read = (text: string) => {
    for (const part of unfolded(text))
      for (const one of part.match(/(?<![\w-])[\w-]{43}(?![\w-])/g) ?? []) found.add(one)
  }
  for (const value of values(dir)) {
    if (value instanceof Uint8Array && value.length === 32) found.add(base64url(new Uint8Array(value)))
    else if (typeof value === 'string') read(value)
  }
  for (const file of readdirSync(dir, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())) {
    if (/\.(json|key|note)$/.test(file.name)) read(readFileSync(join(file.parentPath, file.name), 'utf8'))
    // A PKCS #8 key of Ed25519 ends with its 32 secret bytes.
    if (file.name.endsWith('.key')) {
      const pkcs8 = Buffer.from(readFileSync(join(file.parentPath, file.name), 'utf8').trim(), 'base64url')
      found.add(pkcs8.subarray(-32).toString('base64url'))
    }
  }
  // Letters that are no encoding of 32 bytes are not the thief's to try.
  return new Set([...found].filter((one) => Buffer.from(one, 'base64url').toString('base64url') === one))
}

/** Everything sealed: packets, contents, keychains and what else is a compact JWE. */
export function sealedIn(dir: string): { loot: Loot; others: Set<string> } {
  const loot: Loot = { packets: new Set(), contents: new Map() }
  const others = new Set<string>()
  for (const value of values(dir)) {
    if (typeof value !== 'string') continue
    for (const text of unfolded(value)) {
      for (const token of text.match(/eyJ[\w-]+\.[\w-]*\.[\w-]+\.[\w-]+\.[\w-]+/g) ?? []) {
        const header = Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()
        if (header.includes('"salus-content+jwe"')) loot.contents.set(token, token)
        else if (header.includes('"kid"')) loot.packets.add(token)
        else others.add(token)
      }
    }
  }
  return { loot, others }
}

/** How many of these sealed keychains and the like open with one of these secrets. */
export async function chainsOpened(sealed: Iterable<string>, secrets: Iterable<string>): Promise<number> {
  const all = [...secrets]
  let opened = 0
  for (const one of sealed) {
    for (const secret of all) {
      const opens = await openKeychain(fromBase64url(secret), one).then(
        () => true,
        () => false,
      )
      if (opens) opened++
    }
  }
  return opened
}

/** Which of `words` can be read in any database or file of the folder, in tokens and names of files too. */
export function readableIn(dir: string, words: readonly string[]): string[] {
  const found = new Set<string>()
  const look = (text: string) => {
    for (const one of unfolded(text)) for (const word of words) if (one.includes(word)) found.add(word)
  }
  for (const value of values(dir)) {
    if (value instanceof Uint8Array) look(Buffer.from(value).toString('latin1'))
    else look(Buffer.from(String(value)).toString('latin1'))
  }
  for (const file of readdirSync(dir, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())) {
    look(file.name)
    look(readFileSync(join(file.parentPath, file.name)).toString('latin1'))
  }
  return [...found]
}
