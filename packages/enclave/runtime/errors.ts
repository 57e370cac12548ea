/** What can go wrong between "here is an analysis" and its result; nothing the analysis says is repeated in an error. */
import { AppError, type Facts } from '@salus/base/errors'

/** Codes of the runtime. A hostile analysis can choose among them; it cannot add words of its own. */
export type RuntimeCode =
  | 'analysis-invalid'
  | 'analysis-trapped'
  | 'analysis-memory'
  | 'analysis-time'
  | 'analysis-output-invalid'

export const fail = (code: RuntimeCode, facts: Facts = {}) => new AppError<RuntimeCode>(code, facts)
