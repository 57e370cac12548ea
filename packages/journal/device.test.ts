import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Call, Endpoint, Principal } from '@salus/base/endpoint'
import { owns } from '@salus/base/endpoint'
import type { Sql, Tx } from '@salus/base/sqlite'
import type { ChainEntry, Receipt } from './contract.ts'
import { journalEndpoints } from './contract.ts'
import { readChain, submit } from './device.ts'
import { journalEntry } from './entry.ts'
import { journalRoutes } from './routes.ts'
import type { Stored } from './sources.store.ts'
import { createPerson, openTestJournal } from './testing.ts'
import { createCheckpointCheck, EMPTY_CHAIN } from './verify.ts'

const folder = mkdtempSync(join(tmpdir(), 'salus-device-'))
const at = await openTestJournal(folder)
after(async () => {
  await at.close()
  rmSync(folder, { recursive: true, force: true })
})
const logs = [at.key]
const broken = { name: 'AppError', code: 'chain-broken' }
const unproven = { name: 'AppError', code: 'proof-invalid' }

/** Calls the bound routes in process, as `handle`; `change` is a node that lies. */
const callAs = (handle: string, change: (answer: never) => unknown = (answer) => answer, sources: Sql = at.sources) => {
  const principal: Principal = { role: 'patient', handle, org: 'sample-one', device: '' }
  const routes = journalRoutes(at.journal, sources)
  const call = async (endpoint: Endpoint, asked: { params?: unknown; query?: unknown; input?: unknown } = {}) => {
    const bound = routes.find((one) => one.endpoint === endpoint)!
    const request = { principal, params: asked.params, query: asked.query, input: asked.input } as never
    const owners = await bound.owners?.(request)
    if (bound.owners && !(owners && owns(principal, owners))) throw new Error('not one’s own')
    return endpoint.output.parse(change((await bound.handle(request)) as never))
  }
  return call as Call
}

const person = await createPerson()
const call = callAs(person.handle)
await submit(call, logs, [await person.found()])
const items = await Promise.all(Array.from({ length: 700 }, (_, i) => person.write(`sample ${i}`)))
const receipts: Receipt[] = []
for (let i = 0; i < 700; i += 350) receipts.push(...(await submit(call, logs, items.slice(i, i + 350))))

test('J6 a chain of several pages is read, each page proven to be in the log', async () => {
  const entries: ChainEntry[] = []
  const head = await readChain(call, logs, EMPTY_CHAIN, async (page) => void entries.push(...page))
  assert.deepEqual(
    entries.map((one) => one.statement).slice(1),
    items.map((one) => one.statement),
  )
  assert.equal(head.number, 701)
  assert.deepEqual(await readChain(call, logs, head, async () => assert.fail('nothing is new')), head)
  const [receipt] = await submit(call, logs, [await person.write('one more')])
  assert.equal((await readChain(call, logs, head, async () => {})).number, receipt!.number)
})

type Page = { entries: ChainEntry[]; head: number; proof?: string }
const read = (change: (page: Page) => Page) =>
  readChain(callAs(person.handle, change as never), logs, EMPTY_CHAIN, async () => {})

test('J6 a node that leaves out, changes or invents an entry is found', async () => {
  const without = (page: Page, i: number) => ({ ...page, entries: page.entries.toSpliced(i, 1) })
  await assert.rejects(
    read((page) => without(page, 3)),
    broken,
  )
  await assert.rejects(
    read((page) => without(page, page.entries.length - 1)),
    unproven,
  )
  await assert.rejects(
    read((page) => ({ ...page, entries: [] })),
    broken,
  )
  await assert.rejects(
    readChain(
      callAs(person.handle, ((page: Page) => ({ ...page, head: 1 })) as never),
      logs,
      { ...EMPTY_CHAIN, number: 2 },
      async () => {},
    ),
    broken,
  )
  const invented = (page: Page) => {
    const last = page.entries.at(-1)
    if (!last) return page
    return { ...page, entries: page.entries.with(-1, { ...last, statement: items[0]!.statement }) }
  }
  await assert.rejects(read(invented), unproven)
  await assert.rejects(
    read(({ proof: _, ...page }) => page),
    unproven,
  )
})

test('J6 an entry whose group is not signed yet is not shown', async () => {
  const size = at.journal.log.size()
  // The chain is read in the moment between a group's commit and its checkpoint: the sources are ahead of the head.
  const ahead: Sql = {
    ...at.sources,
    tx: (fn) =>
      at.sources.tx((tx) => {
        const all = async (sql: string, ...values: never[]) => {
          const rows = await tx.all(sql, ...values)
          const last = rows.at(-1)
          if (!last) return rows
          const next = { ...last, idx: size, number: Number(last.number) + 1 } as unknown as Stored
          return [...rows, { ...next, entry: journalEntry(next.salt, next.token, next.number, next.previous) }]
        }
        return fn({ ...tx, all } as Tx)
      }),
  }
  const head = await readChain(callAs(person.handle, undefined, ahead), logs, EMPTY_CHAIN, async () => {})
  assert.equal(head.number, 702)
})

test('J8 a device believes no receipt that does not verify', async () => {
  const lie = (change: (receipt: Receipt) => Receipt) =>
    callAs(person.handle, ((answer: { receipts: Receipt[] }) => ({ receipts: answer.receipts.map(change) })) as never)
  const one = [items[0]!]
  await assert.rejects(
    submit(
      lie((receipt) => ({ ...receipt, index: receipt.index + 1 })),
      logs,
      one,
    ),
    unproven,
  )
  await assert.rejects(
    submit(
      lie(() => receipts[1]!),
      logs,
      one,
    ),
    unproven,
  )
  await assert.rejects(submit(callAs(person.handle, (() => ({ receipts: [] })) as never), logs, one), unproven)
  assert.equal((await submit(call, logs, one))[0]!.index, receipts[0]!.index)
})

test('J8 receipts under one checkpoint have its signature checked once, and a forged one is refused each time', async () => {
  const checked = createCheckpointCheck()
  const note = at.journal.checkpoint()
  assert.equal(await checked(note, logs), await checked(note, logs))
  const forged = note.replace(/\n\d+\n/, '\n1\n')
  for (let i = 0; i < 2; i++) await assert.rejects(checked(forged, logs), { name: 'AppError', code: 'note-invalid' })
})

test('J8 a receipt is asked for by whom it concerns', async () => {
  const params = { index: receipts[5]!.index }
  const answer = await call(journalEndpoints.receipt, { params })
  assert.equal(answer.statement, items[5]!.statement)
  const stranger = await createPerson()
  await assert.rejects(callAs(stranger.handle)(journalEndpoints.receipt, { params }), /not one’s own/)
  await assert.rejects(call(journalEndpoints.receipt, { params: { index: 1_000_000 } }), /not one’s own/)
})
