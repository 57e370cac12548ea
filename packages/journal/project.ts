/** View rows of one accepted statement: written the same way when it is accepted and when the views are made again. */
import { AppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import { checkWith } from '@salus/base/schema'
import type { Tx } from '@salus/base/sqlite'
import type { JournalCode } from './contract.ts'
import { shownNumbers } from './home.ts'
import type { Accepted, AnyKind, Slice } from './slice.ts'
import { packetsOf, type Stored } from './sources.store.ts'
import { parseStatement, type Statement } from './statement.ts'

export type Projector = {
  /** The kind that `type` names; throws `statement-unknown-type`. */
  kindOf(type: string): AnyKind
  /** A stored statement, parsed again. */
  read(stored: Pick<Stored, 'token'>): { statement: Statement; body: unknown }
  /** Whose chain a statement enters; undefined where it says none. */
  chainOf(token: string): Handle | undefined
  /** Writes the rows of the kind's own slice, then those that other slices keep of it. */
  project(views: Tx, accepted: Accepted<unknown>): Promise<void>
  /** The same from what the sources still hold of it. */
  replay(sources: Tx, views: Tx, stored: Stored): Promise<void>
}

/** The kinds of all slices by type; a type that two slices define is a mistake of the host, not of a submission. */
export function createProjector(slices: readonly Slice[]): Projector {
  const kinds = new Map<string, AnyKind>()
  for (const kind of slices.flatMap((slice) => slice.kinds)) {
    if (kinds.has(kind.type)) throw new Error(`two kinds are called ${kind.type}`)
    kinds.set(kind.type, kind)
  }

  function kindOf(type: string): AnyKind {
    const kind = kinds.get(type)
    if (!kind) throw new AppError<JournalCode>('statement-unknown-type')
    return kind
  }

  async function project(v: Tx, accepted: Accepted<unknown>): Promise<void> {
    const { type } = accepted.statement
    await kindOf(type).project(v, accepted as never)
    for (const slice of slices) await slice.also?.[type]?.(v, accepted as never)
  }

  async function replay(s: Tx, v: Tx, stored: Stored): Promise<void> {
    const { chain, number, idx: index, at } = stored
    const said = read(stored)
    const packets = await packetsOf(s, index)
    for (const shown of await shownNumbers(s, kindOf(stored.type), { chain, number, index }))
      await project(v, { ...said, chain, number: shown, index, at, packets } as Accepted<unknown>)
  }

  function read(stored: Pick<Stored, 'token'>) {
    const statement = parseStatement(stored.token)
    return { statement, body: checkWith(kindOf(statement.type).body, statement.body) }
  }

  function chainOf(token: string): Handle | undefined {
    const { statement, body } = read({ token })
    const { chain } = kindOf(statement.type)
    return chain ? chain(body as never, statement) : statement.sub
  }

  return { kindOf, read, chainOf, project, replay }
}
