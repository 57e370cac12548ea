/** Making a way of restoring and trying it at once: a way that was never tried is a hope. */
import { systemRandom } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import { newRecoveryCode } from '@salus/crypto/keychain'
import { changeWays } from '@salus/directory/device/keychain'
import { findKeychain, type Secret } from '@salus/directory/device/restore'
import type { OwnRecordBook } from '@salus/records/device/own'
import type { PatientDevice } from '@salus/records/device/patient'
import { type Device, homeWay, plainLink, type Reach } from './device.ts'
import type { Screen } from './verb.ts'

/** Sealed part of a patient's device that says: restoring was tried, and worked. */
const TRIED = 'recovery'

export const wasTried = async (device: Device): Promise<boolean> =>
  (await device.read<{ tried: boolean }>(TRIED))?.tried === true

/** Finds the own keychain by `secret`, as an empty device would; false when it is another's or nothing opens. */
export async function tryWay(device: Device, handle: string, secret: Secret, reach?: Reach): Promise<boolean> {
  try {
    // Where the record is at home: another hospital may not have the newest keychain yet (D46).
    const way = await homeWay(device, (await device.read<OwnRecordBook>('book')) ?? {}, reach)
    const { keychain } = await findKeychain(plainLink(device, way), secret)
    if (keychain.handle !== handle) return false
  } catch (error) {
    if (isAppError(error) && tellsNothing.has(error.code)) return false
    throw error
  }
  await device.write(TRIED, { tried: true })
  return true
}

const tellsNothing: ReadonlySet<string> = new Set([
  'keychain-unknown',
  'code-mistyped',
  'cannot-open',
  'share-mistyped',
])

/** Makes a fresh recovery code, in the place of the one before; the other ways stay. */
export async function newCode(patient: PatientDevice): Promise<string> {
  const code = newRecoveryCode(systemRandom)
  const keep = (way: { way: string }) => way.way !== 'code'
  await changeWays(patient.link, patient.keys, { add: [{ way: 'code', code }], keep }, patient.save)
  return code
}

/** Has the person type the code back, three times at most; true when it opened the keychain. */
export async function askBack(device: Device, handle: string, screen: Screen): Promise<boolean> {
  const fr = screen.language === 'fr'
  for (let i = 0; i < 3; i++) {
    const code = await screen.ask(fr ? 'Retapez le code de secours :' : 'Type the recovery code back:')
    if (code === '') return false
    if (await tryWay(device, handle, { way: 'code', code })) return true
    screen.say(fr ? 'Ce n’est pas ce code.' : 'That is not the code.')
  }
  return false
}

/** Shows a code and tries it; says what is left to do when that did not happen now. */
export async function showAndTry(device: Device, handle: string, code: string, screen: Screen): Promise<boolean> {
  const fr = screen.language === 'fr'
  screen.say(fr ? `Code de secours, à garder hors ligne : ${code}` : `Recovery code, keep it offline: ${code}`)
  const tried = await askBack(device, handle, screen)
  if (tried) screen.say(fr ? 'Restauration essayée : elle fonctionne.' : 'Restoring was tried: it works.')
  else {
    screen.say(
      fr
        ? 'Il reste à essayer le code : salus patient recovery check'
        : 'The code is still to be tried: salus patient recovery check',
    )
  }
  return tried
}
