/** The journal as C2SP tlog-tiles: checkpoint, tiles, entry bundles. Public: it holds salted commitments only. */
import { type Bytes, concat } from '@salus/base/bytes'
import type { Sql } from '@salus/base/sqlite'
import type { Journal } from '@salus/journal/accept'
import { parseTilePath } from '@salus/journal/log'
import { leaves } from '@salus/journal/sources'
import { readTile } from '@salus/journal/tiles'
import type { Hono } from 'hono'

const PREFIX = '/journal'
const IMMUTABLE = 'public, max-age=31536000, immutable'

const bytesAnswer = (bytes: Bytes) =>
  new Response(bytes, { headers: { 'content-type': 'application/octet-stream', 'cache-control': IMMUTABLE } })

/** Each entry with its big-endian uint16 length before it (tlog-tiles.md, "Log Entries"). */
const bundle = (entries: readonly Bytes[]) =>
  concat(...entries.flatMap((one) => [Uint8Array.of(one.length >> 8, one.length & 255), one]))

export function serveTiles(app: Hono, journal: Journal, views: Sql, sources: Sql): void {
  app.get(`${PREFIX}/checkpoint`, (c) => {
    c.set('route' as never, 'journal.checkpoint' as never)
    return c.text(journal.checkpoint(), 200, { 'cache-control': 'no-cache' })
  })
  app.get(`${PREFIX}/tile/*`, async (c) => {
    c.set('route' as never, 'journal.tile' as never)
    const tile = parseTilePath(c.req.path.slice(`${PREFIX}/tile/`.length))
    if (!tile) return c.notFound()
    const { level, n, width } = tile
    if (level === 'entries') {
      const found = await sources.tx((s) => leaves(s, n * 256, n * 256 + width))
      // Entries beyond the signed checkpoint are not part of the log yet.
      return found.length === width && n * 256 + width <= journal.log.size() ? bytesAnswer(bundle(found)) : c.notFound()
    }
    // What lies beyond the signed size is not part of the log yet, whatever the view already holds.
    if ((n * 256 + width) * 256 ** level > journal.log.size()) return c.notFound()
    const hashes = await views.tx((v) => readTile(v, level, n))
    return hashes && hashes.length >= 32 * width ? bytesAnswer(hashes.slice(0, 32 * width)) : c.notFound()
  })
}
