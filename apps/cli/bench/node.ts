/** node.idle and node.million: what a node costs when nothing happens, and whether it slows down as it fills. */
import { setTimeout as wait } from 'node:timers/promises'
import { systemRandom } from '@salus/base/clock'
import { draftIntake } from '@salus/directory/device/desk'
import { journalEndpoints } from '@salus/journal/contract'
import { submit } from '@salus/journal/device'
import { plainLink } from '../device.ts'
import { type BenchLine, inFlight, line, rate, roundsOf, type Scale, sized } from './line.ts'
import { granted, readRate } from './records.ts'
import { type BenchNode, benchPatient, fillRecord, makeDeposits, startBenchNode } from './world.ts'

const MEGABYTE = 1024 * 1024
const HOUR = 3_600

/** Memory and CPU of a node with some records, when nobody asks it anything. */
export async function benchIdle(scale: Scale): Promise<BenchLine[]> {
  const node = await startBenchNode()
  const memory: number[] = []
  const cpu: number[] = []
  try {
    const patient = await benchPatient(node)
    await fillRecord(node, patient.keys.handle, sized(scale, 1_000, 10))
    // The checkpoint after the last deposit goes on the ledger within ten seconds; from then on nothing is left to do.
    await wait(sized(scale, 15_000, 50))
    for (let round = 0; round < roundsOf(scale); round++) {
      const before = await node.usage()
      const seconds = sized(scale, 20, 1)
      await wait(seconds * 1_000)
      const after = await node.usage()
      cpu.push(((after.cpu - before.cpu) / seconds) * HOUR)
      memory.push(after.memory / MEGABYTE)
    }
  } finally {
    await node.stop()
  }
  return [
    line('node.idle.memory', 'MB', memory, undefined),
    line('node.idle.cpu', 'CPU-seconds an hour', cpu, undefined),
  ]
}

/** Records of one patient where the node is filled: as many as a long life has. */
const EACH = 1_000
const BATCH = 100
/** Small, so that a million need little disk; what is measured is 2 KiB as everywhere. */
const TINY_DOCUMENT = new TextEncoder().encode('{"resourceType":"Basic","code":{"text":"sample"}}')

/** Brings the node from `from` records to `to`, patient by patient, through the one way in. */
async function fill(node: BenchNode, from: number, to: number): Promise<void> {
  const { link, desk, device } = node.desk
  const { call } = plainLink(device)
  for (let at = from; at < to; at += EACH) {
    const { handle, statement } = await draftIntake(link, desk, systemRandom(32))
    await submit(call, link.logs, [{ statement }])
    const made = await makeDeposits(node, handle, Math.min(EACH, to - at), TINY_DOCUMENT)
    const groups = Array.from({ length: Math.ceil(made.length / BATCH) }, (_, i) =>
      made.slice(i * BATCH, (i + 1) * BATCH).map((one) => one.item),
    )
    await inFlight(groups, 4, (items) => call(journalEndpoints.submit, { input: { items } }))
  }
}

/** Deposits of 2 KiB per second in batches, for somebody new. */
async function depositRate(node: BenchNode, count: number): Promise<number> {
  const { link, desk, device } = node.desk
  const { handle, statement } = await draftIntake(link, desk, systemRandom(32))
  await submit(link.call, link.logs, [{ statement }])
  const items = (await makeDeposits(node, handle, count)).map((one) => one.item)
  const groups = Array.from({ length: Math.ceil(count / BATCH) }, (_, i) => items.slice(i * BATCH, (i + 1) * BATCH))
  const { call } = plainLink(device)
  return rate(count, () => inFlight(groups, 4, (some) => call(journalEndpoints.submit, { input: { items: some } })))
}

/** A node with some records, and a reader of the first of them. */
async function begun(records: number, warmUp: number) {
  const node = await startBenchNode()
  const through = await granted(node, records, false)
  // Once unmeasured: what is compiled while it first runs would make the first measure the slowest.
  await depositRate(node, warmUp)
  await readRate(through)
  return { node, through }
}

/** Deposit and read rates of a node as it fills, beside those of one that was left small, in turns. */
export async function benchMillion(scale: Scale): Promise<BenchLine[]> {
  const sizes = { tiny: [40], usual: [100_000], long: [100_000, 1_000_000] }[scale]
  const [first, count] = [sized(scale, 1_000, 20), sized(scale, 2_000, 10)]
  const small = await begun(first, count)
  const large = await begun(first, count)
  const lines: BenchLine[] = []
  let size = first + count
  try {
    for (const to of sizes) {
      await fill(large.node, size, to)
      const deposit: Pair = { subject: [], limit: [] }
      const read: Pair = { subject: [], limit: [] }
      for (let round = 0; round < roundsOf(scale); round++) {
        deposit.limit.push(await depositRate(small.node, count))
        deposit.subject.push(await depositRate(large.node, count))
        read.limit.push(await readRate(small.through))
        read.subject.push(await readRate(large.through))
      }
      size = to + count * roundsOf(scale)
      const beside = `${to} there, beside a node with a few thousand`
      lines.push(line(`node.million.deposit.${to}`, `records/s, 100 a POST, ${beside}`, deposit.subject, deposit.limit))
      lines.push(line(`node.million.read.${to}`, `records/s, ${beside}`, read.subject, read.limit))
    }
    return lines
  } finally {
    await small.node.stop()
    await large.node.stop()
  }
}

type Pair = { readonly subject: number[]; readonly limit: number[] }
