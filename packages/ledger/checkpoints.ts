/** Module `checkpoints`: each log's newest head. The machine itself checks that a head extends the last (rule L8). */
import { fromBase64url } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { checkWith } from '@salus/base/schema'
import { verifyConsistency } from '@salus/crypto/merkle'
import { type Bodies, bodies, origin as originSchema } from './contract.ts'
import type { LedgerCode } from './errors.ts'
import { ownerOf } from './members.ts'
import { type BlockContext, type Draft, type Module, type Tx, txType, type View } from './module.ts'
import { checkpointsReasons } from './reasons.ts'

/** A log's head as all members know it; `time` is when its block was made (ms). */
export type Head = {
  readonly origin: string
  readonly org: string
  readonly size: number
  readonly root: string
  readonly time: number
}

type Advance = Bodies['log.advance']

const HEAD = 'checkpoints/head/'
const refuse = (code: LedgerCode) => new AppError<LedgerCode>(code)

/** The last recorded head of `origin`. */
export const headOf = (state: View, origin: string): Head | undefined => state.get<Head>(HEAD + origin)

// Nothing extends the empty tree provably (facts: consistency from 0 fails), so a first head comes without a proof.
function checkFirst({ proof }: Advance): void {
  if (proof.length > 0) throw refuse('log-proof-invalid')
}

// Equal sizes are told apart so that the owner learns which it was: a repetition is harmless, a fork is not.
function checkNext(head: Head, next: Advance): void {
  if (next.size < head.size) throw refuse('log-rewind')
  if (next.size === head.size) throw refuse(next.root === head.root ? 'log-unchanged' : 'log-fork')
  const extended = verifyConsistency({
    size1: head.size,
    size2: next.size,
    root1: fromBase64url(head.root),
    root2: fromBase64url(next.root),
    proof: next.proof.map((hash) => fromBase64url(hash)),
  })
  if (!extended) throw refuse('log-proof-invalid')
}

// Only the newest head stays in the state; the older ones stand in their blocks.
function advance(state: Draft, { org, body }: Tx<Advance>, { time }: BlockContext): void {
  const { origin, size, root } = body
  const head = headOf(state, origin)
  if (head) checkNext(head, body)
  else checkFirst(body)
  const next: Head = { origin, org, size, root, time }
  state.put(HEAD + origin, next)
}

/** The module; queries `checkpoints/list` and `checkpoints/head` (data: origin). */
export const checkpointsModule: Module = {
  name: 'checkpoints',
  types: {
    'log.advance': txType({
      schema: bodies['log.advance'],
      // Only the owner speaks for a log: another member could otherwise pin a head that the log never had.
      authorise(state, { org, body }) {
        if (ownerOf(state, body.origin) !== org) throw refuse('origin-other')
      },
      apply: advance,
    }),
  },
  reasons: checkpointsReasons,
  queries: {
    list: (state) => state.list<Head>(HEAD).map(([, head]) => head),
    head: (state, data) => headOf(state, checkWith(originSchema, data)),
  },
}
