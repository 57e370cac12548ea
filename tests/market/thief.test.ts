/** The thief's view: every byte of the store, the ledger, the host's folder and all traffic; every key of the lab and the host on all of it. */
import assert from 'node:assert/strict'
import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Bytes, fromBase64url, utf8 } from '@salus/base/bytes'
import { openWithKey } from '@salus/crypto/packet'
import { openContent } from '@salus/crypto/seal'
import { openStream } from '@salus/crypto/stream'
import { fileContext } from '@salus/market/dataset/contract'
import { orgName } from '@salus/market/testing'
import { carryUntil, type Done, startEnclave, toTheEnd } from './hostile.ts'
import { deliverAll, hostOf, open, order, snp, startWorld, type World } from './world.ts'

type Loot = Map<string, Buffer>
const filesOf = (dir: string, loot: Loot) => {
  for (const one of readdirSync(dir, { recursive: true, withFileTypes: true }))
    if (one.isFile()) loot.set(`${dir}/${one.name}`, readFileSync(join(one.parentPath, one.name)))
}

/** Every compact JWE in the loot, also inside of tokens and quoted JSON. */
function tokensIn(loot: Loot): Set<string> {
  const found = new Set<string>()
  const seen = new Set<string>()
  const read = (said: string, depth: number) => {
    for (const [token] of said.matchAll(/[\w-]+\.[\w-]*\.[\w-]+\.[\w-]+\.[\w-]+/g)) found.add(token)
    if (depth === 0) return
    for (const [part] of said.matchAll(/[\w-]{40,}/g)) {
      if (seen.has(part)) continue
      seen.add(part)
      read(Buffer.from(part, 'base64url').toString('latin1'), depth - 1)
    }
  }
  for (const bytes of loot.values()) read(bytes.toString('latin1'), 2)
  return found
}

/** Secrets of 32 bytes: those given, and whatever of 32 bytes is in the loot. */
function secretsIn(loot: Loot, own: readonly Uint8Array[]): Bytes[] {
  const found = new Map<string, Bytes>(own.map((one) => [Buffer.from(one).toString('base64url'), one as Bytes]))
  for (const bytes of loot.values())
    for (const [word] of bytes.toString('latin1').matchAll(/(?<![\w-])[\w-]{43}(?![\w-])/g))
      if (Buffer.from(word, 'base64url').toString('base64url') === word) found.set(word, fromBase64url(word))
  return [...found.values()]
}

/** Everything that any secret opens: packets and sealed contents, and what is found in them, until nothing new is. */
async function opensWith(loot: Loot, own: readonly Uint8Array[]): Promise<Set<string>> {
  const opened = new Set<string>()
  let secrets = secretsIn(loot, own)
  const tokens = tokensIn(loot)
  for (let more = true; more; ) {
    more = false
    for (const token of [...tokens])
      for (const secret of secrets) {
        const plain =
          (await openWithKey(secret.slice() as Bytes, token, {}).catch(() => undefined)) ??
          (await openContent(secret, token).catch(() => undefined))
        if (!plain) continue
        tokens.delete(token)
        opened.add(token)
        secrets = secretsIn(new Map([[token, Buffer.from(plain)]]), [
          ...secrets,
          ...(plain.length === 32 ? [plain] : []),
        ])
        for (const inner of tokensIn(new Map([[token, Buffer.from(plain)]]))) tokens.add(inner)
        more = true
        break
      }
  }
  return opened
}

/** Does any secret decrypt a data set's file? */
function decrypts(w: World, secrets: readonly Bytes[]): boolean {
  return w.hospitals.some(({ offer }) => {
    const document = JSON.parse(readFileSync(new URL(`${w.store.url}/${offer.data}`), 'utf8'))
    const file = new Uint8Array(readFileSync(new URL(`${w.store.url}/${document.file.digest}`)))
    return secrets.some((key) => {
      try {
        const stream = openStream(key, utf8(fileContext(document)))
        stream.push(file)
        stream.end()
        return true
      } catch {
        return false
      }
    })
  })
}

/** Values of the rows, as text and as doubles, that stand in the bytes. */
function valuesIn(w: World, loot: Loot): string[] {
  const values = w.hospitals.flatMap(({ rows }) => rows.flatMap((row) => row.slice(1, 3)))
  const needles = values.flatMap((value) => {
    const [little, big] = [Buffer.alloc(8), Buffer.alloc(8)]
    little.writeDoubleLE(value)
    big.writeDoubleBE(value)
    return [
      Buffer.from(String(value)),
      little,
      big,
      Buffer.from(little.toString('hex')),
      Buffer.from(little.toString('base64url').slice(0, 10)),
    ]
  })
  return [...loot].filter(([, bytes]) => needles.some((one) => bytes.includes(one))).map(([name]) => name)
}

/** A whole task on secret data, everything said and stored kept; the host's folder as it was while the enclave ran. */
async function robbed() {
  const w = await startWorld({ offers: [{ public: false }, { public: false }] })
  const task = await order(w, undefined, 'snp')
  const at = await startEnclave(w, task, { ports: hostOf(w, snp) })
  const loot: Loot = new Map()
  await carryUntil(at, (message) => message.type === 'step' && message.step === 'running')
  cpSync(at.folder, join(w.dir, 'copied'), { recursive: true })
  const done = (await toTheEnd(at)) as Done
  const { result, outcome, signature, envelope } = done
  await w.store.put([utf8(envelope)])
  assert.equal(await w.say('host', 'task.result', { task, result, outcome, signature }), 'ok')
  filesOf(join(w.dir, 'copied'), loot)
  filesOf(join(w.dir, 'store'), loot)
  loot.set('ledger', Buffer.from(JSON.stringify(w.ledger.blocks)))
  for (const [i, line] of at.lines.entries()) loot.set(`traffic ${i}`, Buffer.from(line))
  return { w, task, loot }
}

test('N5 N6 a lab and a host together, with store, ledger, folder and traffic, open nothing before the shares go out', async () => {
  const { w, loot } = await robbed()
  const { privateKey } = w.market.keys.get(orgName('host')) as { privateKey: CryptoKey }
  const own = [w.labKey.privateKey]
  if (privateKey.extractable)
    own.push(new Uint8Array(await crypto.subtle.exportKey('pkcs8', privateKey)).slice(-32) as Bytes)
  const opened = await opensWith(loot, own)
  // The outer layer of the result is the lab's; the key inside of it is split, and no share is out.
  assert.equal(opened.size, 1)
  assert.equal(decrypts(w, secretsIn(loot, own)), false)
  assert.deepEqual(valuesIn(w, loot), [])
  assert.ok(loot.size > 20, 'there was something to search')
  await w.stop()
})

test('N5 after delivery the lab opens its own result and nothing else; the host still nothing', async () => {
  const { w, task, loot } = await robbed()
  await deliverAll(w, task)
  loot.set('ledger', Buffer.from(JSON.stringify(w.ledger.blocks)))
  const answer = await open(w, task)
  const lab = await opensWith(loot, [w.labKey.privateKey])
  // Outer layer, two shares: with them the answer.
  assert.equal(lab.size, 3)
  assert.equal((await opensWith(loot, [])).size, 0)
  assert.equal(decrypts(w, secretsIn(loot, [w.labKey.privateKey])), false)
  assert.deepEqual(valuesIn(w, loot), [])
  assert.deepEqual(valuesIn(w, new Map([['answer', Buffer.from(JSON.stringify(answer))]])), [])
  await w.stop()
})

test('N5 the search finds what it looks for: with a hospital’s keys the data opens, and its values are seen', async () => {
  const { w, loot } = await robbed()
  const [alpha] = w.hospitals
  assert.equal(decrypts(w, [alpha?.key as Bytes]), true)
  assert.equal((await opensWith(loot, [alpha?.share.privateKey as Bytes])).size, 1, 'its share')
  const planted: Loot = new Map([
    ['text', Buffer.from(readFileSync(join(w.dir, 'alpha.csv')))],
    ['doubles', Buffer.from(new Float64Array([alpha?.rows[3]?.[1] as number]).buffer)],
  ])
  assert.deepEqual(valuesIn(w, planted), ['text', 'doubles'])
  await w.stop()
})
