import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { verifyConsistency } from '@salus/crypto/merkle'
import type { Receipt } from './contract.ts'
import { dumpTables } from './sample.store.ts'
import { createPerson, openTestJournal, type TestJournal } from './testing.ts'
import { verifyCheckpoint, verifyReceipt } from './verify.ts'

const ROUNDS = 5
const folder = mkdtempSync(join(tmpdir(), 'salus-journal-crash-'))
after(() => rmSync(folder, { recursive: true, force: true }))

type Acknowledged = { statement: string; receipt: Receipt }

/** Runs the child until it has printed `wanted` receipts and kills it soon after; gives all it printed. */
function killAfter(wanted: number): Promise<Acknowledged[]> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'crash.child.ts')],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  child.stdin.end(folder)
  let [printed, lines] = ['', 0]
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    printed += part
    lines += part.split('\n').length - 1
    // A random moment later: before, within and after a group's write.
    if (lines >= wanted) setTimeout(() => child.kill('SIGKILL'), Math.random() * 10)
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (_, signal) => {
      if (signal !== 'SIGKILL') reject(new Error(`the child ended by itself: ${signal}`))
      // A last line without its newline was cut by the kill and acknowledged nothing.
      resolve(
        printed
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line) as Acknowledged),
      )
    })
  })
}

/** Present, at its place, and under a checkpoint that the log of today extends. */
async function checkAll({ journal, key, views }: TestJournal, all: readonly Acknowledged[]): Promise<void> {
  const now = await verifyCheckpoint(journal.checkpoint(), [key])
  const seen = new Set<number>()
  for (const { statement, receipt } of all) {
    assert.equal((await journal.receiptAt(receipt.index))?.stored.token, statement)
    const { checkpoint: then } = await verifyReceipt(statement, receipt, [key])
    if (seen.has(then.size)) continue
    seen.add(then.size)
    const proof = await views.tx((v) => journal.log.consistency(v, then.size, now.size))
    const claim = { size1: then.size, size2: now.size, root1: then.root, root2: now.root, proof }
    assert.ok(verifyConsistency(claim), `${then.size} to ${now.size}`)
  }
}

test('J12 kill -9 at any moment, five times, loses nothing that was acknowledged', async () => {
  const all: Acknowledged[] = []
  for (let round = 1; round <= ROUNDS; round++) {
    const acknowledged = await killAfter(30 * round)
    assert.ok(acknowledged.length >= 30 * round)
    all.push(...acknowledged)
    const at = await openTestJournal(folder)
    assert.ok(at.journal.log.size() >= all.length + round, 'with the founding of each round')
    await checkAll(at, all)
    const person = await createPerson()
    await at.journal.accept({ items: [await person.found()] })
    await at.close()
  }
  const at = await openTestJournal(folder)
  const tables = await at.views.tx(dumpTables)
  await at.close()
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, `views.db${suffix}`), { force: true })
  const again = await openTestJournal(folder)
  assert.deepEqual(await again.views.tx(dumpTables), tables, 'and the views are those that are made anew')
  await again.close()
})
