import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { base64url } from '@salus/base/bytes'
import { systemClock } from '@salus/base/clock'
import { exportDeviceKey, generateDeviceKey } from '@salus/crypto/keys'
import type { Head } from './checkpoints.ts'
import { createEmbedded, ledgerModules } from './embedded.ts'
import { createMachine } from './machine.ts'
import { bodyOf, type KeyPair, SAMPLE_CHAIN, SAMPLE_TIME, sampleOrganisation } from './samples.ts'
import { allBlocks, replayBlocks } from './testing.ts'

const ROUNDS = 5
const ORIGIN = 'log.one.example'

const portable = async ({ publicKey, privateKey }: KeyPair) => ({
  publicKey,
  pkcs8: base64url(await exportDeviceKey(privateKey)),
})

/** Runs the child until it has acknowledged `wanted` transactions, kills it soon after; gives all `seq height` it printed. */
function killAfter(orders: string, wanted: number): Promise<[seq: number, height: number][]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'embedded.crash.child.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(orders)
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    printed += part
    // A few milliseconds on, another each round: before, within and after a block's write.
    if (printed.split('\n').length > wanted) setTimeout(() => child.kill('SIGKILL'), wanted % 7)
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (_, signal) => {
      if (signal !== 'SIGKILL') reject(new Error(`the child ended by itself: ${signal}`))
      // A last line without its newline was cut by the kill and acknowledged nothing.
      const lines = printed.split('\n').slice(0, -1)
      resolve(lines.map((line) => line.split(' ').map(Number) as [number, number]))
    })
  })
}

test('L10 kill -9 at any moment loses nothing that was acknowledged', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'salus-crash-'))
  const one = await sampleOrganisation('sample-one', ORIGIN)
  // Keys made for this test go to the child: extractable, unlike any real one.
  const [keys, signer] = [await generateDeviceKey(true), await generateDeviceKey(true)]
  const organisations = [{ ...bodyOf(one), key: keys.publicKey }]
  const genesis = { chain: SAMPLE_CHAIN, time: SAMPLE_TIME, organisations }
  const path = join(folder, 'ledger.sqlite')
  const orders = JSON.stringify({
    ...{ path, genesis, org: one.org, origin: ORIGIN },
    keys: await portable(keys),
    operator: await portable(signer),
  })
  let last = 0
  try {
    for (let round = 1; round <= ROUNDS; round++) {
      const acknowledged = await killAfter(orders, 5 * round + 3)
      const engine = await createEmbedded({ path, genesis, clock: systemClock, signer })
      const blocks = await allBlocks(engine)
      const seq = (await engine.query('machine/seq', one.org)) as number
      for (const [number, height] of acknowledged) {
        assert.ok(number <= seq, `${number} was acknowledged and is there`)
        const numbers = blocks[height - 1]?.txs.map((tx) => seqOf(tx)) ?? []
        assert.ok(numbers.includes(number), `${number} stands in block ${height}`)
      }
      assert.ok(seq >= last + acknowledged.length, 'what was there before is still there')
      assert.equal(((await engine.query('checkpoints/head', ORIGIN)) as Head).size, seq)
      assert.equal((await engine.verify()).transactions, seq)
      replayBlocks(createMachine(ledgerModules, genesis), blocks)
      await engine.close()
      last = seq
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

const seqOf = (tx: string): number =>
  (JSON.parse(Buffer.from(tx.split('.')[1] ?? '', 'base64url').toString()) as { seq: number }).seq
