/** What the command line itself refuses with, and the hint that says which word of the command was meant. */
import { AppError, isAppError } from '@salus/base/errors'
import type { Both } from '@salus/ui/language'

/** Codes of the command line; words for people stand in ui. */
export type CliCode =
  | 'misuse'
  | 'checks-failed'
  | 'production-incomplete'
  | 'file-unwritable'
  | 'emergency-waiting'
  | 'identifier-known'
  | 'grant-taken-back'
  | 'record-erased'
  | 'roots-wrong'
  | 'newcomer-not-admitted'
  | 'ledger-disagrees'
  | 'desk-key-other'
  /** A proposal ends this organisation's key at another second than its own device says. */
  | 'desk-key-end'
  | 'roots-other'
  | 'desk-founded'
  | 'desk-not-named'
  | 'desk-unfounded'
  | 'app-missing'
  | 'app-manifest-wrong'
  | 'app-differs'
  | 'consortium-missing'
  | 'consortium-away'
  | 'consortium-running'
  | 'consortium-control'
  | 'consortium-size'
  | 'consortium-hospital'
  | 'consortium-node-ended'

/**
 * `error` with a sentence for the person who typed the command: what stands there may be a word of theirs, so that it goes
 * to their terminal and nowhere else, and facts stay safe to log.
 */
export const withHint = <E extends Error>(error: E, hint: Both): E & { readonly hint: Both } =>
  Object.assign(error, { hint })

/** A command that was not understood, and why. */
export const misuse = (hint: Both): AppError<CliCode> => withHint(new AppError<CliCode>('misuse'), hint)

/** The sentence an error carries, if it does. */
export const hintOf = (error: unknown): Both | undefined =>
  isAppError(error) ? (error as { hint?: Both }).hint : undefined
