/** records.deposit and records.open. */
import { base64url } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { verifyEd25519 } from '@salus/crypto/jws'
import { generateDeviceKey, generateKeyPair } from '@salus/crypto/keys'
import { createOpener, sealToKey } from '@salus/crypto/packet'
import { newContentKey, openContent, sealContent } from '@salus/crypto/seal'
import type { SuiteId } from '@salus/crypto/suites'
import { journalEndpoints } from '@salus/journal/contract'
import { approve } from '@salus/records/device/patient'
import { listGranted, read } from '@salus/records/device/reader'
import { plainLink } from '../device.ts'
import { askFor } from './grants.ts'
import { verifications } from './limits.ts'
import { type BenchLine, inFlight, line, rate, roundsOf, type Scale, sized } from './line.ts'
import {
  type BenchNode,
  benchPatient,
  benchPro,
  document2k,
  fillRecord,
  makeDeposits,
  startBenchNode,
} from './world.ts'

const CLIENTS = 64
const BATCH = 100

/** Deposits over HTTP, durable and journalled: one POST each with 64 clients, and in batches of 100. */
export async function benchDeposit(scale: Scale): Promise<BenchLine[]> {
  const [singles, batches] = [sized(scale, 1_000, 10), sized(scale, 30, 1)]
  const node = await startBenchNode()
  const single: number[] = []
  const batched: number[] = []
  const limit: number[] = []
  try {
    const patient = await benchPatient(node)
    const { call } = plainLink(node.desk.device)
    for (let round = 0; round < roundsOf(scale); round++) {
      const ones = (await makeDeposits(node, patient.keys.handle, singles)).map((one) => [one.item])
      const many = (await makeDeposits(node, patient.keys.handle, batches * BATCH)).map((one) => one.item)
      const groups = Array.from({ length: batches }, (_, i) => many.slice(i * BATCH, (i + 1) * BATCH))
      limit.push(await verifications(scale))
      const send = (items: (typeof ones)[number]) => call(journalEndpoints.submit, { input: { items } })
      single.push(await rate(singles, () => inFlight(ones, CLIENTS, send)))
      batched.push(await rate(many.length, () => inFlight(groups, 4, send)))
    }
  } finally {
    await node.stop()
  }
  return [
    line('records.deposit', 'records/s, one POST each', single, limit),
    line('records.deposit.batch', 'records/s, 100 a POST', batched, limit),
  ]
}

/** The bare cryptographic calls of opening one record, at equal concurrency: content, author's signature (and packet). */
async function bareOpen(count: number, withPacket: boolean, suite: SuiteId): Promise<number> {
  const key = newContentKey(systemRandom)
  const content = await sealContent(key, document2k, systemRandom)
  const pair = generateKeyPair(systemRandom, suite)
  const privateText = base64url(pair.privateKey)
  const packet = await sealToKey(pair.publicKey, { kind: 'deposit' }, key)
  const { publicKey, privateKey } = await generateDeviceKey()
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, document2k))
  const items = Array.from({ length: count }, (_, i) => i)
  const open = createOpener()
  return rate(count, () =>
    inFlight(items, 200, async () => {
      if (withPacket) await open(privateText, packet, { kind: 'deposit' })
      await openContent(key, content)
      await verifyEd25519(publicKey, document2k, signature)
    }),
  )
}

/** One reader of one patient, a grant of either sort: `deposits` come before a one-off grant and after a standing one. */
export async function granted(node: BenchNode, count: number, standing: boolean) {
  const patient = await benchPatient(node)
  const pro = await benchPro(node)
  const { handle } = patient.keys
  if (!standing) await fillRecord(node, handle, count)
  const { grant } = await approve(patient, await askFor(pro, handle), { standing })
  if (standing) await fillRecord(node, handle, count)
  return { pro, grant: { id: grant, patient: handle } }
}

/** Records per second through one grant: listed, read page by page, each opened and its author checked. */
export async function readRate({ pro, grant }: Awaited<ReturnType<typeof granted>>): Promise<number> {
  const rows = await listGranted(pro.link, grant.id)
  const me = await pro.reader()
  let opened = 0
  const found = await rate(rows.length, async () => {
    for await (const page of read(pro.link, me, grant, rows)) opened += page.records.length
  })
  if (opened !== rows.length) throw new Error('not everything opened')
  return found
}

/** Records opened and author-verified on the reader's device, over HTTP, each read journalled. */
export async function benchOpen(scale: Scale): Promise<BenchLine[]> {
  const count = sized(scale, 1_000, 10)
  const lines: BenchLine[] = []
  for (const suite of [1, 2] as const) {
    const node = await startBenchNode({ suite })
    try {
      for (const standing of [false, true]) {
        const through = await granted(node, count, standing)
        const opened: number[] = []
        const limit: number[] = []
        for (let round = 0; round < roundsOf(scale); round++) {
          limit.push(await bareOpen(count, standing, suite))
          opened.push(await readRate(through))
        }
        const name = `records.open.${standing ? 'standing' : 'once'}.suite${suite}`
        lines.push(line(name, 'records/s', opened, limit))
      }
    } finally {
      await node.stop()
    }
  }
  return lines
}
