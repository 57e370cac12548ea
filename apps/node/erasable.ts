/** What the sources hold beside the chains: each package's own erasable tables, and how a person goes out of all of them. */
import type { Tx } from '@salus/base/sqlite'
import { forgetPushes, PUSH_SCHEMA } from '@salus/directory/push/store'
import { forgetRegistered, REGISTER_SCHEMA } from '@salus/directory/register'
import { OWN_ERASURES_SCHEMA } from '@salus/records/erasures'
import { KEPT_SCHEMA } from '@salus/records/kept'
import { forgetUses, LINK_SCHEMA } from '@salus/records/links/store'
import { ERASED_LINES_SCHEMA } from './erased.store.ts'

/** SQL of all of them. */
export const ERASABLE_SCHEMA = [
  ...[REGISTER_SCHEMA, KEPT_SCHEMA, OWN_ERASURES_SCHEMA, LINK_SCHEMA, PUSH_SCHEMA, ERASED_LINES_SCHEMA],
].join('\n')

/** Erases what they hold of a person, in the transaction that erases the chain. */
export async function eraseMore(s: Tx, handle: string): Promise<void> {
  for (const forget of [forgetRegistered, forgetUses, forgetPushes]) await forget(s, handle)
}
