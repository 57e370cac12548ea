/** Limits that several benches stand beside. */
import { utf8 } from '@salus/base/bytes'
import { generateDeviceKey } from '@salus/crypto/keys'
import { verifyEd25519Sync } from '@salus/crypto/verify'
import { rate, type Scale, sized } from './line.ts'

/** Ed25519 verifications per second, one thread, sync, key cached. */
export async function verifications(scale: Scale): Promise<number> {
  const { publicKey, privateKey } = await generateDeviceKey()
  const message = utf8('x'.repeat(900))
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, message))
  const count = sized(scale, 5_000, 50)
  return rate(count, async () => {
    for (let i = 0; i < count; i++) verifyEd25519Sync(publicKey, message, signature)
  })
}

const OAEP = { name: 'RSA-OAEP', hash: 'SHA-256' } as const

/** The RSA of one grant: seal to a person key, open with it (RSA-OAEP-3072), each key imported as it is there. */
export async function createRsaRoundtrip(): Promise<() => Promise<void>> {
  const wanted = { ...OAEP, modulusLength: 3072, publicExponent: Uint8Array.of(1, 0, 1) }
  const pair = await crypto.subtle.generateKey(wanted, true, ['encrypt', 'decrypt'])
  const jwk = await crypto.subtle.exportKey('jwk', pair.publicKey)
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', pair.privateKey)
  const { n = '', e = '' } = jwk
  return async () => {
    const key = await crypto.subtle.importKey('jwk', { kty: 'RSA', n, e }, OAEP, false, ['encrypt'])
    const sealed = await crypto.subtle.encrypt(OAEP, key, new Uint8Array(32))
    const own = await crypto.subtle.importKey('pkcs8', pkcs8, OAEP, false, ['decrypt'])
    await crypto.subtle.decrypt(OAEP, own, sealed)
  }
}
