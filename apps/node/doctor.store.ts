/** Compares two databases row for row, whatever their tables are. */
import type { Sql, Tx } from '@salus/base/sqlite'
import { digest } from '@salus/crypto/hash'

/** Rows read at once. */
const PAGE = 5_000

const tablesOf = async (tx: Tx): Promise<string[]> => {
  const rows = await tx.all<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' ORDER BY name",
  )
  return rows.map((row) => row.name)
}

/** One digest over all rows of a table, in an order of their own values: two tables with the same rows have the same. */
async function tableDigest(sql: Sql, table: string): Promise<string> {
  let all = ''
  for (let at = 0; ; at += PAGE) {
    const rows = await sql.tx((tx) => tx.all(`SELECT * FROM "${table}" ORDER BY 1, 2 LIMIT ? OFFSET ?`, PAGE, at))
    all = digest(all + rows.map((row) => JSON.stringify(Object.values(row).map(plain))).join('\n'))
    if (rows.length < PAGE) return all
  }
}

const plain = (value: unknown): unknown => (value instanceof Uint8Array ? [...value] : value)

/** Names of the tables in which the two differ. */
export async function differences(one: Sql, other: Sql): Promise<string[]> {
  const names = [...new Set([...(await one.tx(tablesOf)), ...(await other.tx(tablesOf))])]
  const differing: string[] = []
  for (const name of names) {
    const found = await Promise.all([one, other].map((sql) => tableDigest(sql, name).catch(() => 'none')))
    if (found[0] !== found[1]) differing.push(name)
  }
  return differing
}
