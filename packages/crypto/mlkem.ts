/**
 * ML-KEM-768 (FIPS 203): the platform's own where WebCrypto has it (WICG "Modern Algorithms"), else @noble's. Both are held to
 * the same Wycheproof vectors. Internal to xwing.
 */
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import { type Bytes, equal } from '@salus/base/bytes'

export const ML_KEM_PUBLIC = 1184
export const ML_KEM_CIPHERTEXT = 1088
const NAME = 'ML-KEM-768'
const Q = 3329

/** What a decapsulation key is here: the platform's, or the bytes of FIPS 203 §7.3. */
export type MlKemKey = CryptoKey | Uint8Array
type Encapsulated = { readonly secret: Bytes; readonly ciphertext: Bytes }

/** The methods WebCrypto gains with ML-KEM; not in the platform's types yet. */
type Kem = {
  importKey(format: string, key: Uint8Array, name: string, extractable: boolean, uses: string[]): Promise<CryptoKey>
  encapsulateBits(name: string, key: CryptoKey): Promise<{ sharedKey: ArrayBuffer; ciphertext: ArrayBuffer }>
  decapsulateBits(name: string, key: CryptoKey, ciphertext: Uint8Array): Promise<ArrayBuffer>
}
const kem = () => crypto.subtle as unknown as Kem

let native: Promise<boolean> | undefined

/** Does the platform do it, and right? Asked once, by a round trip. */
export function isNative(): Promise<boolean> {
  native ??= probe()
  return native
}

async function probe(): Promise<boolean> {
  if (typeof kem().decapsulateBits !== 'function') return false
  try {
    const seed = new Uint8Array(64).fill(7)
    const { publicKey } = ml_kem768.keygen(seed)
    const { secret, ciphertext } = await encapsulateNative(publicKey)
    const key = await importNative(seed)
    return equal(secret, new Uint8Array(await kem().decapsulateBits(NAME, key, ciphertext)))
  } catch {
    return false
  }
}

const importNative = (seed: Uint8Array) => kem().importKey('raw-seed', seed, NAME, false, ['decapsulateBits'])

async function encapsulateNative(publicKey: Uint8Array): Promise<Encapsulated> {
  const key = await kem().importKey('raw-public', publicKey, NAME, false, ['encapsulateBits'])
  const { sharedKey, ciphertext } = await kem().encapsulateBits(NAME, key)
  return { secret: new Uint8Array(sharedKey), ciphertext: new Uint8Array(ciphertext) }
}

/** The public half of a 64-byte seed (d || z). */
export const mlKemPublic = (seed: Uint8Array): Bytes => ml_kem768.keygen(seed).publicKey as Bytes

/** Imports a 64-byte seed (d || z). */
export const importMlKem = async (seed: Uint8Array): Promise<MlKemKey> =>
  (await isNative()) ? importNative(seed) : ml_kem768.keygen(seed).secretKey

/** FIPS 203 §7.2, the check of an encapsulation key: each of its 768 numbers of 12 bits is below q. */
export function isMlKemPublic(publicKey: Uint8Array): boolean {
  if (publicKey.length !== ML_KEM_PUBLIC) return false
  for (let i = 0; i < 1152; i += 3) {
    const [a = 0, b = 0, c = 0] = publicKey.subarray(i, i + 3)
    if ((a | ((b & 15) << 8)) >= Q || ((b >> 4) | (c << 4)) >= Q) return false
  }
  return true
}

/** Throws on a key that fails the check, on either platform. */
export async function encapsulate(publicKey: Uint8Array): Promise<Encapsulated> {
  if (!isMlKemPublic(publicKey)) throw new RangeError('encapsulation key')
  if (await isNative()) return encapsulateNative(publicKey)
  const { sharedSecret, cipherText } = ml_kem768.encapsulate(publicKey)
  return { secret: sharedSecret as Bytes, ciphertext: cipherText as Bytes }
}

/** Never fails on a wrong ciphertext of the right length: it then gives another secret (implicit rejection). */
export async function decapsulate(key: MlKemKey, ciphertext: Uint8Array): Promise<Bytes> {
  if (ciphertext.length !== ML_KEM_CIPHERTEXT) throw new RangeError('ciphertext length')
  if (key instanceof Uint8Array) return ml_kem768.decapsulate(ciphertext, key) as Bytes
  return new Uint8Array(await kem().decapsulateBits(NAME, key, ciphertext))
}
