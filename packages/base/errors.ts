/** The one error class of Salus; each package closes `Code` over its own union (docs: style, "Errors"). */

/** Values that may be logged: numbers, booleans and closed words. Never a handle, name, date, key or health datum. */
export type Facts = Readonly<Record<string, string | number | boolean>>

/** An error a person can act on: `code` picks the words and the HTTP status, `facts` are safe to log. */
export class AppError<Code extends string = string> extends Error {
  override readonly name = 'AppError'
  readonly code: Code
  readonly facts: Facts

  constructor(code: Code, facts: Facts = {}, options?: ErrorOptions) {
    super(code, options)
    this.code = code
    this.facts = facts
  }
}

/** Is `error` an AppError? By name and code, so that it holds across worker and module boundaries. */
export function isAppError(error: unknown): error is AppError {
  return error instanceof Error && error.name === 'AppError' && typeof (error as AppError).code === 'string'
}

/** Codes that base itself throws: all of them mean "the bytes are not what they claim to be". */
export type BaseCode = 'encoding-invalid' | 'json-invalid' | 'json-too-deep' | 'json-duplicate-key' | 'schema-mismatch'
