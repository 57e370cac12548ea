/** `members rekey`: another key for this machine's votes on blocks, typed twice: while CometBFT runs, and while it is stopped. */
import { proposeKey, takeKey } from '@salus/node-app/rekey'
import { foundedFolder } from '../host.ts'
import { openDesk } from '../people.ts'
import { required, type Verb } from '../verb.ts'
import { ask, deskVoter, device, send } from './members.ts'

type Seat = { readonly node?: { readonly validator: string } } | undefined

export const rekey: Verb = {
  name: 'members rekey',
  options: [device],
  words: {
    en: 'another key for this machine’s votes on blocks; once, then again with CometBFT stopped',
    fr: 'une autre clé pour les votes de cette machine ; une fois, puis encore, CometBFT arrêté',
  },
  more: {
    en: `SALUS_DATA: the node's folder; the node itself runs both times. The first time the member puts the new key on the ledger. Between the
two this machine has no vote: make sure that enough others are there.`,
    fr: `SALUS_DATA : le dossier du nœud ; le nœud lui-même tourne les deux fois. La première, le membre inscrit la nouvelle clé au registre.
Entre les deux, cette machine n’a pas de voix : assurez-vous qu’assez d’autres sont là.`,
  },
  async run(args, { language, say }) {
    const fr = language === 'fr'
    const dir = foundedFolder()
    const desk = await openDesk(required(args, 'device'))
    const seat = await ask<Seat>(desk, 'members/get', desk.keys.org)
    const current = seat?.node?.validator
    if (await takeKey(dir, current)) {
      say(fr ? 'La nouvelle clé est en place. Démarrez CometBFT.' : 'The new key is in its place. Start CometBFT.')
      return { validator: current, taken: true }
    }
    const validator = await proposeKey(dir, current)
    const { height } = await send(desk, await deskVoter(desk), { type: 'node.rotate', body: { validator } })
    say(
      fr
        ? `Le registre connaît la nouvelle clé (bloc ${height}). Arrêtez CometBFT, retapez la même chose, redémarrez-le.`
        : `The ledger knows the new key (block ${height}). Stop CometBFT, type the same again, start it.`,
    )
    return { validator, height, taken: false }
  },
}
