/** Steps 8 and 9, the same for every kind: the measurement somebody accepts, and the data this very exchange expects. */
import { timingSafeEqual } from 'node:crypto'
import type { AcceptedMeasurement, EvidencePolicy, Measured } from './contract.ts'
import { refuse } from './refuse.ts'

/** E8 Is it one of the accepted measurements? An empty list accepts none. */
export function checkMeasured(measured: Measured, policy: EvidencePolicy): void {
  if (!policy.measurements.some((one) => accepts(one, measured))) refuse('measurement-other')
}

function accepts(one: AcceptedMeasurement, is: Measured): boolean {
  if (one.kind === 'sgx' && is.kind === 'sgx') {
    if ('mrEnclave' in one) return one.mrEnclave === is.mrEnclave
    return one.mrSigner === is.mrSigner && one.product === is.product && is.version >= one.minimumVersion
  }
  if (one.kind === 'tdx' && is.kind === 'tdx') {
    const same = one.mrTd === is.mrTd && one.rtmrs.every((rtmr, index) => rtmr === is.rtmrs[index])
    return same && (one.mrConfig === undefined || one.mrConfig === is.mrConfig)
  }
  if (one.kind === 'snp' && is.kind === 'snp') {
    return one.measurement === is.measurement && (one.hostData === undefined || one.hostData === is.hostData)
  }
  return one.kind === 'simulated' && is.kind === 'simulated' && one.measurement === is.measurement
}

/** E9 Is it the 64 bytes of this exchange? Compared in constant time. */
export function checkReportData(is: Uint8Array, expected: Uint8Array): void {
  if (is.length !== 64 || expected.length !== 64 || !timingSafeEqual(is, expected)) refuse('report-data-other')
}
