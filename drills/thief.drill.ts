/** A thief with the whole data folder, the node's own keys included, tries every key in it on everything in it. */
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { base64url, fromBase64url } from '@salus/base/bytes'
import { openKeychain } from '@salus/crypto/keychain'
import { startNode } from '@salus/node-app/testing'
import { type Loot, openable } from '../tests/attack.ts'
import { deskAuthor, world, write } from '../tests/people.ts'
import { story, traits } from '../tests/story.ts'

/** Every value of every row of every database in the folder. */
function* values(dir: string): Generator<unknown> {
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
const unfolded = (text: string): string[] => [
  text,
  ...(text.match(/[\w-]{40,}/g) ?? []).map((one) => Buffer.from(one, 'base64url').toString('latin1')),
]

/** All that can be a secret of 32 bytes, as the thief would look for it: columns, texts, halves of the node's key pairs. */
async function secretsIn(dir: string): Promise<Set<string>> {
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
function sealedIn(dir: string): { loot: Loot; others: Set<string> } {
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

test('a thief of the whole disk, the node’s keys included, opens nothing of any patient', async (t) => {
  const at = await startNode()
  const w = world(at)
  const { patient, other } = await story(w)
  const marked = { resourceType: 'Condition', note: 'Zygomycosis-sample' }
  for (const one of [patient, other]) await write(await deskAuthor(w), one.keys.handle, 'problems', marked)
  await at.node.close()
  const stolen = mkdtempSync(join(tmpdir(), 'salus-stolen-'))
  cpSync(at.dir, stolen, { recursive: true })
  try {
    const { loot, others } = sealedIn(stolen)
    const secrets = await secretsIn(stolen)
    t.diagnostic(
      `${loot.contents.size} contents, ${loot.packets.size} packets, ${others.size} keychains and more; ${secrets.size} keys tried`,
    )
    assert.ok(loot.contents.size > 4 && loot.packets.size > 20 && others.size > 0 && secrets.size > 500)
    for (const one of ['journal', 'operator', 'witness']) {
      const key = readFileSync(join(stolen, `keys/${one}.key`), 'utf8').trim()
      assert.ok(secrets.has(Buffer.from(key, 'base64url').subarray(-32).toString('base64url')), `${one}.key is tried`)
    }
    // The attack is one: with one epoch key of the patient's device it opens.
    const own = patient.keys.epochs.flatMap((one) => (one.privateKey ? [one.privateKey] : []))
    const opensWithDevice = await openable(loot, new Map(), own)
    assert.ok(opensWithDevice.size > 0, 'the attack opens what it has a key for')
    const opened = await openable(loot, new Map(), [...secrets])
    let chains = 0
    for (const sealed of others) {
      for (const secret of secrets) {
        if (
          await openKeychain(fromBase64url(secret), sealed).then(
            () => true,
            () => false,
          )
        )
          chains++
      }
    }
    const bytes = Buffer.concat([...values(stolen)].map((one) => Buffer.from(String(one))))
    const words = ['Zygomycosis-sample', traits.family, traits.birthDate, 'AllergyIntolerance']
    const readable = words.filter((one) => unfolded(bytes.toString('latin1')).some((text) => text.includes(one)))
    t.diagnostic(`opened: ${opened.size} contents, ${chains} keychains, ${readable.length} words in the clear`)
    assert.deepEqual([opened.size, chains, readable], [0, 0, []])
  } finally {
    rmSync(stolen, { recursive: true, force: true })
  }
})
