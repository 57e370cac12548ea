/** Opens a SMART Health Link, whoever made it: no account, no session; what comes back is sealed, and opened here. */
import { type Bytes, fromBase64url } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import { checkWith, z } from '@salus/base/schema'
import { openFile } from '@salus/crypto/file'
import type { LinkCode } from '../links/contract.ts'
import { assertAddress, type LinkPayload, readLink } from '../links/format.ts'

/** Who opens, in words that the patient will read; the passcode, where the link wants one; what carries requests. */
export type Opening = {
  readonly recipient: string
  readonly passcode?: string
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
}

/** A file of a link, opened. */
export type LinkedFile = { readonly contentType: string; readonly bytes: Bytes }
export type OpenedLink = { readonly label?: string; readonly files: readonly LinkedFile[] }

/** Letters of an answer, at most. */
const MAX_TEXT = 48 * 1024 * 1024
/** Longest that an answer may take, milliseconds. */
const PATIENCE = 60_000

const manifest = z.object({
  files: z
    .array(
      z.object({
        contentType: z.string().max(200).default('application/fhir+json'),
        embedded: z.string().optional(),
        location: z.string().max(4_000).optional(),
      }),
    )
    .max(100),
})
const left = z.object({ remainingAttempts: z.int() })
const fail = (code: LinkCode) => new AppError<LinkCode>(code)

/** Does this link ask for a passcode? */
export const wantsPasscode = (text: string): boolean => readLink(text).flag?.includes('P') ?? false

/** All files of a link. `passcode-missing` before anything is asked; `passcode-wrong` with the tries left. */
export async function openLink(text: string, opening: Opening): Promise<OpenedLink> {
  const link = readLink(text)
  if (link.flag?.includes('P') && opening.passcode === undefined) throw fail('passcode-missing')
  const sealed = link.flag?.includes('U') ? [await direct(link, opening)] : await listed(link, opening)
  const key = fromBase64url(link.key)
  const files: LinkedFile[] = []
  for (const { contentType, jwe } of sealed) {
    const { bytes, cty } = await openFile(key, jwe)
    files.push({ contentType: contentType ?? cty ?? 'application/fhir+json', bytes })
  }
  return { ...(link.label === undefined ? {} : { label: link.label }), files }
}

type Sealed = { readonly contentType?: string; readonly jwe: string }

/** With the flag U the address gives the one file. */
async function direct({ url }: LinkPayload, opening: Opening): Promise<Sealed> {
  const asked = new URL(url)
  asked.searchParams.set('recipient', opening.recipient)
  return { jwe: await textOf(opening, asked.href, { method: 'GET' }) }
}

async function listed({ url }: LinkPayload, opening: Opening): Promise<Sealed[]> {
  const { recipient, passcode } = opening
  const body = JSON.stringify({ recipient, ...(passcode === undefined ? {} : { passcode }) })
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
  const { files } = read(manifest, await textOf(opening, url, init))
  const sealed: Sealed[] = []
  for (const { contentType, embedded, location } of files) {
    if (embedded === undefined && location === undefined) throw fail('link-unreadable')
    sealed.push({ contentType, jwe: embedded ?? (await placed(opening, location ?? '')) })
  }
  return sealed
}

async function placed(opening: Opening, location: string): Promise<string> {
  assertAddress(location.slice(0, 100))
  return textOf(opening, location, { method: 'GET' })
}

function read<T>(schema: z.ZodType<T>, said: string): T {
  try {
    return checkWith(schema, JSON.parse(said))
  } catch (error) {
    throw isAppError(error) || error instanceof SyntaxError ? fail('link-unreadable') : error
  }
}

async function textOf({ fetch }: Opening, url: string, init: RequestInit): Promise<string> {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE) }).catch((cause) => {
    throw new AppError('node-unreachable', {}, { cause })
  })
  const said = await bounded(answer)
  if (answer.status === 401) {
    throw new AppError<LinkCode>('passcode-wrong', { remainingAttempts: read(left, said).remainingAttempts })
  }
  if (answer.status === 404) throw fail('link-unknown')
  if (!answer.ok) throw fail('link-unreadable')
  return said.trim()
}

async function bounded(answer: Response): Promise<string> {
  const parts: string[] = []
  let size = 0
  const decoder = new TextDecoder()
  for await (const part of answer.body ?? []) {
    size += part.length
    if (size > MAX_TEXT) throw fail('link-unreadable')
    parts.push(decoder.decode(part, { stream: true }))
  }
  return parts.join('')
}
