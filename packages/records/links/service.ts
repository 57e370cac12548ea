/** What the node offers of links: one's own list, the manifest for whoever has a link, what is past its date. */
import { base64url } from '@salus/base/bytes'
import { type Clock, type Random, seconds } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { parseWith } from '@salus/base/schema'
import type { Sql, Tx } from '@salus/base/sqlite'
import { digest } from '@salus/crypto/hash'
import { contentOf, contentSize, sourceEffects } from '@salus/journal/sources'
import { type LinkCode, MAX_TOLD, MAX_WRONG, type SharedFile, sharedFile } from './contract.ts'
import type { LinkView } from './endpoints.ts'
import { fits } from './format.ts'
import {
  countOpen,
  countWrong,
  dropUses,
  type LinkRow,
  linkAt,
  linksOf,
  linksPast,
  opensOf,
  type Use,
  useOf,
} from './links.store.ts'

export type LinkPorts = {
  readonly views: Sql
  readonly sources: Sql
  readonly clock: Clock
  readonly random: Random
}

/** What an opener sends, as the protocol names it. */
type Opener = {
  readonly recipient: string
  readonly passcode?: string | undefined
  readonly embeddedLengthMax?: number | undefined
}

const LISTED = 200
/** How long what openers wrote of themselves is kept after a link's date, seconds: thirty days. */
const TOLD_FOR = 30 * 86_400
const fail = (code: LinkCode) => new AppError<LinkCode>(code)

/** The verbs, with what they remember between calls. */
export function createLinks(ports: LinkPorts) {
  const turn = createTurns()
  const tickets = createTickets(ports)
  return {
    mine: (patient: string) => mine(ports, patient),
    /** R34 One at a time for each link: passcodes tried side by side count like those tried one after another. */
    manifest: (part: string, opener: Opener) => turn(part, () => manifest(ports, tickets, digest(part), opener)),
    file: (ticket: string) => file(ports, tickets, ticket),
    tidy: createTidy(ports),
  }
}

function stateOf({ ended, until, opens }: LinkRow, use: Use, now: number): LinkView['state'] {
  if (ended !== null) return 'ended'
  if (until <= now) return 'expired'
  if (use.wrong >= MAX_WRONG) return 'locked'
  return opens !== null && use.opens >= opens ? 'used' : 'open'
}

const mine = ({ views, sources, clock }: LinkPorts, patient: string) =>
  views.tx(async (v) => {
    const rows = await linksOf(v, patient, LISTED)
    return sources.tx(async (s) => {
      const links: LinkView[] = []
      for (const row of rows) {
        const use = await useOf(s, row.link)
        const { id, at, until, opens: most } = row
        const state = stateOf(row, use, seconds(clock()))
        const told = {
          categories: row.categories.split(','),
          passcode: row.passcode === 1,
          opened: await opensOf(s, row.link),
        }
        links.push({ id, at, until, most, state, ...use, ...told } as LinkView)
      }
      return { links }
    })
  })

/** A link that opens now, and its file. R34 One that does not looks like none, whatever the reason. */
async function open({ sources, clock }: LinkPorts, v: Tx, link: string) {
  const row = await linkAt(v, link)
  if (!row) throw fail('link-unknown')
  return sources.tx(async (s) => {
    const use = await useOf(s, link)
    const content = await contentOf(s, row.patient as never, row.content as never)
    if (stateOf(row, use, seconds(clock())) !== 'open' || content === undefined) throw fail('link-unknown')
    return { row, use, content: parseWith(sharedFile, content) }
  })
}

type Tickets = ReturnType<typeof createTickets>

async function manifest(ports: LinkPorts, tickets: Tickets, link: string, opener: Opener) {
  const { views, sources, clock } = ports
  const found = await views.tx((v) => open(ports, v, link))
  if (found.content.passcode) await checkPasscode(ports, found, opener.passcode)
  // Asked again after the passcode, which takes its time: the link may have been ended meanwhile.
  const { row, content } = await views.tx(async (v) => {
    const now = await open(ports, v, link)
    const said = { at: seconds(clock()), recipient: opener.recipient }
    await sources.tx((s) => countOpen(s, now.row, said, MAX_TOLD))
    return now
  })
  const form = { contentType: 'application/fhir+json', fhirVersion: '4.0.1' } as const
  const fitting = content.file.length <= (opener.embeddedLengthMax ?? Number.POSITIVE_INFINITY)
  if (fitting) return { files: [{ ...form, embedded: content.file }] }
  return { files: [{ ...form, location: `${content.base}/shl/files/${tickets.give(row.link)}` }] }
}

/** R34 A wrong passcode is on the disk as one before it is looked at: no crash gives a try back. */
async function checkPasscode(
  { sources }: LinkPorts,
  { row, use, content: { passcode: verifier } }: { row: LinkRow; use: Use; content: SharedFile },
  passcode: string | undefined,
): Promise<void> {
  const wrong = (left: number) => new AppError<LinkCode>('passcode-wrong', { remainingAttempts: left })
  // Nothing was tried.
  if (passcode === undefined || !verifier) throw wrong(MAX_WRONG - use.wrong)
  const tried = await sources.tx((s) => countTry(s, row))
  if (!(await fits(verifier, passcode))) throw wrong(MAX_WRONG - tried)
  await sources.tx((s) => countWrong(s, row, -1))
}

/** Takes one of the tries that are left; answers how many are gone with it. */
async function countTry(s: Tx, row: LinkRow): Promise<number> {
  if ((await useOf(s, row.link)).wrong >= MAX_WRONG) throw fail('link-unknown')
  await countWrong(s, row, 1)
  return (await useOf(s, row.link)).wrong
}

const TICKET_LIFE = 300
const MAX_TICKETS = 500

/** Addresses of files that were too large for their manifest: each once, for a while. State with a lifetime: one per node. */
function createTickets({ clock, random }: LinkPorts) {
  const waiting = new Map<string, { link: string; until: number }>()
  return {
    give(link: string): string {
      const ticket = base64url(random(32))
      waiting.set(ticket, { link, until: seconds(clock()) + TICKET_LIFE })
      for (const oldest of waiting.keys()) {
        if (waiting.size <= MAX_TICKETS) break
        waiting.delete(oldest)
      }
      return ticket
    },
    /** The link behind it, once. */
    take(ticket: string): string | undefined {
      const found = waiting.get(ticket)
      waiting.delete(ticket)
      return found && found.until > seconds(clock()) ? found.link : undefined
    },
  }
}

/** The opening was counted with the manifest: a link that may be opened once gives its file here. */
async function file({ views, sources, clock }: LinkPorts, tickets: Tickets, ticket: string): Promise<Response> {
  const link = tickets.take(ticket)
  const jwe = await views.tx(async (v) => {
    const row = link === undefined ? undefined : await linkAt(v, link)
    if (!row || row.ended !== null || row.until <= seconds(clock())) throw fail('link-unknown')
    const content = await sources.tx((s) => contentOf(s, row.patient as never, row.content as never))
    if (content === undefined) throw fail('link-unknown')
    return parseWith(sharedFile, content).file
  })
  return new Response(jwe, { headers: { 'content-type': 'application/jose', 'cache-control': 'no-store' } })
}

/**
 * R33 What a link opened goes when its date has come; what openers wrote of themselves, thirty days later. Answers how many
 * files went. Each run looks at what came past its date since the one before; the first looks at all.
 */
function createTidy({ views, sources, clock, random }: LinkPorts): () => Promise<number> {
  let since = -1
  return async () => {
    const now = seconds(clock())
    const past = await views.tx((v) => linksPast(v, since, now))
    const told = await views.tx((v) => linksPast(v, since - TOLD_FOR, now - TOLD_FOR))
    const gone = await sources.tx(async (s) => {
      const { dropContent } = sourceEffects(s, random, async () => {})
      let count = 0
      for (const { patient, content } of past) {
        if ((await contentSize(s, patient as never, content as never)) > 0) count++
        await dropContent(patient as never, content)
      }
      for (const { link } of told) await dropUses(s, link)
      return count
    })
    since = now
    if (gone > 0) await sources.settle()
    return gone
  }
}

/** Work under one name, one after another. */
function createTurns() {
  const last = new Map<string, Promise<unknown>>()
  return async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const mine = (last.get(name) ?? Promise.resolve()).then(work, work)
    last.set(name, mine)
    try {
      return await mine
    } finally {
      if (last.get(name) === mine) last.delete(name)
    }
  }
}
