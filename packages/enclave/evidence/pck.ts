/** Intel's extension in a PCK certificate: which platform it is and at which level its key was made. */
import { hex } from '@salus/base/bytes'
import { contentOf, type Der, inside, numberOf, oidOf, readDer, TAG } from './asn1.ts'
import { createKept } from './keep.ts'
import { orRefuse } from './refuse.ts'
import type { Certificate } from './x509.ts'

export type Platform = {
  readonly fmspc: string
  readonly pceId: string
  /** Sixteen component versions, then the provisioning enclave's. */
  readonly components: readonly number[]
  readonly pceSvn: number
}

/** 1.2.840.113741.1.13.1 and below, hexadecimal. */
const SGX = '2a864886f84d010d01'
const [TCB, PCE_ID, FMSPC] = [`${SGX}02`, `${SGX}03`, `${SGX}04`]
const kept = createKept<Platform>(256)

/** The platform a PCK certificate speaks of; `chain-invalid` when the extension is absent or not as specified. */
export const platformOf = (certificate: Certificate): Platform =>
  orRefuse('chain-invalid', () => kept.get(certificate.fingerprint, () => parse(certificate)))

function parse(certificate: Certificate): Platform {
  const value = certificate.extensions.get(SGX)
  if (!value) throw new RangeError('pck')
  const fields = table(readDer(value))
  const tcb = table(one(fields, TCB))
  const versions = Array.from({ length: 17 }, (_, index) => {
    const number = numberOf(one(tcb, `${TCB}${(index + 1).toString(16).padStart(2, '0')}`))
    if (number > (index < 16 ? 255 : 65_535)) throw new RangeError('svn')
    return number
  })
  const [fmspc, pceId] = [contentOf(one(fields, FMSPC), TAG.octets), contentOf(one(fields, PCE_ID), TAG.octets)]
  if (fmspc.length !== 6 || pceId.length !== 2) throw new RangeError('pck')
  return { fmspc: hex(fmspc), pceId: hex(pceId), components: versions.slice(0, 16), pceSvn: versions[16]! }
}

/** A sequence of pairs: identifier and value. An identifier that stands twice is refused. */
function table(der: Der): Map<string, Der> {
  const found = new Map<string, Der>()
  for (const pair of inside(der)) {
    const [name, value, ...rest] = inside(pair)
    const oid = oidOf(name)
    if (!value || rest.length > 0 || found.has(oid)) throw new RangeError('pck')
    found.set(oid, value)
  }
  return found
}

function one(fields: ReadonlyMap<string, Der>, oid: string): Der {
  const value = fields.get(oid)
  if (!value) throw new RangeError('pck')
  return value
}
