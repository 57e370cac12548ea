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
}

type Head = { size: number; root: string }

const headOf = (ledger: Engine, origin: string) => ledger.query('checkpoints/head', origin) as Promise<Head | undefined>

/**
 * A journal below or beside the head that its own ledger holds is an old backup or another log: it serves nothing
 * (architecture §3, "Revoking"; §4, "never resumed").
 */
async function checkHead({ ledger, journal, views, origin }: AdvancePorts): Promise<void> {
  const last = await headOf(ledger, origin)
  if (!last) return
  const closed = new AppError<JournalCode>('journal-closed', { size: journal.log.size(), known: last.size })
  if (journal.log.size() < last.size) throw closed
  const root = await views.tx((v) => journal.log.root(v, last.size))
  if (!equal(root, fromBase64url(last.root))) throw closed
}

export function createAdvance(ports: AdvancePorts) {
  const { ledger, journal, views, operator, origin } = ports
  const head = () => headOf(ledger, origin)
  let running: Promise<void> | undefined

  const next = async () => {
    const last = await head()
    const size = journal.log.size()
    if (size === 0 || size === last?.size) return undefined
    const { root, proof } = await views.tx(async (v) => ({
      root: await journal.log.root(v, size),
      proof: last ? await journal.log.consistency(v, last.size, size) : [],
    }))
    return { origin, size, root: base64url(root), proof: proof.map(base64url) }
  }

  return {
    /** One at a time: whoever comes while one runs waits for it. */
    advance: (): Promise<void> => {
      running ??= operator.send('log.advance', next).finally(() => {
        running = undefined
      })
      return running
    },
    /** Throws `journal-closed` where the ledger knows better. */
    check: () => checkHead(ports),
  }
}
