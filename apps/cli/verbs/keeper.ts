/** The emergency keeper: its keys, and its process. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '@salus/base/errors'
import { enrol } from '@salus/directory/device/professional'
import { fingerprint } from '@salus/directory/keyring'
import { fileKeys, fileMemory, writeKeyFile } from '@salus/keeper-app/file'
import { signerOf } from '@salus/keeper-app/keys'
import { type KeeperLine, keepLink, watch } from '@salus/keeper-app/watch'
import { nodeAddress } from '../address.ts'
import {
  fetchConsortium,
  holdDevice,
  makeDevice,
  openDevice,
  plainLink,
  type Reach,
  reachOf,
  sessionLink,
} from '../device.ts'
import { letGo, untilAsked } from '../until.ts'
import { type Option, option, required, type Screen, type Verb } from '../verb.ts'

const device: Option = {
  ...{ name: 'device', value: 'DIR', required: true },
  words: { en: 'folder of the keeper', fr: 'dossier du gardien' },
}
/** Where its two private keys lie. */
export const keyFile = (dir: string) => join(dir, 'keeper.keys')

/** Makes a keeper's folder and keyring; its desk then compares the fingerprint. Gives the keeper's handle. */
export async function initKeeper(dir: string, org: string, name: string, reach: Reach) {
  const consortium = await fetchConsortium(reach)
  const known = consortium.roots.organisations.find((one) => one.org === org)?.org
  if (!known) throw new AppError('organisation-unknown')
  const folder = await makeDevice(dir, 'keeper', reach, consortium)
  // Suite 1 whatever the roots say: RSA-OAEP is what security modules do. Epochs of any suite come in its packets.
  const link = { ...plainLink(folder, reach), suite: 1 } as const
  const keys = await enrol(link, { org: known, name }, (made) => writeKeyFile(keyFile(dir), made))
  return { handle: keys.handle, device: keys.device.publicKey }
}

const init: Verb = {
  name: 'keeper init',
  options: [
    device,
    { name: 'org', value: 'ORG', required: true, words: { en: 'organisation', fr: 'organisation' } },
    { name: 'name', value: 'NAME', words: { en: 'name as patients will see it', fr: 'nom affiché aux patients' } },
    { name: 'node', value: 'URL', words: { en: 'address of the node', fr: 'adresse du nœud' } },
  ],
  words: {
    en: 'make an emergency keeper’s keys; its desk then issues the credential keeper',
    fr: 'créer les clés d’un gardien des urgences ; le guichet lui délivre ensuite l’habilitation keeper',
  },
  async run(args, screen) {
    const fr = screen.language === 'fr'
    const org = required(args, 'org')
    const name = option(args, 'name') ?? (fr ? `Gardien des urgences, ${org}` : `Emergency keeper, ${org}`)
    const reach = reachOf({ base: nodeAddress(option(args, 'node')) })
    const made = await initKeeper(required(args, 'device'), org, name, reach)
    const shown = fingerprint(made.device)
    screen.say(fr ? `Identifiant : ${made.handle}` : `Handle: ${made.handle}`)
    screen.say(fr ? `Empreinte, pour le guichet : ${shown}` : `Fingerprint, for the desk: ${shown}`)
    return { handle: made.handle, fingerprint: shown }
  },
}

/** One line of words for each thing that happened; no identifier of anybody. */
function sayLine({ event, code, records }: KeeperLine, { language, say }: Screen): void {
  const words = {
    released: { en: `released, ${records} record(s)`, fr: `remis, ${records} document(s)` },
    refused: { en: `refused: ${code}`, fr: `refusé : ${code}` },
    node: { en: `the node cannot be asked: ${code}`, fr: `le nœud ne répond pas : ${code}` },
  }
  say(words[event][language])
}

const run: Verb = {
  name: 'keeper',
  options: [device],
  words: {
    en: 'run the emergency keeper: a process of its own, which answers emergencies that two people signed for',
    fr: 'faire tourner le gardien des urgences : un processus à part, qui répond aux urgences signées par deux personnes',
  },
  more: {
    en: 'SALUS_KEEPER_EVERY (1000): milliseconds between two looks.',
    fr: 'SALUS_KEEPER_EVERY (1000) : millisecondes entre deux regards.',
  },
  async run(args, screen) {
    const signal = untilAsked()
    const dir = required(args, 'device')
    holdDevice(dir)
    const folder = await openDevice(dir, 'keeper')
    if (!existsSync(keyFile(dir))) throw new AppError('keeper-keys-missing')
    const keys = await fileKeys(keyFile(dir))
    const { link, drop } = keepLink(() => sessionLink(folder, signerOf(keys), keys.handle))
    screen.say(
      screen.language === 'fr' ? 'Le gardien veille ; Ctrl-C l’arrête.' : 'The keeper watches; Ctrl-C stops it.',
    )
    const everyMs = Number(process.env.SALUS_KEEPER_EVERY ?? '1000') || 1_000
    const ports = { keys, memory: await fileMemory(join(dir, 'seen.json')), link, drop }
    await watch(ports, (line) => sayLine(line, screen), { everyMs, signal })
    letGo()
    return { stopped: true }
  },
}

export const keeperVerbs: readonly Verb[] = [init, run]
