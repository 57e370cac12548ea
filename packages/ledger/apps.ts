/** Module `apps`: what each organisation says the web apps it serves are, by the digest of their files (rule L14). */
import { AppError } from '@salus/base/errors'
import { type Bodies, bodies } from './contract.ts'
import type { LedgerCode } from './errors.ts'
import { memberOf } from './members.ts'
import { type BlockContext, type Draft, type Module, type Tx, txType, type View } from './module.ts'
import { appsReasons } from './reasons.ts'

/** The newest word of `org` on `app`; `time` is when its block was made (ms). */
export type Published = Bodies['app.publish'] & { readonly org: string; readonly height: number; readonly time: number }

const ROW = 'apps/published/'
const rowOf = (org: string, app: string) => `${ROW}${org}/${app}`

/** What `org` said last of `app`. */
export const publishedBy = (state: View, org: string, app: string): Published | undefined =>
  state.get<Published>(rowOf(org, app))

// Only the newest stays in the state; the older ones stand in their blocks.
function publish(state: Draft, { org, body }: Tx<Bodies['app.publish']>, { height, time }: BlockContext): void {
  const last = publishedBy(state, org, body.app)
  if (last?.digest === body.digest && last.version === body.version) throw new AppError<LedgerCode>('app-unchanged')
  const next: Published = { ...body, org, height, time }
  state.put(rowOf(org, body.app), next)
}

const published = (state: View): Published[] => state.list<Published>(ROW).map(([, row]) => row)

/** The module; query `apps/list`: what members say now. */
export const appsModule: Module = {
  name: 'apps',
  types: { 'app.publish': txType({ schema: bodies['app.publish'], apply: publish }) },
  reasons: appsReasons,
  queries: {
    list: (state) => published(state).filter(({ org }) => memberOf(state, org)?.status === 'member'),
  },
}
