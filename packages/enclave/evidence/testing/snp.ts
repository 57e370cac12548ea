/** Synthetic SEV-SNP evidence under a test root: a recipe, changed at will, is put together and signed as it stands. */
import { sign } from 'node:crypto'
import { base64, base64url, concat } from '@salus/base/bytes'
import type { AmdProduct, SnpEvidence } from '../contract.ts'
import { fingerprintOf } from '../x509.ts'
import {
  type CertificateRecipe,
  certificate,
  filled,
  type Keys,
  keysOf,
  type ListRecipe,
  list,
  makeCertificate,
  makeList,
} from './certificates.ts'
import { ia5, integer } from './der.ts'

/** All that can be changed. `report`: the 0x2A0 signed bytes, at the offsets of snp-report.ts. */
export type SnpRecipe = {
  report: Uint8Array
  signer: Keys
  ark: CertificateRecipe
  ask: CertificateRecipe
  endorsement: CertificateRecipe
  productName: string
  chipId: Uint8Array
  /** Extension number to version: what the certificate says of the eight bytes. */
  spls: Record<number, number>
  /** Undefined: the evidence comes without a list. */
  crl: ListRecipe | undefined
}

/** A recipe whose evidence is affirmed: report version 2 to 5, for one family, by the chip's key or a leased one. */
export function snpRecipe(
  reportData: Uint8Array,
  { version = 2, product = 'Milan' as AmdProduct, leased = false } = {},
): SnpRecipe {
  const [ark, ask, key] = [keysOf('ark', 'rsa'), keysOf('ask', 'rsa'), keysOf('vcek', 'P-384')]
  const [top, middle] = [`ARK-${product}`, leased ? `SEV-VLEK-${product}` : `SEV-${product}`]
  const turin = product === 'Turin'
  const chipId = filled(0x77, turin ? 8 : 64)
  return {
    ...{ report: report(reportData, version, product, leased, chipId), signer: key },
    ark: certificate(top, top, 1, ark, ark, true),
    ask: { ...certificate(middle, top, 2, ask, ark, true), pathLength: 0, usage: 0x04 },
    endorsement: endorsementRecipe(leased ? 'SEV-VLEK' : 'SEV-VCEK', middle, key, ask),
    ...{ productName: `${product}-B0`, chipId, crl: list(top, ark) },
    spls: turin ? { 9: 1, 1: 2, 2: 0, 3: 5, 8: 68 } : { 1: 2, 2: 0, 3: 5, 4: 0, 5: 0, 6: 0, 7: 0, 8: 68 },
  }
}

function endorsementRecipe(name: string, issuer: string, key: Keys, signer: Keys): CertificateRecipe {
  const { usage: _, ...recipe } = certificate(name, issuer, 3, key, signer)
  return recipe
}

function report(reportData: Uint8Array, version: number, product: AmdProduct, leased: boolean, chipId: Uint8Array) {
  const bytes = new Uint8Array(0x2a0)
  bytes[0] = version
  // Guest policy: the bit that is always one, and SMT.
  bytes[10] = 0x03
  bytes[0x34] = 1
  bytes[0x48] = leased ? 1 << 2 : 0
  bytes.set(reportData, 0x50)
  bytes.set(filled(0x55, 48), 0x90)
  bytes.set(filled(0x66, 32), 0xc0)
  const tcb = product === 'Turin' ? [1, 2, 0, 5, 0, 0, 0, 68] : [2, 0, 0, 0, 0, 0, 5, 68]
  bytes.set(tcb, 0x180)
  bytes.set(tcb, 0x1f0)
  if (version >= 3) bytes.set(product === 'Turin' ? [0x1a, 0x02] : [0x19, product === 'Milan' ? 0x01 : 0x11], 0x188)
  bytes.set(chipId, 0x1a0)
  return bytes
}

const AMD = '2b060104019c7801'

/** DER of VCEK or VLEK. */
function makeEndorsement({ endorsement, productName, spls, chipId }: SnpRecipe): Uint8Array {
  const versions = Object.entries(spls).map(([spl, value]) => ({ oid: `${AMD}030${spl}`, value: integer(value) }))
  const leased = endorsement.commonName === 'SEV-VLEK'
  const own = [
    { oid: `${AMD}02`, value: ia5(productName) },
    ...versions,
    ...(leased ? [] : [{ oid: `${AMD}04`, value: chipId }]),
  ]
  return makeCertificate({ ...endorsement, extensions: [...own, ...endorsement.extensions] })
}

/** The report alone: signed bytes, r and s little-endian in 72 bytes each, zeros. */
export function makeReport({ report: covered, signer }: SnpRecipe): Uint8Array {
  const signature = sign('sha384', covered, { key: signer.privateKey, dsaEncoding: 'ieee-p1363' })
  const [r, s] = [signature.subarray(0, 48), signature.subarray(48)].map((part) => Uint8Array.from(part).reverse())
  const field = new Uint8Array(512)
  field.set(r!, 0)
  field.set(s!, 72)
  return concat(covered, field)
}

/** Puts evidence together. */
export function makeSnp(recipe: SnpRecipe): SnpEvidence {
  return {
    kind: 'snp',
    report: base64url(makeReport(recipe)),
    collateral: {
      endorsement: base64url(makeEndorsement(recipe)),
      ask: base64url(makeCertificate(recipe.ask)),
      ark: base64url(makeCertificate(recipe.ark)),
      ...(recipe.crl ? { crl: base64(makeList(recipe.crl)) } : {}),
    },
  }
}

/** What a policy must pin to believe a recipe. */
export const arkOf = ({ ark }: SnpRecipe): string => fingerprintOf(makeCertificate(ark))
