/** The two stores of a node's folder: sources, which must not be lost, and views, which are made again from them. */
import { accessSync, chmodSync, constants, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { openSqlite } from '@salus/base/sqlite'
import { viewSchema } from '@salus/journal/accept'
import type { Slice } from '@salus/journal/slice'
import { openSources } from '@salus/journal/sources'
import { ERASABLE_SCHEMA } from './erasable.ts'
import { databases } from './last.ts'

/** Opens both, and puts what closes them into `undo`. */
export async function openStores(dir: string, slices: readonly Slice[], undo: (() => unknown)[]) {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  // A folder that was there before keeps its own mode: closed here, since the stores inside follow the process's mask.
  chmodSync(dir, 0o700)
  // SQLite opens a file that it may not write without a word, and says so at the first statement: too late.
  const files = databases.map((one) => join(dir, one)).filter(existsSync)
  for (const one of files) accessSync(one, constants.R_OK | constants.W_OK)
  const sources = openSources(join(dir, 'sources.db'), ERASABLE_SCHEMA)
  undo.push(sources.close)
  const schema = viewSchema(slices)
  const views = openSqlite(join(dir, 'views.db'), { durability: 'off', schema, damaged: 'views-damaged' })
  undo.push(views.close)
  return { sources, views }
}
