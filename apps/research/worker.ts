/** The organisation's device on the market, in a worker of its own: keys and opened results' keys stay here. */
import { late, serve } from '@salus/web-app/rpc'
import { samples } from '@salus/web-app/samples'
import { becomeWith, follow, profiles, use } from './device/open.ts'

const offered = {
  ...{ becomeWith, follow, profiles, samples, use },
  ...late(() => import('./device/lab.ts'), ['catalogue', 'analyses', 'sample', 'quote', 'place']),
  ...late(() => import('./device/tasks.ts'), ['tasks', 'task', 'end']),
  ...late(() => import('./device/result.ts'), ['result', 'compare']),
  ...late(() => import('./device/hospital.ts'), ['holdings', 'audit', 'offered', 'change', 'withdraw']),
  ...late(() => import('./device/inbox.ts'), ['inbox', 'decide']),
  ...late(() => import('./device/host.ts'), ['machines']),
}
/** What the page may call. */
export type ResearchVerbs = typeof offered

serve(offered)
