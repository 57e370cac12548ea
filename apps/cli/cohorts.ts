/** What a broker remembers, in its folder. Cohorts of released keys: one sealed file a version, written whole before any key leaves. */
import { base64url, fromBase64url } from '@salus/base/bytes'
import type { HostKind } from '@salus/enclave/deal'
import type { Cohort, CohortStore } from '@salus/market/broker/cohorts'
import type { BrokerPorts } from '@salus/market/broker/service'
import type { Folder } from './device.ts'

type KeptGroup = { readonly of?: string; readonly rows: string }
/** An older program kept `rows` alone. */
type KeptCohort = { readonly task: string; readonly rows: string; readonly groups?: readonly KeptGroup[] }
type Kept = readonly KeptCohort[]

const opened = ({ task, rows, groups = [] }: KeptCohort): Cohort => ({
  ...{ task, rows: fromBase64url(rows) },
  groups: groups.map((one) => ({ ...one, rows: fromBase64url(one.rows) })),
})
const closed = ({ task, rows, groups = [] }: Cohort): KeptCohort => ({
  ...{ task, rows: base64url(rows) },
  groups: groups.map((one) => ({ ...one, rows: base64url(one.rows) })),
})

/** Of each lab; older ones do not count. */
const MOST_REFUSALS = 100

/** Kept under the device's master key: which people were in which result is the hospital's to know. */
export function cohortsIn(folder: Folder): CohortStore {
  const part = (data: string) => `cohorts-${data}`
  const read = async (data: string): Promise<Kept> => (await folder.read<Kept>(part(data))) ?? []
  const versions = async (): Promise<readonly string[]> => (await folder.read<string[]>('cohort-versions')) ?? []
  const refusals = async (lab: string): Promise<readonly number[]> =>
    (await folder.read<number[]>(`refused-${lab}`)) ?? []
  return {
    versions,
    async earlier(data) {
      return (await read(data)).map(opened)
    },
    async marks(data) {
      const marks = await folder.read<string>(`rows-${data}`)
      return marks === undefined ? undefined : fromBase64url(marks)
    },
    async keep(data, cohort, marks) {
      const known = await versions()
      // What is compared stands before what it is compared by is named.
      if (!known.includes(data)) {
        await folder.write(`rows-${data}`, base64url(marks))
        await folder.write('cohort-versions', [...known, data])
      }
      await folder.write(part(data), [...(await read(data)), closed(cohort)])
    },
    refusals,
    async refused(lab, at) {
      await folder.write(`refused-${lab}`, [...(await refusals(lab)), at].slice(-MOST_REFUSALS))
    },
    async drop(data, task) {
      const all = [...(await read(data))]
      const last = all.findLastIndex((one) => one.task === task)
      if (last >= 0) await folder.write(part(data), all.toSpliced(last, 1))
    },
  }
}

/** The highest TCB evaluation of each kind of machine, kept where the broker's other memory is. */
export function evaluationsIn(folder: Folder): BrokerPorts['evaluations'] {
  const highest = async (kind: HostKind): Promise<number> => (await folder.read<number>(`evaluation-${kind}`)) ?? 0
  return {
    highest,
    async saw(kind, number) {
      if (number > (await highest(kind))) await folder.write(`evaluation-${kind}`, number)
    },
  }
}
