/** `salus pro init`: a professional's keys, made on the own device. */
import { AppError } from '@salus/base/errors'
import { checkWith } from '@salus/base/schema'
import { displayName } from '@salus/directory/contract'
import { enrol } from '@salus/directory/device/professional'
import { fingerprint } from '@salus/directory/keyring'
import { nodeAddress } from '../../address.ts'
import { personChoices } from '../../choices.ts'
import { fetchConsortium, makeDevice, plainLink, reachOf } from '../../device.ts'
import { option, required, type Verb } from '../../verb.ts'
import { deskLine, device } from './shared.ts'

export const init: Verb = {
  name: 'pro init',
  options: [
    device,
    { name: 'org', value: 'ORG', required: true, words: { en: 'organisation', fr: 'organisation' } },
    {
      ...{ name: 'role', value: 'ROLE', choices: personChoices },
      words: { en: 'what to ask the desk to be credentialed as', fr: 'l’habilitation à demander au guichet' },
    },
    {
      name: 'name',
      value: 'NAME',
      words: {
        en: 'name as patients will see it (asked for when absent)',
        fr: 'nom affiché aux patients (demandé sinon)',
      },
    },
    { name: 'node', value: 'URL', words: { en: 'address of the node', fr: 'adresse du nœud' } },
  ],
  words: {
    en: 'make a professional’s keys; the desk then compares the fingerprint',
    fr: 'créer les clés d’un professionnel ; le guichet compare ensuite l’empreinte',
  },
  async run(args, screen) {
    const fr = screen.language === 'fr'
    const role = option(args, 'role')
    const name =
      option(args, 'name') ?? (await screen.ask(fr ? 'Nom affiché aux patients :' : 'Name as patients will see it:'))
    const reach = reachOf({ base: nodeAddress(option(args, 'node')) })
    const consortium = await fetchConsortium(reach)
    // Asked before the folder is made: a typing error leaves nothing behind.
    const org = consortium.roots.organisations.find((one) => one.org === required(args, 'org'))?.org
    if (!org) throw new AppError('organisation-unknown')
    checkWith(displayName, name.normalize('NFC'))
    const folder = await makeDevice(required(args, 'device'), 'professional', reach, consortium, role)
    const keys = await enrol(plainLink(folder), { org, name }, (made) => folder.write('keys', made))
    const shown = fingerprint(keys.device.publicKey)
    screen.say(fr ? `Identifiant : ${keys.handle}` : `Handle: ${keys.handle}`)
    screen.say(deskLine(shown, role, screen))
    return { handle: keys.handle, fingerprint: shown, role }
  },
}
