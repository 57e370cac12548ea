/** The file behind CometBFT: the same tables as the embedded engine's, one transaction for each Commit. */
import { AppError, isAppError } from '@salus/base/errors'
import { field, parseWith, z } from '@salus/base/schema'
import { openSqlite, type Tx } from '@salus/base/sqlite'
import { canonical } from '../canonical.ts'
import type { Placed } from '../contract.ts'
import {
  findTx,
  LEDGER_SCHEMA,
  MOVED,
  type NewBlock,
  readBlocks,
  readMeta,
  readSaved,
  type StoredBlock,
  setMeta,
  writeBlock,
  writeState,
} from '../embedded.store.ts'
import type { LedgerCode } from '../errors.ts'
import { frontierText, type Saved } from '../snapshot.ts'

/** Where this file stands under CometBFT; `base` is the height that was reached before CometBFT took over (0: none). */
const standing = z.strictObject({
  base: z.int().min(0),
  height: z.int().min(0),
  time: z.int(),
  appHash: z.string(),
  /** Digest of the last header's text, or of the genesis. */
  previous: field.digest,
})
export type Standing = z.infer<typeof standing>

export type CometStore = {
  genesis(): Promise<string | undefined>
  /** Undefined where CometBFT has not taken this file over. */
  standing(): Promise<Standing | undefined>
  begin(genesis: string, saved: Saved, at: Standing): Promise<void>
  /** CometBFT takes over a file of the embedded engine: nothing of it changes, and no sequencer opens it any more. */
  takeOver(at: Standing): Promise<void>
  saved(): Promise<Saved>
  /** Durable when it resolves. */
  append(block: NewBlock, at: Standing): Promise<void>
  /** Puts a whole state in the place of the one that is there (state sync); blocks before it are not here then. */
  adopt(saved: Saved, at: Standing): Promise<void>
  blocks(from: number, limit: number): Promise<StoredBlock[]>
  find(digest: string): Promise<Placed | undefined>
  close(): Promise<void>
}

async function writeStanding(tx: Tx, at: Standing): Promise<void> {
  await setMeta(tx, MOVED, canonical(at))
}

async function readStanding(tx: Tx): Promise<Standing | undefined> {
  const text = await readMeta(tx, MOVED)
  if (text === undefined) return undefined
  try {
    return parseWith(standing, text)
  } catch (error) {
    throw isAppError(error) ? new AppError<LedgerCode>('chain-broken') : error
  }
}

/** Opens (or creates) the file at `path`; synchronous=FULL. */
export function openCometStore(path: string): CometStore {
  const sql = openSqlite(path, { durability: 'full', schema: LEDGER_SCHEMA, damaged: 'ledger-damaged' })
  return {
    genesis: () => sql.tx((tx) => readMeta(tx, 'genesis')),
    standing: () => sql.tx(readStanding),
    begin: (genesis, saved, at) =>
      sql.tx(async (tx) => {
        await writeState(tx, saved.rows)
        await setMeta(tx, 'log', frontierText(saved.log))
        await setMeta(tx, 'genesis', genesis)
        await writeStanding(tx, at)
      }),
    takeOver: (at) => sql.tx((tx) => writeStanding(tx, at)),
    saved: () =>
      sql.tx(async (tx) => {
        const at = await readStanding(tx)
        const saved = await readSaved(tx)
        return { ...saved, height: at?.height ?? saved.height, time: at?.time ?? saved.time }
      }),
    append: (block, at) =>
      sql.tx(async (tx) => {
        await writeBlock(tx, block)
        await writeStanding(tx, at)
      }),
    adopt: (saved, at) =>
      sql.tx(async (tx) => {
        await tx.run('DELETE FROM state')
        await writeState(tx, saved.rows)
        await setMeta(tx, 'log', frontierText(saved.log))
        await writeStanding(tx, at)
      }),
    blocks: (from, limit) => sql.tx((tx) => readBlocks(tx, from, limit)),
    find: (name) => sql.tx((tx) => findTx(tx, name)),
    close: () => sql.close(),
  }
}
