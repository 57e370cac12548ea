/** A data set in memory, as an analysis sees it: typed columns of one hospital. */

/** A column: numbers in `unit` (UCUM), or categories as indices into `levels`. NaN is "missing" in both. */
export type Column = {
  readonly name: string
  readonly kind: 'number' | 'category'
  readonly unit?: string
  readonly levels?: readonly string[]
  readonly values: Float64Array
}

/** One hospital's rows; every column has `rows` values. `site` names it in results. */
export type Table = { readonly site: string; readonly rows: number; readonly columns: readonly Column[] }
