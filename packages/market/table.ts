/** Rows as a text for spreadsheets (RFC 4180): what a spreadsheet would run as a formula is made text. */

const NUMBER = /^-?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i

/** One cell. A word that begins like a formula gets an apostrophe in front, unless it is a plain number. */
function cellOf(value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value)
  const safe = /^[\s]*[=+\-@]|^[\t\r]/.test(text) && !NUMBER.test(text) ? `'${text}` : text
  return /[",;\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** A line of names, then a line a row; columns are the first row's unless they are said. */
export function csvText(
  rows: readonly Readonly<Record<string, unknown>>[],
  names: readonly string[] = Object.keys(rows[0] ?? {}),
): string {
  const lines = [names, ...rows.map((row) => names.map((name) => row[name]))]
  return lines.map((line) => `${line.map(cellOf).join(',')}\n`).join('')
}
