/** What a desk holds against the ledger before it signs a version of the roots that follows the one it trusts (N35, N38). */
import { systemClock } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import type { Roots } from '@salus/directory/consortium'
import { rootsDigest } from '@salus/node-app/proposal'
import { checkEnd } from '@salus/node-app/renewal'
import { type Change, checkSuccessor, type Successor } from '@salus/node-app/successor'
import type { DeskKeys } from '../../desk.keys.ts'
import type { CliCode } from '../../errors.ts'
import { type OpenDesk, openDesk } from '../../people.ts'
import { ask } from '../members.ts'

/** An organisation as the ledger has it. */
export type Row =
  | {
      readonly status?: string
      readonly key?: string
      readonly kind?: string
      readonly country?: string
      readonly journal?: { readonly vkey: string }
    }
  | undefined

const has = (row: Row, key: string): boolean => row?.status === 'member' && row.key === key

/** Throws where the ledger says otherwise: nothing is signed that the members did not decide, or the member itself did. */
export async function checkLedger(desk: Pick<OpenDesk, 'link'>, change: Change): Promise<void> {
  const row = (org: string): Promise<Row> => ask<Row>(desk as OpenDesk, 'members/get', org)
  if (change.what === 'rekeys' && !has(await row(change.org), change.key))
    throw new AppError<CliCode>('ledger-disagrees')
  if (change.what === 'leaves') {
    for (const org of change.orgs)
      if ((await row(org))?.status !== 'removed') throw new AppError<CliCode>('ledger-disagrees')
  }
  if (change.what !== 'joins' && change.what !== 'admits') return
  const { org, key, kind, country } = change.card
  const own = await row(org)
  const node = change.what === 'joins' ? await row(change.journal.operator) : undefined
  const kept = change.what === 'admits' || (node?.status === 'member' && node.journal?.vkey === change.journal.vkey)
  const same = own?.kind === kind && own.country === country
  if (!kept || !same || !has(own, key)) throw new AppError<CliCode>('newcomer-not-admitted')
}

/** When the own key ended this device knows itself: nobody proposes another second for it. */
function checkOwnEnd({ org, before }: Pick<DeskKeys, 'org' | 'before'>, change: Change): void {
  const own = change.what === 'rekeys' && change.org === org
  if (own && before && change.until !== before.until) throw new AppError<CliCode>('desk-key-end')
}

/**
 * One change to the roots that this device trusts, and just what the ledger says. A newcomer's own desk trusts no roots yet, and compares
 * the fingerprint.
 */
export async function checkFollows(made: Successor, pinned: Roots | undefined, dir: string): Promise<void> {
  const change = checkSuccessor(made)
  if ('until' in change) checkEnd(change.until, systemClock())
  if (!pinned) {
    // Whoever came before, and never met its node, takes nothing on trust either.
    if (change.what !== 'joins' && change.what !== 'admits') throw new AppError<CliCode>('desk-unfounded')
    return
  }
  if (rootsDigest(pinned) !== rootsDigest(made.previous)) throw new AppError<CliCode>('roots-other')
  const desk = await openDesk(dir)
  checkOwnEnd(desk.keys, change)
  await checkLedger(desk, change)
}
