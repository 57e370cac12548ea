/** The patient's side of links: a document sealed on this device and shared by a link; the list; the end (R32 to R34). */
import { type Bytes, base64url } from '@salus/base/bytes'
import type { Category } from '@salus/base/categories'
import { AppError } from '@salus/base/errors'
import { sealFile } from '@salus/crypto/file'
import { digest } from '@salus/crypto/hash'
import { paddedText } from '@salus/crypto/pad'
import { sign } from '@salus/directory/device/link'
import type { Receipt } from '@salus/journal/contract'
import { parseStatement } from '@salus/journal/statement'
import type { LinkCode } from '../links/contract.ts'
import { type LinkView, linkEndpoints } from '../links/endpoints.ts'
import { assertAddress, verifierOf, writeLink } from '../links/format.ts'
import { acting, type PatientDevice, publish, sync } from './sync.ts'

/** What is shared, for how long, with whom in mind. */
export type Sharing = {
  /** The document: FHIR JSON, as `ownSummary` gives it. */
  readonly fhir: string
  /** The categories it was made from: they stand in the statement. */
  readonly categories: readonly Category[]
  /** Where the node is reached from outside, without a slash at the end; https (or this machine). */
  readonly base: string
  /** Seconds since 1970, a year from now at most. */
  readonly until: number
  /** Four letters at least; told to the reader by another way than the link. */
  readonly passcode?: string
  /** Shown before the link is opened; stands in the link, never on the node. 80 letters at most. */
  readonly label?: string
  /** How often it opens at most, 1 to 1,000. */
  readonly opens?: number
}

/** A link that was made: `link` is the secret, for the reader alone. */
export type Shared = { readonly id: string; readonly link: string; readonly receipt: Receipt }

/**
 * R32 Seals the document under a fresh key that stands in the link and nowhere else; the node gets the ciphertext, padded, and
 * of a passcode what it can be held against. The link is kept on this device before anything is sent.
 */
export async function shareLink(device: PatientDevice, sharing: Sharing): Promise<Shared> {
  const { link: node, book } = device
  const { base, until, label, opens } = sharing
  const [key, part] = [node.random(32), base64url(node.random(32))]
  assertAddress(base)
  const flag = sharing.passcode === undefined ? {} : { flag: 'P' }
  const url = `${base}/shl/${part}`
  const link = writeLink({ url, key: base64url(key), exp: until, ...flag, ...(label ? { label } : {}) })
  const content = await contentOf(device, sharing, key)
  await sync(device)
  const { handle, signer } = await acting(device)
  const limit = opens === undefined ? {} : { opens }
  const about = { categories: sharing.categories, until, passcode: sharing.passcode !== undefined, ...limit }
  const body = { link: digest(part), content: digest(content), ...about }
  const statement = await sign(node, signer, { type: 'LinkShared', iss: handle, sub: handle, body })
  const { id } = parseStatement(statement)
  book.shlinks = { ...book.shlinks, [id]: link }
  await device.save()
  const [receipt] = await publish(device, { items: [{ statement, content }], epochs: [] })
  return { id, link, receipt: receipt as Receipt }
}

/** What the node keeps: not deflated but padded, so that its size says little. */
async function contentOf({ link: { random } }: PatientDevice, sharing: Sharing, key: Bytes): Promise<string> {
  const { base, fhir, passcode } = sharing
  const file = await sealFile(key, paddedText(fhir), { cty: 'application/fhir+json' }, random)
  const held = passcode === undefined ? {} : { passcode: await verifierOf(passcode, random) }
  return JSON.stringify({ base, file, ...held })
}

/** A link as the node tells it; `link`: the text itself, where this device made it and it still stands. */
export type ListedLink = LinkView & { readonly link?: string }

/** The own links, the newest first. Who opened one is the node's word: nobody signed it. */
export async function listLinks({ link: node, book }: PatientDevice): Promise<ListedLink[]> {
  const { links } = await node.call(linkEndpoints.mine)
  return links.map((one) => {
    const link = one.state === 'open' ? book.shlinks?.[one.id] : undefined
    return link === undefined ? one : { ...one, link }
  })
}

/** R33 Ends a link: what it opened is gone from the node. Gives the openings it told of last: they go with it. */
export async function endLink(
  device: PatientDevice,
  id: string,
): Promise<{ receipt: Receipt; opened: LinkView['opened'] }> {
  const known = (await listLinks(device)).find((one) => one.id === id && one.state !== 'ended')
  if (!known) throw new AppError<LinkCode>('link-unknown')
  const { handle, signer } = await acting(device)
  const draft = { type: 'LinkEnded', iss: handle, sub: handle, body: { link: id } }
  const statement = await sign(device.link, signer, draft)
  const [receipt] = await publish(device, { items: [{ statement }], epochs: [] })
  return { receipt: receipt as Receipt, opened: known.opened }
}
