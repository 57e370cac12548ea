/** How a step says no: one code, nothing of the evidence in it. */
import { AppError } from '@salus/base/errors'
import type { EvidenceCode } from './contract.ts'

/** Ends the check with `code`; only verify.ts catches it. */
export function refuse(code: EvidenceCode): never {
  throw new AppError<EvidenceCode>(code)
}

/** Runs `work`; whatever it throws, of ours or of the platform, comes out as `code`. */
export function orRefuse<T>(code: EvidenceCode, work: () => T): T {
  try {
    return work()
  } catch {
    return refuse(code)
  }
}
