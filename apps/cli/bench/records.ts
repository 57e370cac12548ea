/** records.deposit and records.open. */
import { utf8 } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { verifyEd25519 } from '@salus/crypto/jws'
import { generateDeviceKey, generateX25519 } from '@salus/crypto/keys'
import { openWithX25519, sealToX25519 } from '@salus/crypto/packet'
import { newContentKey, openContent, sealContent } from '@salus/crypto/seal'
import { verifyEd25519Sync } from '@salus/crypto/verify'
import { signerOf } from '@salus/directory/device/patient'
import { findKeyring } from '@salus/directory/device/verify'
import { ask } from '@salus/grants/device'
import { journalEndpoints } from '@salus/journal/contract'
import { submit } from '@salus/journal/device'
import { approve } from '@salus/records/device/patient'
import { listGranted, read } from '@salus/records/device/reader'
import { plainLink } from '../device.ts'
import { type BenchLine, inFlight, line, ROUNDS, rate } from './line.ts'
import { benchPatient, benchPro, document2k, makeDeposits, startBenchNode } from './world.ts'

const SINGLE = 600
const BATCHED = 2_000
const BATCH = 100
const OPENED = 1_000
const CLIENTS = 64

/** Ed25519 verifications per second, one thread, key cached: the limit of deposits. */
async function verifications(): Promise<number> {
  const { publicKey, privateKey } = await generateDeviceKey()
  const message = utf8('x'.repeat(900))
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, message))
  return rate(3_000, async () => {
    for (let i = 0; i < 3_000; i++) verifyEd25519Sync(publicKey, message, signature)
  })
}

/** Deposits over HTTP, durable and journalled: one POST each with 64 clients, and in batches of 100. */
export async function benchDeposit(): Promise<BenchLine[]> {
  const node = await startBenchNode()
  const single: number[] = []
  const batched: number[] = []
  const limit: number[] = []
  try {
    const patient = await benchPatient(node)
    const { call } = plainLink(node.desk.device)
    for (let round = 0; round < ROUNDS; round++) {
      const ones = (await makeDeposits(node, patient.keys.handle, SINGLE)).map((one) => [one.item])
      const many = (await makeDeposits(node, patient.keys.handle, BATCHED)).map((one) => one.item)
      const groups = Array.from({ length: BATCHED / BATCH }, (_, i) => many.slice(i * BATCH, (i + 1) * BATCH))
      limit.push(await verifications())
      const send = (items: (typeof ones)[number]) => call(journalEndpoints.submit, { input: { items } })
      single.push(await rate(SINGLE, () => inFlight(ones, CLIENTS, send)))
      batched.push(await rate(BATCHED, () => inFlight(groups, 4, send)))
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
async function bareOpen(withPacket: boolean): Promise<number> {
  const key = newContentKey(systemRandom)
  const content = await sealContent(key, document2k, systemRandom)
  const pair = generateX25519(systemRandom)
  const packet = await sealToX25519(pair.publicKey, { kind: 'deposit' }, key)
  const { publicKey, privateKey } = await generateDeviceKey()
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, document2k))
  const items = Array.from({ length: OPENED }, (_, i) => i)
  return rate(OPENED, () =>
    inFlight(items, 200, async () => {
      if (withPacket) await openWithX25519(pair.privateKey, packet, { kind: 'deposit' })
      await openContent(key, content)
      await verifyEd25519(publicKey, document2k, signature)
    }),
  )
}

/** Records opened and author-verified on the reader's device, over HTTP, each read journalled. */
export async function benchOpen(): Promise<BenchLine[]> {
  const node = await startBenchNode()
  try {
    const lines: BenchLine[] = []
    for (const standing of [false, true]) {
      const patient = await benchPatient(node)
      const pro = await benchPro(node)
      const deposits = async () => {
        const made = (await makeDeposits(node, patient.keys.handle, OPENED)).map((one) => one.item)
        for (let at = 0; at < made.length; at += 200)
          await submit(node.desk.link.call, node.desk.link.logs, made.slice(at, at + 200))
      }
      if (!standing) await deposits()
      const reader = (await findKeyring(pro.link, pro.keys.handle)).keyring
      const asker = { handle: pro.keys.handle, signer: await signerOf(pro.keys.device) }
      const until = Math.floor(Date.now() / 1000) + 3_600
      const wanted = {
        categories: ['results'],
        records: [],
        purpose: 'TREAT',
        until,
        patient: patient.keys.handle,
        reader,
      }
      const { id, item } = await ask(pro.link, asker, wanted as never)
      await submit(pro.link.call, pro.link.logs, [item])
      const given = await approve(patient, id, { standing })
      if (standing) await deposits()
      const opened: number[] = []
      const limit: number[] = []
      for (let round = 0; round < ROUNDS; round++) {
        limit.push(await bareOpen(standing))
        const rows = await listGranted(pro.link, given.grant)
        const me = await pro.reader()
        opened.push(
          await rate(rows.length, async () => {
            for await (const page of read(pro.link, me, { id: given.grant, patient: patient.keys.handle }, rows))
              void page
          }),
        )
      }
      lines.push(line(standing ? 'records.open.standing' : 'records.open', 'records/s', opened, limit))
    }
    return lines
  } finally {
    await node.stop()
  }
}
