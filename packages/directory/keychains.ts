/** Sealed keychains: found by a locator, counted by card; the own one with a session (D25-D27). */
import { fromBase64url } from '@salus/base/bytes'
import { seconds } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import type { Digest, Handle } from '@salus/base/ids'
import type { Tx } from '@salus/base/sqlite'
import { digest } from '@salus/crypto/hash'
import { contentOf, packetJwes } from '@salus/journal/sources'
import type { DirectoryCode } from './contract.ts'
import { loadKeyring } from './directory.store.ts'
import { findKeyring } from './find.ts'
import type { DirectoryPorts } from './ports.ts'
import { cardHolder, ownPacketsOf, type WayRow, wayAt } from './recovery.store.ts'
import { clearWrongPins, countWrongPin, wrongPins } from './register.store.ts'

/** Wrong PINs in a row after which a card opens nothing any more; its person makes a new one. */
export const MAX_WRONG_PINS = 5
/** Own packets in one answer. */
const PAGE = 100
const fail = (code: DirectoryCode) => new AppError<DirectoryCode>(code)

type Asked = { locator: string; card?: string | undefined }

/** The verbs. */
export const createKeychains = (ports: DirectoryPorts) => ({
  find: (input: Asked) => find(ports, input),
  own: (handle: string, after: number) => own(ports, handle, after),
})

/** D25 One answer for every reason why there is nothing. A card's tries are counted before anything is answered. */
async function find(ports: DirectoryPorts, { locator, card }: Asked) {
  const { views, sources, journal, clock } = ports
  const id = card === undefined ? undefined : digest(fromBase64url(card))
  const found = await views.tx(async (v) => {
    const way = await wayAt(v, digest(fromBase64url(locator)))
    const open = way && (way.until === null || way.until > seconds(clock())) ? way : undefined
    const holder = id === undefined ? undefined : await cardHolder(v, id)
    return sources.tx(async (s) => {
      if (!(await countTry(s, id, holder, open))) return 'locked' as const
      return open && open.card === (id ?? null) ? read(v, s, open) : undefined
    })
  })
  if (found === 'locked') throw fail('card-locked')
  if (!found) throw fail('keychain-unknown')
  const { handle, content, packet } = found
  return { view: await findKeyring(views, journal, handle), content, packet }
}

/**
 * False when the card is locked. Only cards that are in use are counted: rubbish fills no table. Only the holder's own way ends
 * a count.
 */
async function countTry(
  s: Tx,
  card: string | undefined,
  holder: string | undefined,
  way: WayRow | undefined,
): Promise<boolean> {
  if (card === undefined || holder === undefined) return true
  if ((await wrongPins(s, card)) >= MAX_WRONG_PINS) return false
  const right = way?.card === card && way.handle === holder
  await (right ? clearWrongPins(s, card) : countWrongPin(s, card, holder))
  return true
}

async function read(v: Tx, s: Tx, { handle, packet }: WayRow) {
  const state = await loadKeyring(v, handle)
  const content = state?.recovery && (await contentOf(s, handle as Handle, state.recovery.keychain as Digest))
  if (content === undefined) return undefined
  return { handle, content, packet: packet === null ? null : ((await packetJwes(s, [packet])).get(packet) ?? null) }
}

const own = ({ views, sources }: DirectoryPorts, handle: string, after: number) =>
  views.tx(async (v) => {
    const state = await loadKeyring(v, handle)
    const rows = await ownPacketsOf(v, handle, after, PAGE)
    return sources.tx(async (s) => {
      const jwes = await packetJwes(
        s,
        rows.map((one) => one.packet),
      )
      const chain = state?.recovery?.keychain
      const content = chain === undefined ? undefined : await contentOf(s, handle as Handle, chain as Digest)
      const packets = rows.flatMap(({ n, packet }) => ({ n, packet: jwes.get(packet) ?? '' }))
      return { content: content ?? null, packets: packets.filter((one) => one.packet !== '') }
    })
  })
