/** What an organisation's signing device does: it drafts a payload and signs it. The private key stops here. */
import { utf8 } from '@salus/base/bytes'
import { type SigningKey, signJws } from '@salus/crypto/jws'
import { canonical } from './canonical.ts'
import { type Bodies, bodies, type LedgerPayload, type Payload, TX_TYP } from './contract.ts'

/** Drafts a payload of this package's own types; throws where the body does not fit, before anything is signed. */
export function draftTx<T extends keyof Bodies>(
  at: { chain: string; org: string; seq: number },
  type: T,
  body: Bodies[T],
): LedgerPayload {
  return { chain: at.chain, org: at.org, seq: at.seq, type, body: bodies[type].parse(body) } as LedgerPayload
}

/** Signs `payload` with the organisation's key; `publicKey` is its base64url form. Gives the transaction's text. */
export const signTx = (privateKey: SigningKey, publicKey: string, payload: Payload): Promise<string> =>
  signJws(privateKey, { typ: TX_TYP, kid: publicKey }, utf8(canonical(payload)))
