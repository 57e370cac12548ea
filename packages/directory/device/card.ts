/** A card and its PIN as people hold and type them. */
import { base32, fromBase32 } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'

const CARD = 'SALUS-CARD-'

/** A card's secret as its QR or its print shows it. */
export const cardText = (card: Uint8Array): string => `${CARD}${(base32(card).match(/.{1,4}/g) ?? []).join('-')}`

/** Reads a card; `card-wrong` when it is none. */
export function cardFrom(typed: string): Uint8Array<ArrayBuffer> {
  const letters = typed.trim().toUpperCase()
  try {
    const card = fromBase32(letters.startsWith(CARD) ? letters.slice(CARD.length) : '')
    if (card.length === 32) return card
  } catch (error) {
    if (!isAppError(error)) throw error
  }
  throw new AppError('card-wrong')
}

/** A PIN has four to twelve digits. */
export function pinFrom(typed: string): string {
  const pin = typed.trim()
  if (!/^\d{4,12}$/.test(pin)) throw new AppError('pin-wrong')
  return pin
}
