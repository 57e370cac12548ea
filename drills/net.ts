/** Four hospitals in processes of their own, with members who act on the ledger: what the drills break and look at. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { base64url, fromBase64url } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { sampleHospitals } from '@salus/cli/consortium/hospitals'
import { type Running, startConsortium } from '@salus/cli/consortium/running'
import { type OpenDesk, openDesk } from '@salus/cli/people'
import { digest } from '@salus/crypto/hash'
import { importDeviceKey } from '@salus/crypto/keys'
import { enrol } from '@salus/directory/device/professional'
import { draftTx, signTx } from '@salus/ledger/device'
import { ledgerEndpoints } from '@salus/ledger/endpoints'
import { parseHeader } from '@salus/ledger/header'
import { createMachine } from '@salus/ledger/machine'
import { readFounded } from '@salus/node-app/found'
import { modulesOf } from '@salus/node-app/ledger'

export type Net = {
  readonly dir: string
  readonly running: Running
  readonly count: number
  readonly folder: (nth: number) => string
  /** The desk of hospital `nth`, signed in at its own node. */
  desk(nth: number): Promise<OpenDesk>
  height(nth: number): Promise<number | undefined>
  /** Waits until the given hospitals answer and have the same block, above `above`. */
  settle(numbers?: readonly number[], above?: number): Promise<number>
  stop(): Promise<void>
}

export async function startNet(options: { hospitals?: number; people?: boolean } = {}): Promise<Net> {
  const { hospitals = 4, people = false } = options
  const dir = mkdtempSync(join(tmpdir(), 'salus-net-'))
  const running = await startConsortium({ dir, hospitals, people })
  const folder = (nth: number) => join(dir, `hospital-${nth}`)
  const status = async (nth: number) => (await running.status()).hospitals[nth - 1]
  const net: Net = {
    ...{ dir, running, count: hospitals, folder },
    desk: (nth) => openDesk(join(folder(nth), 'devices', `desk-${sampleHospitals[nth - 1]?.org}`)),
    height: async (nth) => (await status(nth))?.height,
    async settle(numbers = Array.from({ length: hospitals }, (_, i) => i + 1), above = -1) {
      for (let tries = 0; tries < 1_200; tries++) {
        const { hospitals: all } = await running.status()
        const asked = numbers.map((nth) => all[nth - 1])
        const heights = new Set(asked.map((one) => (one?.node === 'ready' && !one.catching ? one.height : undefined)))
        const [height] = heights
        if (heights.size === 1 && height !== undefined && height > above) return height
        await wait(100)
      }
      throw new Error(`hospitals ${numbers} did not come to one block: ${JSON.stringify(await running.status())}`)
    },
    async stop() {
      await running.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
  await net.settle()
  return net
}

export type Acknowledged = { readonly digest: string; readonly height: number; readonly index: number }
export type Writer = {
  readonly acknowledged: readonly Acknowledged[]
  /** Refusals by code, and how often nobody answered. */
  readonly refused: ReadonlyMap<string, number>
  stop(): Promise<void>
}

/** A desk that writes one transaction after another at its own node, through every fall of it. */
export function write(net: Net, nth: number): Writer {
  const acknowledged: Acknowledged[] = []
  const refused = new Map<string, number>()
  let over = false
  const work = async () => {
    let desk: OpenDesk | undefined
    for (let version = 0; !over; version++) {
      try {
        desk ??= await net.desk(nth)
        acknowledged.push(await publish(desk, version))
      } catch (error) {
        const code = String((error as { code?: string }).code ?? error)
        refused.set(code, (refused.get(code) ?? 0) + 1)
        // A session may be gone with the node: the next try opens one.
        desk = undefined
        await wait(100)
      }
    }
  }
  const done = work()
  return {
    acknowledged,
    refused,
    async stop() {
      over = true
      await done
    },
  }
}

/** One transaction of a desk: it says which app it serves, another each time. */
export async function publish({ link, keys }: OpenDesk, version: number): Promise<Acknowledged> {
  const { chain, value } = await link.call(ledgerEndpoints.state, { query: { path: 'machine/seq', data: keys.org } })
  const body = {
    app: 'salus-web' as const,
    version: `${Math.floor(version / 9_999)}.${version % 9_999}.0`,
    digest: base64url(systemRandom(32)),
  }
  const payload = draftTx({ chain, org: keys.org, seq: Number(value) + 1 }, 'app.publish', body)
  const signer = await importDeviceKey(fromBase64url(keys.device.privateKey))
  const tx = await signTx(signer, keys.device.publicKey, payload)
  const placed = await link.call(ledgerEndpoints.submit, { input: { tx } })
  assert.equal(placed.digest, digest(tx))
  return placed
}

type Block = {
  readonly height: number
  readonly time: number
  readonly txs: readonly string[]
  readonly header?: string
}

/** Every block of one hospital. */
export async function blocksOf(desk: OpenDesk): Promise<Block[]> {
  const all: Block[] = []
  for (;;) {
    const { blocks } = await desk.link.call(ledgerEndpoints.blocks, { query: { from: (all.at(-1)?.height ?? 0) + 1 } })
    if (blocks.length === 0) return all
    all.push(...(blocks as Block[]))
  }
}

/**
 * All hospitals hold the same blocks with the same app hash at each height, a machine that runs them anew comes to these hashes, and
 * what was acknowledged stands where it was said to stand.
 */
export async function checkChains(net: Net, writers: readonly Writer[], numbers?: readonly number[]) {
  const asked = numbers ?? Array.from({ length: net.count }, (_, i) => i + 1)
  await net.settle(asked)
  const chains = await Promise.all(asked.map(async (nth) => blocksOf(await net.desk(nth))))
  const shortest = Math.min(...chains.map((one) => one.length))
  const [first] = chains as [Block[]]
  for (const chain of chains) assert.deepEqual(chain.slice(0, shortest), first.slice(0, shortest), 'no fork')
  const { genesis } = await readFounded(net.folder(asked[0] as number))
  const machine = createMachine(modulesOf(genesis), genesis)
  for (const block of first) {
    assert.ok(machine.processProposal(block), `block ${block.height} holds nothing that would be refused`)
    assert.equal(machine.finalizeBlock(block).appHash, parseHeader(block.header ?? '').appHash)
    machine.commit()
  }
  let transactions = 0
  for (const { acknowledged } of writers) {
    for (const { digest: name, height, index } of acknowledged) {
      const text = first[height - 1]?.txs[index]
      assert.ok(text !== undefined && digest(text) === name, 'what was acknowledged stands where it was said to stand')
      transactions++
    }
  }
  return { height: first.length, transactions }
}

/** Somebody enrols at hospital `nth`: one statement more in its journal. */
export async function enrolAt(net: Net, nth: number): Promise<void> {
  const { link, keys } = await net.desk(nth)
  await enrol(link, { org: keys.org, name: 'Dr Sample (sample)' }, async () => {})
}
