/** Binds the journal's endpoints; decides nothing. Tiles and checkpoint are served by the node as plain files. */
import { base64url } from '@salus/base/bytes'
import { type Bound, bind } from '@salus/base/endpoint'
import { AppError } from '@salus/base/errors'
import type { Sql } from '@salus/base/sqlite'
import type { Journal } from './accept.ts'
import { type JournalCode, journalEndpoints } from './contract.ts'
import { chainAfter, chainHead } from './sources.store.ts'

/** Entries of a chain answered at once. */
const PAGE = 500

export function journalRoutes(journal: Journal, sources: Sql): Bound[] {
  return [
    bind(journalEndpoints.submit, async ({ input }) => ({ receipts: await journal.accept(input) })),
    bind(journalEndpoints.chain, async ({ principal, query }) => {
      const handle = 'handle' in principal ? principal.handle : ''
      const checkpoint = journal.checkpoint()
      return sources.tx(async (s) => {
        const rows = await chainAfter(s, handle as never, query.after, PAGE)
        const entries = rows.map(({ idx: index, number, previous, salt, at, token: statement }) => {
          return { index, number, previous: base64url(previous), salt: base64url(salt), at, statement }
        })
        return { entries, checkpoint, head: (await chainHead(s, handle as never)).number }
      })
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
