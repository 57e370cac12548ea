/** How statements name the device key that signed them. */
import { signingThumbprint } from '@salus/crypto/keys'

/** RFC 7638 thumbprint of a device key. */
export const deviceThumbprint = (publicKey: string) => signingThumbprint(publicKey)
