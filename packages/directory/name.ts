/** Names and other short words that strangers read: they say what they look like, or they are refused. */
import { z } from '@salus/base/schema'

/**
 * A name that stands on one line as it is read: no control or format character (one may turn the line around), no line or
 * paragraph separator, single spaces.
 */
export const NAME = /^[^\p{C}\p{Z}]+(?:\p{Zs}[^\p{C}\p{Z}]+)*$/u

/** Screens mark what is proved with a check mark: nobody brings one along. */
const CHECKED = /[\u2611\u2705\u2713\u2714\u2bbd\u{1f5f8}\u{1f5f9}]/u

/**
 * Words of somebody's own for a screen, `max` letters at most: a NAME in one spelling only (NFC: what looks the same is the
 * same), with a letter in it, no check mark, no angle bracket.
 */
export const shownWords = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(NAME)
    .regex(/\p{L}/u)
    .refine((one) => one === one.normalize('NFC') && !CHECKED.test(one) && !/[<>]/.test(one))
