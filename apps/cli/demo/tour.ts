/** What to do next, word for word. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Screen } from '../verb.ts'
import type { DemoPeople } from './demo.ts'
import { keeperStarts } from './keeper.ts'
import { marketStarts } from './market.ts'

/** One thing to do, in both languages, and what is typed for it. */
type Step = { readonly en: string; readonly fr: string; readonly commands: readonly string[] }
type Place = { readonly url: string; readonly dir: string }

const step = (en: string, fr: string, ...commands: string[]): Step => ({ en, fr, commands })

/** Asking, giving, reading, looking, leaving: handles are those of this very demonstration. */
const journey = (device: (name: string) => string, patient: string, roots: string): Step[] => [
  step(
    '1. Dr Okafor (practice) asks Inès for her allergies and medicines:',
    '1. Dr Okafor (cabinet) demande à Inès ses allergies et ses médicaments :',
    `npx salus pro request --device ${device('dr-okafor')} --patient ${patient} --categories allergies,medications`,
  ),
  step(
    '2. Inès sees who asks, for what, and why:',
    '2. Inès voit qui demande quoi, et pourquoi :',
    `npx salus patient inbox --device ${device('ines-delcourt')}`,
  ),
  step(
    '3. She gives a part (put the number shown above instead of ID):',
    '3. Elle en accorde une partie (remplacez ID par le numéro affiché) :',
    `npx salus patient approve ID --only allergies --device ${device('ines-delcourt')}`,
  ),
  step(
    '4. Dr Okafor reads exactly that:',
    '4. Dr Okafor lit exactement cela :',
    `npx salus pro read ID --out bundle.json --device ${device('dr-okafor')}`,
  ),
  step(
    '5. Inès sees who opened what:',
    '5. Inès voit qui a ouvert quoi :',
    `npx salus patient log --device ${device('ines-delcourt')}`,
  ),
  step(
    '6. She takes her record away, and anyone can check it offline:',
    '6. Elle emporte son dossier, et chacun peut le vérifier hors ligne :',
    `npx salus patient export --device ${device('ines-delcourt')} --out export.json && npx salus verify export.json --roots ${roots}`,
  ),
]

/** Somebody who has a code and no keys yet; `node` tells a new device where to look. */
const claim = (device: (name: string) => string, code: string, node: string): Step[] => [
  step(
    `7. Paul has not claimed his record yet. His device asks for this code: ${code}; then it shows a fingerprint …`,
    `7. Paul n’a pas encore pris son dossier. Son appareil demande ce code : ${code} ; puis il affiche une empreinte …`,
    `npx salus patient claim --device ${device('paul')}${node}`,
  ),
  step(
    '… which the desk types in (a third terminal); Paul’s device goes on by itself and has the recovery code typed back:',
    '… que le guichet saisit (troisième terminal) ; l’appareil de Paul poursuit et fait retaper le code de secours :',
    `npx salus desk countersign --device ${device('desk-hopital-saint-roch')}`,
  ),
]

/** The keeper is there already, or it is for the reader to start. */
const keeperStep = (device: (name: string) => string): Step =>
  keeperStarts()
    ? step(
        '8. An emergency, for when the patient cannot answer; Inès has chosen it. The keeper runs beside this node already.',
        '8. Une urgence, quand le patient ne peut pas répondre ; Inès l’a choisi. Le gardien tourne déjà à côté de ce nœud.',
      )
    : step(
        '8. An emergency, for when the patient cannot answer; Inès has chosen it. The keeper runs in a terminal of its own:',
        '8. Une urgence, quand le patient ne peut pas répondre ; Inès l’a choisi. Le gardien tourne dans un terminal à lui :',
        `npx salus keeper --device ${device('keeper')}`,
      )

const emergency = (device: (name: string) => string, patient: string): Step[] => [
  keeperStep(device),
  step(
    'Dr Morel (hospital) begins it; somebody else signs second (put the number it says instead of ID); then she reads:',
    'Dr Morel (hôpital) la commence ; quelqu’un d’autre contresigne (mettez le numéro affiché à la place de ID) ; puis elle lit :',
    `npx salus pro break-glass --device ${device('dr-morel')} --patient ${patient} --reason unconscious`,
    `npx salus pro second ID --device ${device('nurse-adjani')}`,
    `npx salus pro read ID --device ${device('dr-morel')}`,
  ),
]

function stepsOf({ url, dir }: Place, people: DemoPeople): Step[] {
  const device = (name: string) => join(dir, 'devices', name)
  const patient = people.patients['ines-delcourt'] ?? ''
  // Where a new device would look by itself; anywhere else, it is told.
  const node = url === 'http://127.0.0.1:8080' ? '' : ` --node ${url}`
  const claiming = people.code && !existsSync(device('paul')) ? claim(device, people.code, node) : []
  return [...journey(device, patient, join(dir, 'consortium.json')), ...claiming, ...emergency(device, patient)]
}

/** Prints the five-minute tour with the handles and the code of this very demonstration. */
export function sayTour(url: string, dir: string, people: DemoPeople, screen: Screen): void {
  const fr = screen.language === 'fr'
  screen.say(fr ? `Salus est prêt : ${url}` : `Salus is ready: ${url}`)
  screen.say(
    fr
      ? 'Démonstration : personnes et organisations inventées. Dans un second terminal :'
      : 'Demonstration: invented people and organisations. In a second terminal:',
  )
  for (const one of stepsOf({ url, dir }, people)) {
    screen.say('')
    screen.say(fr ? one.fr : one.en)
    for (const command of one.commands) screen.say(`  ${command}`)
  }
  if (marketStarts()) {
    screen.say('')
    screen.say(
      fr
        ? `Louer une analyse des données d’autrui : ${url}/research/ (prêt quelques secondes plus tard). Avec quatre vrais hôpitaux, données publiques :`
        : `Renting an analysis of others’ data: ${url}/research/ (ready a few seconds later). With four real hospitals’ public data:`,
    )
    screen.say('  npm run heartify')
  }
  screen.say('')
  screen.say(fr ? 'Ctrl-C pour arrêter ; rien ne se perd.' : 'Ctrl-C stops it; nothing is lost.')
}
