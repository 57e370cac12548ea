/** Summary tables as results tell them: what pages and files read of `describe`. */
import { z } from '@salus/base/schema'
import type { HostKind } from '@salus/enclave/deal'
import { csvText } from './table.ts'

const maybe = z.number().nullable().optional()
const figures = {
  ...{ n: maybe, missing: maybe, implausible: maybe, mean: maybe, sd: maybe },
  ...{ p5: maybe, p25: maybe, p50: maybe, p75: maybe, p95: maybe },
}
/** The answer of `describe`, as far as it is shown. Null: withheld by the gate. */
export const described = z.looseObject({
  n: z.number().nullable(),
  columns: z.array(
    z.looseObject({
      name: z.string(),
      ...figures,
      hospitals: z.array(z.looseObject({ site: z.string(), ...figures })),
      suppressed: z.boolean(),
      levels: z.array(z.looseObject({ level: z.string(), n: maybe, events: maybe })),
    }),
  ),
})
export type Described = z.infer<typeof described>

const NAMES = ['n', 'missing', 'implausible', 'mean', 'sd', 'p5', 'p25', 'p50', 'p75', 'p95'] as const
/** One line of figures: of a column over all hospitals, or at one. */
export type FigureRow = { readonly column: string; readonly site: string } & {
  readonly [N in (typeof NAMES)[number]]: number | null
}
type Figures = { readonly [N in (typeof NAMES)[number]]?: number | null | undefined }

const rowOf = (column: string, site: string, of: Figures): FigureRow =>
  ({ column, site, ...Object.fromEntries(NAMES.map((name) => [name, of[name] ?? null])) }) as FigureRow

/** Each column over all (`site` empty), then hospital by hospital where there are several. */
export const figureRows = ({ columns }: Described): FigureRow[] =>
  columns.flatMap((one) => [
    rowOf(one.name, '', one),
    ...(one.hospitals.length > 1 ? one.hospitals.map((own) => rowOf(one.name, own.site, own)) : []),
  ])

/** The same for a spreadsheet; each row names the kind of machine (rule A9). */
export const figuresCsv = (rows: readonly FigureRow[], machine: HostKind): string =>
  csvText(rows.map((row) => ({ ...row, machine })))

/** Each category with its people and its events. */
export const levelRows = ({ columns }: Described) =>
  columns.flatMap(({ name, levels }) =>
    levels.map(({ level, n, events }) => ({ column: name, level, n: n ?? null, events: events ?? null })),
  )
