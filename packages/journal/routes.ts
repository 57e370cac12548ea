/** Binds the journal's endpoints; decides nothing. Tiles and checkpoint are served by the node as plain files. */
import { base64url } from '@salus/base/bytes'
import { type Bound, bind } from '@salus/base/endpoint'
import { AppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import type { Sql } from '@salus/base/sqlite'
import type { Journal } from './accept.ts'
import { type JournalCode, journalEndpoints } from './contract.ts'
import { chainAfter, chainNumber } from './sources.store.ts'

/** Entries of a chain answered at once. */
const PAGE = 500

export function journalRoutes(journal: Journal, sources: Sql): Bound[] {
  return [
    bind(journalEndpoints.submit, async ({ input }) => ({ receipts: await journal.accept(input) })),
    bind(journalEndpoints.chain, ({ principal, query }) => {
      const handle = 'handle' in principal ? (principal.handle as Handle) : undefined
      if (!handle) throw new AppError<JournalCode>('not-found')
      return chainPage(journal, sources, handle, query)
    }),
    bind(journalEndpoints.show, async ({ input }) => {
      await journal.show(input.checkpoint)
      journal.check()
      return { size: journal.log.size() }
    }),
    bind(
      journalEndpoints.receipt,
      async ({ params }) => {
        const found = await journal.receiptAt(params.index)
        if (!found) throw new AppError<JournalCode>('not-found')
        return { statement: found.stored.token, receipt: found.receipt }
      },
      async ({ params }) => {
        const found = await journal.receiptAt(params.index)
        return found && { handles: [found.stored.chain, found.stored.iss], orgs: [found.stored.iss] }
      },
    ),
  ]
}

/** One page of a chain, up to the signed head: an entry of a group that is not signed yet comes with the next call. */
export async function chainPage(
  journal: Journal,
  sources: Sql,
  handle: Handle,
  { after, seen }: { after: number; seen: number },
) {
  const size = journal.log.size()
  const { rows, head } = await sources.tx(async (s) => ({
    rows: (await chainAfter(s, handle, after, PAGE)).filter((row) => row.idx < size),
    head: await chainNumber(s, handle, size),
  }))
  const told = await journal.told(rows)
  const entries = rows.map(({ idx: index, number, previous, salt, at, token: statement }, i) => {
    const { shown } = told[i] ?? {}
    const named = shown === undefined || shown === number ? {} : { shown }
    return { index, number, previous: base64url(previous), salt: base64url(salt), at, statement, ...named }
  })
  const proven = await journal.prove(rows.at(-1)?.idx, seen)
  // Erased between the two questions: there is no chain any more.
  if (!proven) throw new AppError<JournalCode>('not-found')
  return { entries, head, ...proven }
}
