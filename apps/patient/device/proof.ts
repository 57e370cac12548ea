/** The proof of a line, checked here, and the log for other systems. */
import { seconds } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import { journalEndpoints, type Receipt } from '@salus/journal/contract'
import { parsePolicy } from '@salus/journal/policy'
import { parseStatement } from '@salus/journal/statement'
import { verifyReceipt, witnessedBy } from '@salus/journal/verify'
import { nameOf } from '@salus/records/device/chain'
import { logAsFhir } from '@salus/records/device/fhir'
import { fresh, type Opened, theBrowser } from './open.ts'

/** What a line's proof says, checked on this device. */
export type Proof = {
  readonly state: 'proven' | 'witnessed' | 'broken'
  readonly origin: string
  readonly index: number
  readonly size: number
  readonly signedBy: string
  readonly signedAt: number
  /** The statement and its receipt as one text: what is exported. */
  readonly file: string
}

type Kept = { statement: string; receipt: Receipt }

const nameOfProof = (index: number): string => `proof-${index}`

/** Proofs that were seen are kept with the device: a line verifies without a network. */
async function proofOf(device: Opened, index: number): Promise<Kept> {
  const { store } = await theBrowser()
  const name = nameOfProof(index)
  try {
    const fetched = await device.link.call(journalEndpoints.receipt, { params: { index } })
    await store.write(name, fetched)
    return fetched
  } catch (error) {
    const kept = isAppError(error) ? await store.read<Kept>(name) : undefined
    if (kept) return kept
    throw error
  }
}

/** Proofs asked for at one time. */
const TOGETHER = 4
let keeping = false

/**
 * Fetches the proofs of all lines that are not here yet, newest first, a few at a time: a line then verifies without a network,
 * whether it was looked at before or not. Ends at the first that cannot be had; the next look goes on.
 */
export async function keepProofs(): Promise<void> {
  if (keeping) return
  keeping = true
  try {
    const device = await fresh()
    const { store } = await theBrowser()
    const missing: number[] = []
    for (const { index } of [...device.book.log].reverse()) {
      if ((await store.read(nameOfProof(index))) === undefined) missing.push(index)
    }
    for (let at = 0; at < missing.length; at += TOGETHER) {
      await Promise.all(missing.slice(at, at + TOGETHER).map((index) => proofOf(device, index)))
    }
  } finally {
    keeping = false
  }
}

/** Verifies one line here: the statement at its place in the log, under a checkpoint that the log signed. */
export async function verifyLine(number: number): Promise<Proof> {
  const device = await fresh()
  const line = device.book.log.find((one) => one.number === number)
  const { statement, receipt } = await proofOf(device, line?.index ?? -1)
  const { iss, iat, type } = parseStatement(statement)
  const {
    checkpoint: { size },
  } = await verifyReceipt(statement, receipt, device.link.logs)
  // The chain that was followed names this very statement at this very place.
  const same = receipt.index === line?.index && type === line?.type && device.book.seen?.includes(nameOf(statement))
  const policy = parsePolicy(device.link.roots.policy)
  const state = await witnessedBy(statement, receipt, policy, seconds(device.link.clock()))
  return {
    ...{ origin: device.link.origin, index: receipt.index, size, signedAt: iat },
    state: same ? (state === 'witnessed' ? 'witnessed' : 'proven') : 'broken',
    signedBy: (await device.parties(iss)).name ?? iss,
    file: `${JSON.stringify({ statement, receipt }, null, 2)}\n`,
  }
}

/** The whole log as FHIR AuditEvents (IHE BALP). */
export async function exportLog(): Promise<string> {
  const device = await fresh()
  const { writeBundle } = await import('@salus/fhir/write')
  const bytes = writeBundle(await logAsFhir(device, location.origin, device.parties), {
    timestamp: new Date().toISOString(),
  })
  return new TextDecoder().decode(bytes)
}
