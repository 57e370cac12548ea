/** Joins what an enclave's hardware said with what its vendor says of that hardware: evidence, which a broker can judge offline. */
import { base64, fromBase64url } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { checkWith, z } from '@salus/base/schema'
import { type Evidence, evidenceSchema } from '@salus/enclave/evidence/contract'
import type { RawQuote } from '@salus/enclave/task/messages'

const [sgx, tdx, snp] = evidenceSchema.options
/** A collateral file: Intel's texts for `sgx` and `tdx`; for `snp` what the machine itself does not give (its list, at least). */
export const collateralFile = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('sgx'), collateral: sgx.shape.collateral }),
  z.strictObject({ kind: z.literal('tdx'), collateral: tdx.shape.collateral }),
  z.strictObject({ kind: z.literal('snp'), collateral: snp.shape.collateral.partial() }),
])
export type CollateralFile = z.infer<typeof collateralFile>

const missing = () => new AppError('evidence-refused', { why: 'collateral' })

function snpEvidence({ report, certificates }: Extract<RawQuote, { kind: 'snp' }>, file: CollateralFile): unknown {
  const { crl, ...given } = certificates
  // The file's word goes before the machine's: certificates and lists are renewed, what lies beside a report may be old.
  const own = { ...given, ...(crl ? { crl: base64(fromBase64url(crl)) } : {}) }
  return { kind: 'snp', report, collateral: { ...own, ...file.collateral } }
}

/** Evidence of a raw quote; `read` gives the collateral as it is now (it is renewed every month). Error: `evidence-refused`. */
export const createCollate =
  (read: () => Promise<CollateralFile>) =>
  async (quote: RawQuote): Promise<Evidence> => {
    if (quote.kind === 'simulated') throw missing()
    const file = await read()
    if (file.kind !== quote.kind) throw missing()
    const evidence = quote.kind === 'snp' ? snpEvidence(quote, file) : { ...quote, collateral: file.collateral }
    try {
      return checkWith(evidenceSchema, evidence)
    } catch (cause) {
      throw new AppError('evidence-refused', { why: 'collateral' }, { cause })
    }
  }
