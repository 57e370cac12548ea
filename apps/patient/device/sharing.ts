/** A summary behind a link, for somebody who has no account (SMART Health Links): made and sealed here. */
import { text } from '@salus/base/bytes'
import type { Category } from '@salus/base/categories'
import { endLink, type ListedLink, listLinks, shareLink } from '@salus/records/device/links'
import { sync } from '@salus/records/device/patient'
import { ownSummary } from '@salus/records/device/summary'
import type { Language } from '@salus/ui/language'
import { way } from '@salus/web-app/device'
import { change, fresh } from './open.ts'

/** What somebody chose to share. */
export type Share = {
  readonly categories: readonly Category[]
  readonly until: number
  readonly passcode?: string
  readonly label?: string
}

/** The own links, the newest first; the link itself where this device made it. */
export const shared = async (): Promise<ListedLink[]> => listLinks(await fresh())

/** Seals a summary and gives its link; `unreadable`: documents that are not in it because they do not open. */
export const share = (wanted: Share, language: Language): Promise<{ id: string; link: string; unreadable: number }> =>
  change(async (device) => {
    await sync(device)
    const { bytes, unreadable } = await ownSummary(device, language, wanted.categories)
    const { id, link } = await shareLink(device, { ...wanted, fhir: text(bytes), base: way.base })
    return { id, link, unreadable }
  })

/** Ends a link: what it opened is gone from the node. How often it had been opened. */
export const unshare = (id: string): Promise<number> =>
  change(async (device) => {
    const { opened } = await endLink(device, id)
    return opened.length
  })
