/** What every verb of the professional begins with. */
import { findKeyring } from '@salus/directory/device/verify'
import { fingerprint } from '@salus/directory/keyring'
import { professionWords } from '@salus/ui/vocabulary'
import { type OpenProfessional, openProfessional } from '../../people.ts'
import { type Arguments, type Option, required, type Screen } from '../../verb.ts'

export const device: Option = {
  ...{ name: 'device', value: 'DIR', required: true },
  words: { en: 'folder of the professional’s device', fr: 'dossier de l’appareil du professionnel' },
}

export const patientOption: Option = {
  ...{ name: 'patient', value: 'HANDLE', required: true },
  words: { en: 'the patient', fr: 'le patient' },
}

/** A role in words, with the code the desk types. */
const roleWords = (role: string, { language }: Screen): string =>
  `${professionWords[role]?.[language] ?? role} (${role})`

/** The line that a professional reads out at the desk: who it is, and as what he or she asks to be credentialed. */
export function deskLine(shown: string, role: string | undefined, screen: Screen): string {
  const fr = screen.language === 'fr'
  const as = role === undefined ? '' : roleWords(role, screen)
  if (fr) return `Lisez cette empreinte au guichet${as && `, et demandez l’habilitation ${as}`} : ${shown}`
  return `Read this fingerprint to the desk${as && `, and ask to be credentialed as ${as}`}: ${shown}`
}

/** Opens the device; as long as the desk has issued no credential, says what was asked of it. */
export async function opened(args: Arguments, screen: Screen): Promise<OpenProfessional> {
  const pro = await openProfessional(required(args, 'device'))
  const { asks } = pro.device
  if (asks === undefined) return pro
  const { credentials } = await findKeyring(pro.link, pro.keys.handle)
  if (credentials.length > 0) await pro.device.granted()
  else {
    screen.say(screen.language === 'fr' ? 'Pas encore d’habilitation.' : 'No credential yet.')
    screen.say(deskLine(fingerprint(pro.keys.device.publicKey), asks, screen))
  }
  return pro
}
