/** The keys of one run: made inside, gone with the process. Evidence binds both to one nonce and one deal (rule N3). */
import { createHash } from 'node:crypto'
import { type Bytes, base64url, utf8 } from '@salus/base/bytes'
import type { Random } from '@salus/base/clock'
import { generateDeviceKey, generateKeyPair } from '@salus/crypto/keys'

/** `encryption`: X25519, data keys are sealed to it. `signing`: Ed25519, the outcome is signed with it. */
export type EnclavePublic = { readonly encryption: string; readonly signing: string }

export async function newEnclaveKeys(random: Random) {
  const pair = generateKeyPair(random, 1)
  const signing = await generateDeviceKey()
  return {
    publicKeys: { encryption: pair.publicKey, signing: signing.publicKey } satisfies EnclavePublic,
    privateKey: pair.privateKey,
    sign: async (message: Uint8Array) =>
      base64url(new Uint8Array(await crypto.subtle.sign('Ed25519', signing.privateKey, message as Bytes))),
    wipe: () => void pair.privateKey.fill(0),
  }
}
export type EnclaveKeys = Awaited<ReturnType<typeof newEnclaveKeys>>

/** The 64 bytes of report data: SHA-512 over what the broker asked and what the enclave is to be trusted with. */
export function reportDataOf(of: { nonce: string; keys: EnclavePublic; deal: string }): Bytes {
  const text = `salus-report-v1\n${of.nonce}\n${of.keys.encryption}\n${of.keys.signing}\n${of.deal}\n`
  const { buffer, byteOffset } = createHash('sha512').update(utf8(text)).digest()
  return new Uint8Array(buffer, byteOffset, 64).slice() as Bytes
}
