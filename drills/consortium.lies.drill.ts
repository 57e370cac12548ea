/** One of four hospitals lies: rewound, forked, forged, flooded. Each is refused by name, by those who should, and the others go on. */
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { base64url, fromBase64url } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { generateDeviceKey, importDeviceKey } from '@salus/crypto/keys'
import { formatCheckpoint, parseVkey, signNote } from '@salus/journal/note'
import { noComet } from '@salus/ledger/comet/testing'
import { wireOf } from '@salus/ledger/comet/wire'
import { draftTx, signTx } from '@salus/ledger/device'
import { ledgerEndpoints } from '@salus/ledger/endpoints'
import type { Live } from '@salus/ledger/live'
import { readFounded } from '@salus/node-app/found'
import { checkChains, enrolAt, type Net, publish, startNet } from './net.ts'

const skip = noComet()
const net: Net | undefined = skip ? undefined : await startNet({ people: true })
after(() => net?.stop())
const LIAR = 4
/** Last, since it closes too: that of hospital 4 was put back before. */
const FORKER = 3
const others = [1, 2]

const at = (nth: number) => `http://127.0.0.1:${net?.running.plan.hospitals[nth - 1]?.port}`
const status = async (nth: number) => (await net?.running.status())?.hospitals[nth - 1]

test('transactions in another’s name, with another key, or sent again, are refused by the machine of every hospital', {
  skip,
}, async () => {
  assert.ok(net)
  const [liar, honest] = [await net.desk(LIAR), await net.desk(1)]
  await publish(honest, 7)
  const { chain, value } = await honest.link.call(ledgerEndpoints.state, {
    query: { path: 'machine/seq', data: honest.keys.org },
  })
  const body = { app: 'salus-web' as const, version: '6.6.6', digest: base64url(systemRandom(32)) }
  const own = await importDeviceKey(fromBase64url(liar.keys.device.privateKey))
  const stranger = await generateDeviceKey()
  const theirs = await importDeviceKey(fromBase64url(honest.keys.device.privateKey))
  const forge = (org: string, seq: number, key: CryptoKey, kid: string) =>
    signTx(key, kid, draftTx({ chain, org, seq }, 'app.publish', body))
  const next = Number(value) + 1
  const lies: [string, string][] = [
    ['key-other', await forge(honest.keys.org, next, own, liar.keys.device.publicKey)],
    ['key-other', await forge(honest.keys.org, next, stranger.privateKey, stranger.publicKey)],
    // A number that was used: what was sent once has no second place.
    ['seq-replayed', await forge(honest.keys.org, Number(value), theirs, honest.keys.device.publicKey)],
    ['org-unknown', await forge('hopital-inconnu', 1, stranger.privateKey, stranger.publicKey)],
    [
      'signature-invalid',
      `${(await forge(honest.keys.org, next, own, honest.keys.device.publicKey)).slice(0, -8)}AAAAAAAA`,
    ],
  ]
  for (const [code, tx] of lies) {
    await assert.rejects(liar.link.call(ledgerEndpoints.submit, { input: { tx } }), { code })
    // Past its own node, straight to its CometBFT: the mempool's check is the machine's.
    const rpc = `http://127.0.0.1:${net.running.plan.hospitals[LIAR - 1]?.rpc}`
    const params = { tx: Buffer.from(wireOf().bytesOf(tx)).toString('base64') }
    const response = await fetch(rpc, {
      method: 'POST',
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'broadcast_tx_sync', params }),
    })
    const said = (await response.json()) as { result?: { code: number; log: string } }
    assert.equal(said.result?.code, 1)
    assert.match(said.result?.log ?? '', new RegExp(code))
  }
  await checkChains(net, [])
})

test('bytes that are no request, or are too many, end their connection: the machine and the node go on', {
  skip,
}, async () => {
  const { abci = 0 } = net?.running.plan.hospitals[0] ?? {}
  for (const part of [Buffer.alloc(64, 0xff), Buffer.from([0x80, 0x80, 0x80, 0x7f]), systemRandom(200)]) {
    await new Promise<void>((done) => {
      const socket = connect(abci, '127.0.0.1', () => socket.write(part))
      socket.setTimeout(2_000, () => socket.destroy())
      socket.on('error', () => undefined).on('close', () => done())
    })
  }
  const huge = await fetch(`${at(1)}/statements`, { method: 'POST', body: Buffer.alloc(64 << 20) }).catch(
    () => undefined,
  )
  assert.ok(huge === undefined || huge.status >= 400)
  await publish(await (net as Net).desk(1), 8)
})

test('a hospital put back to yesterday’s copy is closed by what the others know, and they go on', {
  skip,
}, async () => {
  assert.ok(net)
  const member = net.running.member(LIAR)
  const folder = net.folder(LIAR)
  const copy = mkdtempSync(join(tmpdir(), 'salus-yesterday-'))
  const files = ['sources.db', 'views.db'].filter((one) => existsSync(join(folder, one)))
  try {
    await member.stop()
    for (const one of files) cpSync(join(folder, one), join(copy, one))
    member.start()
    await net.settle()
    const before = (await status(LIAR))?.entries ?? 0
    // Something is written there that the others cosign and the ledger records.
    await enrolAt(net, LIAR)
    for (let tries = 0; ((await status(LIAR))?.witnessed ?? 0) <= before; tries++) {
      assert.ok(tries < 300, 'cosigned')
      await wait(100)
    }
    await wait(4_000)
    await member.stop()
    for (const one of files) {
      for (const more of ['', '-wal', '-shm']) rmSync(join(folder, `${one}${more}`), { force: true })
      cpSync(join(copy, one), join(folder, one))
    }
    member.start()
    const says = () => readFileSync(join(folder, 'node.log'), 'utf8')
    for (let tries = 0; !says().includes('journal-closed'); tries++) {
      assert.ok(tries < 200, `it says: ${says().slice(-300)}`)
      await wait(200)
    }
    assert.notEqual((await status(LIAR))?.node, 'ready')
    await publish(await net.desk(1), 9)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
})

test('a forked checkpoint, signed with the log’s own key, is refused by every witness, shown at every hospital, and closes the log’s own', {
  skip,
}, async () => {
  const { roots, logKey } = await readFounded((net as Net).folder(FORKER))
  for (let tries = 0; ((await status(FORKER))?.witnessed ?? 0) < 5; tries++) {
    assert.ok(tries < 200, 'the others have cosigned')
    await wait(100)
  }
  const { origin = '', vkey = '' } = roots.journals.find((one) => one.origin === logKey.key.name) ?? {}
  const size = (await status(FORKER))?.witnessed ?? 0
  const sign = async (message: Uint8Array<ArrayBuffer>) =>
    new Uint8Array(await crypto.subtle.sign('Ed25519', logKey.privateKey, message))
  const forged = await signNote(
    formatCheckpoint({ origin, size, root: systemRandom(32) }),
    parseVkey(vkey),
    sign as never,
  )
  for (const nth of others) {
    const ask = async (old: number) => {
      const body = `old ${old}\n\n${forged}`
      return (await fetch(`${at(nth)}/witness/add-checkpoint`, { method: 'POST', body })).status
    }
    const known = await ask(size)
    assert.ok(known === 422 || known === 409, `witness ${nth} answers ${known}`)
    assert.ok((await ask(0)) >= 400)
  }
  for (const nth of others) {
    const alarms = async () => ((await (await fetch(`${at(nth)}/consortium/live`)).json()) as Live).alarms
    for (let tries = 0; !(await alarms()).includes('other-split'); tries++) {
      assert.ok(tries < 300, `hospital ${nth} shows it`)
      await wait(200)
    }
  }
  for (let tries = 0; (await status(FORKER))?.node !== 'closed'; tries++) {
    assert.ok(tries < 300, 'it has closed')
    await wait(200)
  }
})
