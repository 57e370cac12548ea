/**
 * Suites are data (architecture §3): one row covers the whole path from the person key to the packet, and each packet has the
 * suite of the key it is sealed to. What no row lists is refused.
 */
import { AppError } from '@salus/base/errors'
import type { CryptoCode } from './errors.ts'

/**
 * Every suite this version can seal and open. `packetAlgs` and `enc` are JOSE names (RFC 7518 §4.1, §5.1); `X-Wing` is ours
 * until JOSE has one (docs/suites.md writes the header down).
 */
export const suites = [
  {
    id: 1,
    personKey: 'RSA-OAEP-3072/SHA-256',
    compartment: 'X25519',
    packetAlgs: ['ECDH-ES', 'RSA-OAEP-256'],
    enc: 'A256GCM',
  },
  {
    id: 2,
    personKey: 'X-Wing',
    compartment: 'X-Wing',
    packetAlgs: ['X-Wing'],
    enc: 'A256GCM',
  },
] as const

export type Suite = (typeof suites)[number]
export type SuiteId = Suite['id']
export type PacketAlg = Suite['packetAlgs'][number]

/** The suite of whoever says nothing else. */
export const defaultSuite: SuiteId = 1

/** The row with that id; throws `suite-unknown`. */
export function suiteOf(id: unknown): Suite {
  const found = suites.find((suite) => suite.id === id)
  if (!found) throw new AppError<CryptoCode>('suite-unknown')
  return found
}
