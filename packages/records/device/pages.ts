/** Asking for many records in parts the node will answer (R17). */
import { isAppError } from '@salus/base/errors'

/** `list` in parts of at most `size`. */
export const pagesOf = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size))

/** A part is too large for one answer; something of it was damaged on the node's disk, and the rest of it was not. */
const inParts: ReadonlySet<string> = new Set(['answer-too-large', 'content-damaged'])

/** Undefined where the node says that the part cannot be had as a whole: it is asked for again in halves. */
export async function orTooLarge<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (isAppError(error) && inParts.has(error.code)) return undefined
    throw error
  }
}

/** The halves of a part; none of a single one: there is nothing smaller to ask for. */
export const halvesOf = <T>(part: readonly T[]): T[][] =>
  part.length > 1 ? pagesOf(part, Math.ceil(part.length / 2)) : []
