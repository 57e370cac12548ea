/** A passkey's own secret (WebAuthn level 3, PRF extension): 32 bytes that only this passkey gives, and only to this origin. */
import { AppError } from '@salus/base/errors'
import { device } from '../device.ts'

type Prf = { prf?: { enabled?: boolean; results?: { first?: ArrayBuffer } } }

const firstOf = (credential: Credential | null): Uint8Array<ArrayBuffer> | undefined => {
  const results = (credential as PublicKeyCredential | null)?.getClientExtensionResults() as Prf | undefined
  const first = results?.prf?.results?.first
  return first && new Uint8Array(first)
}

/** Asks for a passkey of this app that is there already. */
export async function askPasskey(): Promise<Uint8Array<ArrayBuffer>> {
  const { salt } = await device.passkeyAccount()
  const challenge = crypto.getRandomValues(new Uint8Array(32))
  const extensions = { prf: { eval: { first: salt } } } as AuthenticationExtensionsClientInputs
  const got = await navigator.credentials
    .get({ publicKey: { challenge, userVerification: 'required', extensions } })
    .catch((cause) => {
      throw new AppError('passkey-refused', {}, { cause })
    })
  const first = firstOf(got)
  if (first?.length !== 32) throw new AppError('passkey-refused')
  return first
}

/** Makes a passkey on this device or its key; some give their secret only when asked again. */
export async function createPasskey(): Promise<Uint8Array<ArrayBuffer>> {
  const { id, salt } = await device.passkeyAccount()
  const created = await navigator.credentials
    .create({
      publicKey: {
        challenge: crypto.getRandomValues(new Uint8Array(32)),
        rp: { name: 'Salus' },
        // No name and no handle: a passkey list must not tell whose health record this is.
        user: { id, name: 'Salus', displayName: 'Salus' },
        pubKeyCredParams: [
          { type: 'public-key', alg: -8 },
          { type: 'public-key', alg: -7 },
        ],
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        extensions: { prf: { eval: { first: salt } } } as AuthenticationExtensionsClientInputs,
      },
    })
    .catch((cause) => {
      throw new AppError('passkey-refused', {}, { cause })
    })
  return firstOf(created) ?? askPasskey()
}
