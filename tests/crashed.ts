/** What must hold of a node that was killed: shared by the test of five kills and the drill of fifty. */
import assert from 'node:assert/strict'
import { cp, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromBase64url } from '@salus/base/bytes'
import { systemClock, systemRandom } from '@salus/base/clock'
import type { Sql } from '@salus/base/sqlite'
import type { Reach } from '@salus/cli/bench/world'
import { verifyConsistency } from '@salus/crypto/merkle'
import type { Receipt } from '@salus/journal/contract'
import { journalEntry } from '@salus/journal/entry'
import type { NoteKey } from '@salus/journal/note'
import { parseProof } from '@salus/journal/proof'
import { leaves } from '@salus/journal/sources'
import { verifyCheckpoint, verifyReceipt } from '@salus/journal/verify'
import { composeNode, type SalusNode } from '@salus/node-app/compose'
import { rebuildViews } from '@salus/node-app/rebuild'

/** Everything a node acknowledged: receipts by statement, and each checkpoint that it ever handed out. */
export type Acknowledged = {
  readonly receipts: Map<string, Receipt>
  readonly checkpoints: Set<string>
  /** Roots by size that the ledger holds of this journal, where somebody looked. */
  readonly heads?: ReadonlyMap<number, string>
}

/** `reach` with an ear on the wire: what left the node counts, whatever its client then made of it. */
export function recorded(reach: Reach): { reach: Reach; heard: Acknowledged } {
  const heard: Acknowledged = { receipts: new Map(), checkpoints: new Set() }
  const take = (statement: string | undefined, receipt: Receipt | undefined) => {
    if (!statement || !receipt) return
    heard.receipts.set(statement, receipt)
    heard.checkpoints.add(parseProof(receipt.proof).checkpoint)
  }
  async function listen(sent: string, answer: Response): Promise<void> {
    const asked = sent === '' ? {} : JSON.parse(sent)
    const told = (await answer.json()) as { receipts?: Receipt[]; receipt?: Receipt; checkpoint?: string }
    for (const [i, item] of (asked.items ?? []).entries()) take(item.statement, told.receipts?.[i])
    take(asked.statement, told.receipt)
    if (told.checkpoint) heard.checkpoints.add(told.checkpoint)
  }
  const fetch: Reach['fetch'] = async (url, init) => {
    const answer = await reach.fetch(url, init)
    // A body that was cut off in the middle was not acknowledged.
    if (answer.ok) await listen(typeof init.body === 'string' ? init.body : '', answer.clone()).catch(() => undefined)
    return answer
  }
  return { reach: { ...reach, fetch }, heard }
}

/** A copy, as a crash leaves it: the running node keeps its own files. */
async function copyOf(dir: string): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'salus-copy-'))
  await cp(dir, copy, { recursive: true })
  return copy
}

/** Every row of every table, as text. */
async function dump(sql: Sql): Promise<Record<string, string[]>> {
  return sql.tx(async (tx) => {
    const tables = await tx.all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    const out: Record<string, string[]> = {}
    for (const { name } of tables) {
      const rows = await tx.all(`SELECT * FROM "${name}"`)
      out[name] = rows.map((row) => JSON.stringify(row)).sort()
    }
    return out
  })
}

const ports = (dir: string) => ({ dir, clock: systemClock, random: systemRandom, log: () => {} })

/**
 * Opens a copy of the folder and proves: each acknowledged statement stands at its place, and its receipt verifies against
 * the log as it is now; all checkpoints ever handed out are heads of one log; journal and ledger verify from the first entry;
 * views made again are the same. Gives how much of each was looked at.
 */
export async function checkSurvivors(dir: string, heard: Acknowledged, logs: readonly NoteKey[]) {
  const copy = await copyOf(dir)
  const at = await composeNode(ports(copy))
  for (const [statement, receipt] of heard.receipts) await checkReceipt(at, statement, receipt, logs)
  const sizes = await checkHistory(at, heard, logs)
  const entries = await checkEntries(at)
  const { height } = await at.ledger.verify()
  const views = await dump(at.views)
  await at.close()
  await rebuildViews(ports(copy))
  const again = await composeNode(ports(copy))
  assert.deepEqual(await dump(again.views), views, 'views made again are the same')
  await again.close()
  return { acknowledged: heard.receipts.size, sizes, entries, height }
}

async function checkReceipt(at: SalusNode, statement: string, receipt: Receipt, logs: readonly NoteKey[]) {
  const found = await at.journal.receiptAt(receipt.index)
  assert.equal(found?.stored.token, statement, `entry ${receipt.index} is not what was acknowledged`)
  await verifyReceipt(statement, receipt, logs)
  const { entry } = await verifyReceipt(statement, found.receipt, logs)
  const then = journalEntry(fromBase64url(receipt.salt), statement, receipt.number, fromBase64url(receipt.previous))
  assert.deepEqual(entry, then, 'the place is the same')
}

/** Between each two neighbours stands a consistency proof, up to the newest head: no fork, no rewind. */
async function checkHistory(at: SalusNode, heard: Acknowledged, logs: readonly NoteKey[]): Promise<number> {
  const roots = new Map<number, Uint8Array>([...(heard.heads ?? [])].map(([size, root]) => [size, fromBase64url(root)]))
  for (const note of [...heard.checkpoints, at.journal.checkpoint()]) {
    const { size, root } = await verifyCheckpoint(note, logs)
    assert.deepEqual(roots.get(size) ?? root, root, `two histories of size ${size}`)
    roots.set(size, root)
  }
  const sizes = [...roots.keys()].filter((size) => size > 0).sort((a, b) => a - b)
  for (const [i, size2] of sizes.entries()) {
    const size1 = sizes[i - 1]
    if (size1 === undefined) continue
    const proof = await at.views.tx((v) => at.journal.log.consistency(v, size1, size2))
    const [root1, root2] = [roots.get(size1) as Uint8Array, roots.get(size2) as Uint8Array]
    assert.ok(verifyConsistency({ size1, size2, root1, root2, proof }), `no way from ${size1} to ${size2}`)
  }
  return sizes.length
}

/** From the first entry on, each statement that is kept opens its leaf. */
async function checkEntries({ sources, journal }: SalusNode): Promise<number> {
  const size = journal.log.size()
  for (let index = 0; index < size; index++) {
    const [leaf] = await sources.tx((s) => leaves(s, index, index + 1))
    assert.ok(leaf, `entry ${index} is missing`)
    const found = await journal.receiptAt(index)
    if (!found) continue
    const { salt, token, number, previous } = found.stored
    assert.deepEqual(journalEntry(salt, token, number, previous), new Uint8Array(leaf), `entry ${index}`)
  }
  return size
}
