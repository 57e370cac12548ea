/** The data contract: what a hospital says of its file, and the public document of one version of a data set. */
import { field, z } from '@salus/base/schema'

/** One line: no line end or sign that turns the reading about could forge another beside it. */
const line = z.string().regex(/^[^\p{Cc}\p{Cf}]*$/u)
const short = line.min(1).max(120)
const long = z.string().max(2_000)
/** Words in both languages. */
const both = z.strictObject({ en: short, fr: short })
const bothLong = z.strictObject({ en: long, fr: long })
/** Said beforehand: this hospital may have no value of it at all. Without it such a column is an error. */
const mayBeEmpty = z.literal(true).optional()
const columnName = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/)
const missing = z.array(z.string().max(40)).max(20)

/** A measure: its unit (UCUM) and the range outside of which a value is an error of typing, never a measurement. */
const numberColumn = z
  .strictObject({
    ...{ name: columnName, title: both, kind: z.literal('number'), unit: line.max(40) },
    ...{ min: z.number(), max: z.number(), missing: missing.optional(), mayBeEmpty },
    /** Values lie on this grid (1: whole numbers); sample rows follow it. */
    step: z.number().positive().optional(),
    /** Its name in the file's first line, where that differs. */
    from: z.string().max(100).optional(),
  })
  .refine((one) => one.min < one.max)
const categoryColumn = z.strictObject({
  ...{ name: columnName, title: both, kind: z.literal('category') },
  /** `code` as the file spells it; further spellings in `also` (`1.0` beside `1`). */
  levels: z
    .array(z.strictObject({ code: line.min(1).max(40), title: both, also: missing.optional() }))
    .min(2)
    .max(1_000),
  ...{ missing: missing.optional(), mayBeEmpty },
  from: z.string().max(100).optional(),
})
export const contractColumn = z.union([numberColumn, categoryColumn])
export type ContractColumn = z.infer<typeof contractColumn>

/** How to read the file, and what its columns mean (`--schema`). */
export const dataContract = z
  .strictObject({
    format: z.literal('salus-contract/1'),
    title: both,
    description: bothLong,
    file: z.strictObject({
      header: z.boolean(),
      separator: z.enum([',', ';', '\t', '|']),
      decimal: z.enum(['.', ',']),
      encoding: z.enum(['utf-8', 'windows-1252', 'utf-16le']),
    }),
    columns: z.array(contractColumn).min(1).max(1_000),
  })
  .refine(({ columns }) => new Set(columns.map(({ name }) => name)).size === columns.length)
export type DataContract = z.infer<typeof dataContract>

/** What the document says of a column beside the contract: never a value of anybody. Counts are rounded. */
const columnCounts = z.strictObject({
  name: columnName,
  /** Percent of rows without a value, rounded to five. */
  missing: z.int().min(0).max(100),
  /** Rows of each level, in the contract's order, rounded; -1: fewer than the gate shows. */
  levels: z.array(z.int().min(-1)).optional(),
})

/** The public document of one version. Its digest stands in the offer, and so in every deal. */
export const datasetDocument = z.strictObject({
  format: z.literal('salus-dataset/1'),
  set: field.statementId,
  org: field.org,
  version: z.int().min(1).max(1_000_000),
  title: both,
  description: bothLong,
  columns: z.array(contractColumn).min(1).max(1_000),
  /** Rounded, unless the data is public. */
  rows: z.int().min(0),
  counts: z.array(columnCounts),
  /** Ciphertext in the store: SHA-256 and bytes. */
  file: z.strictObject({ digest: field.digest, bytes: field.count }),
  public: z.boolean(),
  terms: z.string().max(20_000),
  /** Where the hospital's key broker answers. */
  broker: z.url().max(200),
})
export type DatasetDocument = z.infer<typeof datasetDocument>

/** A column as the enclave's file names it: category values by their codes. */
export const columnHeadOf = (column: ContractColumn) =>
  column.kind === 'number'
    ? { name: column.name, kind: column.kind, unit: column.unit }
    : { name: column.name, kind: column.kind, levels: column.levels.map(({ code }) => code) }

/** What the encryption of a version's file is bound to. */
export const fileContext = ({ set, org, version }: Pick<DatasetDocument, 'set' | 'org' | 'version'>): string =>
  `salus-dataset/1\n${org}\n${set}\n${version}\n`

/** Codes of this part. */
export type DatasetCode =
  | 'csv-encoding'
  | 'csv-separator'
  | 'csv-ragged'
  | 'csv-quotes'
  | 'csv-damaged'
  | 'csv-empty'
  | 'csv-values'
  | 'contract-column-missing'
  | 'contract-column-empty'
  | 'object-missing'
  | 'object-changed'
  | 'store-unknown'
