/** `rebuild`: makes the views again from the sources; with --from-peers the whole journal, from what the other hospitals hold. */
import { systemClock, systemRandom } from '@salus/base/clock'
import { rebuildViews } from '@salus/node-app/rebuild'
import { type Regained, regainFromPeers } from '@salus/node-app/regain'
import { errorWords } from '@salus/ui/words'
import { misuse } from '../errors.ts'
import { foundedFolder, modeFromEnvironment, placesOf } from '../host.ts'
import { type Arguments, list, type Outcome, type Screen, type Verb } from '../verb.ts'

/** What came back, what did not, and who was passed over. */
function sayRegained(back: Regained, { language, say }: Screen): void {
  const fr = language === 'fr'
  const { entries, statements, packets, contents, alone, erased, from, passed } = back
  say(
    fr
      ? `${statements} entrées sur ${entries} sont revenues ; le contenu des autres n’est chez aucun pair.`
      : `${statements} of ${entries} entries came back; the others’ contents are at no peer.`,
  )
  say(
    fr
      ? `${packets} paquets et ${contents} documents chiffrés, de : ${from.join(', ')}.`
      : `${packets} packets and ${contents} encrypted documents, from: ${from.join(', ')}.`,
  )
  if (alone > 0)
    say(
      fr
        ? `${alone} déclarations reposent sur ce journal seul : la clé de leur auteur revient avec les autres hôpitaux.`
        : `${alone} statements stand on this log alone: their authors’ keys come back with the other hospitals.`,
    )
  if (erased > 0)
    say(
      fr
        ? `${erased} dossiers sont effacés selon un pair : rien n’en a été repris.`
        : `${erased} chains were erased, a peer says: nothing of them was taken.`,
    )
  for (const { peer, code } of passed)
    say(`${fr ? 'Laissé de côté' : 'Passed over'} : ${peer} — ${errorWords(code, language).title}`)
  say(
    fr
      ? 'Ne revient pas : ce qui n’était qu’ici (cartes présentées, liens, retenues légales). Démarrez maintenant le nœud.'
      : 'Not coming back: what was here alone (cards shown, links, legal holds). Now start the node.',
  )
}

async function fromPeers(peers: readonly string[], screen: Screen): Promise<Outcome> {
  const { dir, keys } = placesOf(modeFromEnvironment())
  screen.progress(screen.language === 'fr' ? 'les autres hôpitaux sont interrogés…' : 'asking the other hospitals…')
  const at = { dir, ...(keys === undefined ? {} : { keys }), clock: systemClock, random: systemRandom }
  const back = await regainFromPeers({ ...at, ...(peers.length > 0 ? { peers } : {}) })
  sayRegained(back, screen)
  return back
}

function addressesFrom(args: Arguments): string[] {
  const peers = list(args, 'peer')
  for (const one of peers) {
    if (!/^https?:$/.test(URL.parse(one)?.protocol ?? ''))
      throw misuse({ en: '--peer is an address: http(s)://…', fr: '--peer est une adresse : http(s)://…' })
  }
  return peers
}

export const rebuild: Verb = {
  name: 'rebuild',
  options: [
    {
      name: 'from-peers',
      words: {
        en: 'the folder was wiped: the journal itself, from the other hospitals',
        fr: 'le dossier a été vidé : le journal lui-même, à partir des autres hôpitaux',
      },
    },
    {
      ...{ name: 'peer', value: 'URL[,URL]' },
      words: {
        en: 'with --from-peers: ask these nodes and no others',
        fr: 'avec --from-peers : n’interroger que ces nœuds',
      },
    },
  ],
  words: {
    en: 'make the views again from the sources (the node must be stopped)',
    fr: 'refaire les vues à partir des sources (nœud arrêté)',
  },
  async run(args, screen) {
    foundedFolder()
    const peers = addressesFrom(args)
    if (args.options['from-peers']) return fromPeers(peers, screen)
    if (peers.length > 0) throw misuse({ en: '--peer needs --from-peers.', fr: '--peer va avec --from-peers.' })
    const places = placesOf(modeFromEnvironment())
    const entries = await rebuildViews({ ...places, clock: systemClock, random: systemRandom, log: () => {} })
    screen.say(screen.language === 'fr' ? `${entries} entrées appliquées.` : `${entries} entries applied.`)
    return { entries }
  },
}
