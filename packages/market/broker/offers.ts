/**
 * What the hospital itself signed: its own offers and its decisions by hand, read from the ledger's blocks and verified under its own
 * key. A node that tells of a deal may lie about everything else; it cannot make the hospital say that its data is public, or free,
 * or anybody's, or that it said yes.
 */
import { type Clock, seconds } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import { parseJson } from '@salus/base/json'
import { z } from '@salus/base/schema'
import { decodeJws } from '@salus/crypto/jws'
import { verifyEd25519Sync } from '@salus/crypto/verify'
import type { Deal, Leg } from '@salus/enclave/deal'
import { TX_TYP } from '@salus/ledger/contract'
import { type Bodies, bodies, isCovered, WAITS } from '../contract.ts'
import type { Trader } from '../device.ts'
import type { BrokerCode } from './endpoints.ts'

type Offer = Bodies['market.dataset']

const said = z.object({ chain: z.string(), org: z.string(), type: z.string(), body: z.unknown() })
type Said = z.infer<typeof said> & { readonly signed: (key: string) => boolean }

function read(tx: string): Said | undefined {
  try {
    const { payload, signingInput, signature } = decodeJws(tx, TX_TYP)
    const signed = (key: string) => verifyEd25519Sync(key, signingInput, signature)
    return { ...said.parse(parseJson(payload)), signed }
  } catch (error) {
    if (isAppError(error) || error instanceof z.ZodError) return undefined
    throw error
  }
}

const kept = ['market.dataset', 'task.decide']

/** What the hospital signed so far; `more` reads the blocks that came since. */
function createOwnWords(trader: Trader, present: string) {
  const offers = new Map<string, Offer>()
  const allowed = new Set<string>()
  let height = 0
  const take = ({ type, body }: Said): void => {
    const offer = type === 'market.dataset' ? bodies['market.dataset'].safeParse(body).data : undefined
    const word = type === 'task.decide' ? bodies['task.decide'].safeParse(body).data : undefined
    if (offer) offers.set(offer.order, offer)
    if (word?.allow) allowed.add(`${word.task} ${word.order}`)
  }
  return {
    offers,
    isAllowed: (task: string, order: string) => allowed.has(`${task} ${order}`),
    async more(): Promise<void> {
      for await (const { height: at, tx } of trader.transactions(height + 1)) {
        height = at
        const one = read(tx)
        // Under the key it has now: which keys came before it, nobody but the hospital could say, and a node might.
        if (one?.org === trader.org && kept.includes(one.type) && one.signed(present)) take(one)
      }
    },
  }
}

const DAY = 86_400
const lists = (list: readonly string[], one: string): boolean => list.length === 0 || list.includes(one)

/** Is the leg what the offer says? */
function isSame(offer: Offer, { data, key, public: open, gate }: Leg): boolean {
  const gates = Object.entries(offer.gate).every(([rule, value]) => gate[rule as keyof typeof gate] === value)
  return offer.data === data && offer.key === key && offer.public === open && gates
}

/** Is this deal one that the offer lets be? A deal made in time may wait for a decision, and then for its machine. */
function lets(offer: Offer, deal: Deal, now: number): boolean {
  if (!lists(offer.labs, deal.lab) || !lists(offer.analyses, deal.analysis)) return false
  if (!offer.kinds.includes(deal.kind) || (deal.kind === 'simulated' && !offer.public)) return false
  return isCovered(deal.purpose, offer.purposes) && now <= offer.until + WAITS.decide + DAY
}

/**
 * B1 Refuses a deal whose leg is not the offer that this hospital signed, or that waits for a yes which it did not sign: `deal-other`.
 * What was read is remembered; only what came since is read again.
 */
export function createOwnOffers(trader: Trader, publicKey: string, clock: Clock) {
  const words = createOwnWords(trader, publicKey)
  const find = (deal: Deal, { order }: Leg): Offer | undefined => {
    const offer = words.offers.get(order)
    return offer?.byHand && !words.isAllowed(deal.task, order) ? undefined : offer
  }
  return async (deal: Deal, leg: Leg): Promise<void> => {
    if (!find(deal, leg)) await words.more()
    const offer = find(deal, leg)
    if (!offer || !isSame(offer, leg) || !lets(offer, deal, seconds(clock())))
      throw new AppError<BrokerCode>('deal-other')
  }
}
