/** The kinds of statements of links: shared, ended. What a link opens, and its passcode's verifier, go with it (R32, R33). */
import { AppError } from '@salus/base/errors'
import { parseWith } from '@salus/base/schema'
import type { Tx } from '@salus/base/sqlite'
import { type AnyKind, kind } from '@salus/journal/slice'
import {
  type LinkCode,
  type LinkShared,
  linkEnded,
  linkShared,
  MAX_LINK_LIFE,
  MAX_LINKS,
  MAX_SHARED,
  type SharedFile,
  sharedFile,
} from './contract.ts'
import { assertAddress } from './format.ts'
import { dropUses, endLinkRow, linkAt, linkById, saveLink, standingLinks } from './links.store.ts'

const fail = (code: LinkCode | 'not-allowed') => new AppError<LinkCode | 'not-allowed'>(code)

/** R32 Until a date within a year, so many at once; with a passcode exactly where the statement says so. Pure. */
export function decideLink(body: LinkShared, file: SharedFile, standing: number, now: number): void {
  if (body.until <= now || body.until > now + MAX_LINK_LIFE || standing >= MAX_LINKS) throw fail('link-refused')
  if (body.passcode !== (file.passcode !== undefined)) throw fail('link-refused')
  if (new Set(body.categories).size !== body.categories.length) throw fail('link-refused')
  assertAddress(file.base)
}

/** Nobody's link yet, under either name. */
async function assertFresh(v: Tx, id: string, link: string): Promise<void> {
  if ((await linkById(v, id)) || (await linkAt(v, link))) throw fail('link-refused')
}

const shared: AnyKind = kind({
  type: 'LinkShared',
  body: linkShared,
  signers: ['patient'],
  claims: (body) => ({ content: body.content }),
  async decide({ views, statement, body, chain, now, content = '' }) {
    if (statement.iss !== chain) throw fail('not-allowed')
    if (content.length > MAX_SHARED) throw fail('link-refused')
    await assertFresh(views, statement.id, body.link)
    decideLink(body, parseWith(sharedFile, content), await standingLinks(views, chain, now), now)
  },
  async project(v, { statement: { id }, body, chain, at }) {
    const { link, content, until, opens = null } = body
    const told = { categories: body.categories.join(), passcode: Number(body.passcode) }
    await saveLink(v, { id, link, patient: chain, content, until, opens, at, ended: null, ...told })
  },
})

const ended: AnyKind = kind({
  type: 'LinkEnded',
  body: linkEnded,
  signers: ['patient'],
  async decide({ views, statement, body, chain }) {
    if (statement.iss !== chain) throw fail('not-allowed')
    const row = await linkById(views, body.link)
    if (row?.patient !== chain || row.ended !== null) throw fail('link-unknown')
  },
  /** R33 The sealed file, what the passcode is held against, and what openers wrote of themselves are gone at once. */
  async effects(sources, { views, body, chain }) {
    const row = await linkById(views, body.link)
    if (!row) return
    await sources.dropContent(chain, row.content)
    await sources.own((s) => dropUses(s, row.link))
  },
  project: async (v, { body, at }) => void (await endLinkRow(v, body.link, at)),
})

export const linkKinds: readonly AnyKind[] = [shared, ended]
