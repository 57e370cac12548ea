/** Where an enclave's evidence comes from: the development key, Gramine's device files, or the kernel's TSM interface. */
import { type Bytes, base64url } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { quoteByGramine } from '../evidence/gramine.ts'
import { simulateEvidence } from '../evidence/simulated.ts'
import { quoteByTsm, type Shown } from '../evidence/tsm.ts'
import { measureSources } from '../measure.ts'
import type { RawQuote } from './messages.ts'

/** Where each source lies on its machine; `simulated` asks nobody. */
export const evidenceFolders = {
  simulated: undefined,
  gramine: '/dev/attestation',
  tsm: '/sys/kernel/config/tsm/report',
} as const
/** How a host runs its enclaves. */
export type EvidenceSource = keyof typeof evidenceFolders

/** Asks for evidence over 64 bytes. */
export type QuotePort = (reportData: Bytes) => Promise<RawQuote>

/** Signed by the development key: it proves nothing, and says so. */
const simulatedQuote: QuotePort = async (reportData) => ({
  kind: 'simulated',
  evidence: simulateEvidence(measureSources(), reportData),
})

/** What the hardware gave, as it goes to the host, which adds the vendor's collateral. */
function rawOf(shown: Shown): RawQuote {
  if (shown.kind !== 'snp') return { kind: shown.kind, quote: base64url(shown.quote) }
  const certificates = Object.entries(shown.certificates).map(([role, der]) => [role, base64url(der)])
  return { kind: 'snp', report: base64url(shown.report), certificates: Object.fromEntries(certificates) }
}

/** The port of a source; `folder` where its files lie, when not at their usual place. Anything but a known word simulates nothing and ends. */
export function quotePort(source: string, folder?: string): QuotePort {
  const hardware: Readonly<Record<string, (reportData: Bytes) => Promise<Shown>>> = {
    gramine: (reportData) => quoteByGramine(reportData, folder ?? evidenceFolders.gramine),
    tsm: (reportData) => quoteByTsm(reportData, { random: systemRandom, folder: folder ?? evidenceFolders.tsm }),
  }
  if (source === 'simulated') return simulatedQuote
  const ask = Object.hasOwn(hardware, source) ? hardware[source] : undefined
  if (!ask) throw new RangeError('evidence source')
  // One after another: Gramine's two files are one question and its answer, and hospitals ask at the same time.
  let last: Promise<unknown> = Promise.resolve()
  return (reportData) => {
    const raw = last.then(async () => rawOf(await ask(reportData)))
    last = raw.catch(() => undefined)
    return raw
  }
}
