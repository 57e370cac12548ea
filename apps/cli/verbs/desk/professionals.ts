/** The desk and its professionals: who is there, who is vouched for. */
import { AppError } from '@salus/base/errors'
import { issueCredential, revokeCredential } from '@salus/directory/device/desk'
import { findKeyring } from '@salus/directory/device/verify'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { fingerprint } from '@salus/directory/keyring'
import type { Profession } from '@salus/directory/matrix'
import { professionWords } from '@salus/ui/vocabulary'
import { professionChoices } from '../../choices.ts'
import { handleFrom, type Option, option, required, untilSeconds, type Verb } from '../../verb.ts'
import { device, withDesk } from './shared.ts'

const nowSeconds = () => Math.floor(Date.now() / 1000)
const proOption: Option = {
  ...{ name: 'pro', value: 'HANDLE', required: true },
  words: { en: 'the professional', fr: 'le professionnel' },
}

export const professionals: Verb = {
  name: 'desk professionals',
  options: [device],
  words: { en: 'list the professionals of this organisation', fr: 'lister les professionnels de cette organisation' },
  run: (args, screen) =>
    withDesk(args, async ({ link }) => {
      const { professionals: all } = await link.call(directoryEndpoints.professionals)
      const none = { en: 'no credential', fr: 'sans habilitation' }
      for (const one of all) {
        const profession = professionWords[one.credential?.profession ?? ''] ?? none
        screen.say(`${one.handle}  ${fingerprint(one.device)}  ${one.name}  ${profession[screen.language]}`)
      }
      return { professionals: all }
    }),
}

export const issue: Verb = {
  name: 'desk issue-credential',
  options: [
    device,
    proOption,
    {
      ...{ name: 'role', value: 'ROLE', required: true, choices: professionChoices },
      words: { en: 'profession', fr: 'profession' },
    },
    {
      name: 'until',
      value: '365d',
      span: true,
      words: { en: 'end (365d when not given)', fr: 'fin (365d par défaut)' },
    },
  ],
  words: {
    en: 'vouch for a professional; the fingerprint on his or her device is typed here',
    fr: 'habiliter un professionnel ; l’empreinte affichée par son appareil est saisie ici',
  },
  run: (args, screen) =>
    withDesk(args, async ({ link, desk, keys }) => {
      const handle = handleFrom(required(args, 'pro'))
      const profession = required(args, 'role') as Profession
      const until = untilSeconds(option(args, 'until') ?? '365d', nowSeconds()) ?? 0
      const { keyring } = await findKeyring(link, handle)
      const typed = await screen.ask(
        screen.language === 'fr' ? 'Empreinte lue par le professionnel :' : 'Fingerprint the professional reads out:',
      )
      const same =
        fingerprint(keyring.devices[0] ?? '').replaceAll('-', '') === typed.toUpperCase().replace(/[^0-9A-Z]/g, '')
      if (!same) throw new AppError('fingerprint-unknown')
      // Whoever breaks the glass seals words for the review to this desk: a keeper's credential says to which key.
      const review = profession === 'keeper' ? { review: keys.register.publicKey } : {}
      const named = { handle, profession, name: keyring.name ?? '', until }
      const receipt = await issueCredential(link, desk, { ...named, ...review })
      screen.say(screen.language === 'fr' ? 'Habilitation délivrée.' : 'Credential issued.')
      return { pro: handle, profession, until, credential: receipt.id, receipt }
    }),
}

export const revoke: Verb = {
  name: 'desk revoke-credential',
  options: [device, proOption],
  words: { en: 'take a credential back, at once', fr: 'retirer une habilitation, immédiatement' },
  run: (args, screen) =>
    withDesk(args, async ({ link, desk }) => {
      const handle = handleFrom(required(args, 'pro'))
      const { professionals: all } = await link.call(directoryEndpoints.professionals)
      const credential = all.find((one) => one.handle === handle)?.credential
      if (!credential) throw new AppError('credential-unknown')
      const receipt = await revokeCredential(link, desk, handle, credential.id)
      screen.say(screen.language === 'fr' ? 'Habilitation retirée.' : 'Credential taken back.')
      return { pro: handle, receipt }
    }),
}
