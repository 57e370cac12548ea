/** How statements name the device key that signed them. */
import { okpThumbprint } from '@salus/crypto/keys'

/** RFC 7638 thumbprint of a device key. */
export const deviceThumbprint = (publicKey: string) => okpThumbprint('Ed25519', publicKey)
