/** Asking for many records in parts the node will answer (R17). */
import { isAppError } from '@salus/base/errors'

/** `list` in parts of at most `size`. */
export const pagesOf = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size))

/** Undefined where the node says that the part is too large: it is asked for again in halves. */
export async function orTooLarge<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (isAppError(error) && error.code === 'answer-too-large') return undefined
    throw error
  }
}
