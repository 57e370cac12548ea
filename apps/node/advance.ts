/** The journal's heads on the ledger: off the request path, proven consistent, so that no log can be rewound or forked. */
import { base64url, equal, fromBase64url } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import type { Sql } from '@salus/base/sqlite'
import type { Journal } from '@salus/journal/accept'
import type { JournalCode } from '@salus/journal/contract'
import type { Engine } from '@salus/ledger/contract'
import type { Operator } from './operator.ts'

export type AdvancePorts = {
  readonly ledger: Engine
  readonly journal: Journal
  readonly views: Sql
  readonly operator: Operator
  readonly origin: string
  /**
   * How much of the journal may be said: what the policy's witnesses have cosigned, who hold its entries (J32). A log that is lost is made
   * again up to its head, so no head names what nobody else has. All of it where nobody is asked.
   */
  readonly sayable: () => number
}

type Head = { size: number; root: string }

const headOf = (ledger: Engine, origin: string) => ledger.query('checkpoints/head', origin) as Promise<Head | undefined>

/**
 * A journal below or beside the head that its own ledger holds is an old backup or another log: it serves nothing
 * (architecture §3, "Revoking"; §4, "never resumed"). Throws `journal-closed`.
 */
export async function checkHead({
  ledger,
  journal,
  views,
  origin,
}: Omit<AdvancePorts, 'operator' | 'sayable'>): Promise<void> {
  const last = await headOf(ledger, origin)
  if (!last) return
  const closed = new AppError<JournalCode>('journal-closed', { size: journal.log.size(), known: last.size })
  if (journal.log.size() < last.size) throw closed
  const root = await views.tx((v) => journal.log.root(v, last.size))
  if (!equal(root, fromBase64url(last.root))) throw closed
}

/** Sends the journal's head to the ledger where it may say more than stands there. One at a time: whoever comes while one runs waits for it. */
export function createAdvance({ ledger, journal, views, operator, origin, sayable }: AdvancePorts) {
  let running: Promise<void> | undefined

  const next = async () => {
    const last = await headOf(ledger, origin)
    const [size, there] = [sayable(), last?.size ?? 0]
    // A log that is shorter than its head says so all the same: it is refused, and that is seen.
    if (size === there || (size < there && there <= journal.log.size())) return undefined
    const { root, proof } = await views.tx(async (v) => ({
      root: await journal.log.root(v, size),
      proof: last ? await journal.log.consistency(v, last.size, size) : [],
    }))
    return { origin, size, root: base64url(root), proof: proof.map(base64url) }
  }

  return (): Promise<void> => {
    running ??= operator.send('log.advance', next).finally(() => {
      running = undefined
    })
    return running
  }
}
