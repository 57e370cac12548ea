/** What to do next, word for word. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Screen } from '../verb.ts'
import type { DemoPeople } from './demo.ts'

/** Prints the five-minute tour with the handles and the code of this very demonstration. */
export function sayTour(url: string, dir: string, people: DemoPeople, screen: Screen): void {
  const fr = screen.language === 'fr'
  const d = (name: string) => join(dir, 'devices', name)
  const ines = people.patients['ines-delcourt'] ?? ''
  // Where a new device would look by itself; anywhere else, it is told.
  const node = url === 'http://127.0.0.1:8080' ? '' : ` --node ${url}`
  const step = (en: string, french: string, command: string) => {
    screen.say('')
    screen.say(fr ? french : en)
    screen.say(`  ${command}`)
  }
  screen.say(fr ? `Salus est prêt : ${url}` : `Salus is ready: ${url}`)
  screen.say(
    fr
      ? 'Démonstration : personnes et organisations inventées. Dans un second terminal :'
      : 'Demonstration: invented people and organisations. In a second terminal:',
  )
  step(
    '1. Dr Okafor (practice) asks Inès for her allergies and medicines:',
    '1. Dr Okafor (cabinet) demande à Inès ses allergies et ses médicaments :',
    `npx salus pro request --device ${d('dr-okafor')} --patient ${ines} --categories allergies,medications`,
  )
  step(
    '2. Inès sees who asks, for what, and why:',
    '2. Inès voit qui demande quoi, et pourquoi :',
    `npx salus patient inbox --device ${d('ines-delcourt')}`,
  )
  step(
    '3. She gives a part (put the number shown above instead of ID):',
    '3. Elle en accorde une partie (remplacez ID par le numéro affiché) :',
    `npx salus patient approve ID --only allergies --device ${d('ines-delcourt')}`,
  )
  step(
    '4. Dr Okafor reads exactly that:',
    '4. Dr Okafor lit exactement cela :',
    `npx salus pro read ID --out bundle.json --device ${d('dr-okafor')}`,
  )
  step(
    '5. Inès sees who opened what:',
    '5. Inès voit qui a ouvert quoi :',
    `npx salus patient log --device ${d('ines-delcourt')}`,
  )
  step(
    '6. She takes her record away, and anyone can check it offline:',
    '6. Elle emporte son dossier, et chacun peut le vérifier hors ligne :',
    `npx salus patient export --device ${d('ines-delcourt')} --out export.json && npx salus verify export.json --roots ${join(dir, 'consortium.json')}`,
  )
  if (people.code && !existsSync(d('paul'))) {
    step(
      `7. Paul has not claimed his record yet. His device asks for this code: ${people.code}; then it shows a fingerprint …`,
      `7. Paul n’a pas encore pris son dossier. Son appareil demande ce code : ${people.code} ; puis il affiche une empreinte …`,
      `npx salus patient claim --device ${d('paul')}${node}`,
    )
    step(
      '… which the desk types in (a third terminal); Paul’s device goes on by itself and has the recovery code typed back:',
      '… que le guichet saisit (troisième terminal) ; l’appareil de Paul poursuit et fait retaper le code de secours :',
      `npx salus desk countersign --device ${d('desk-hopital-saint-roch')}`,
    )
  }
  const keeper = `npx salus keeper --device ${d('keeper')}`
  step(
    '8. An emergency, for when the patient cannot answer; Inès has chosen it. The keeper runs in a terminal of its own:',
    '8. Une urgence, quand le patient ne peut pas répondre ; Inès l’a choisi. Le gardien tourne dans un terminal à lui :',
    keeper,
  )
  step(
    'Dr Morel (hospital) begins it; somebody else signs second (put the number it says instead of ID); then she reads:',
    'Dr Morel (hôpital) la commence ; quelqu’un d’autre contresigne (mettez le numéro affiché à la place de ID) ; puis elle lit :',
    `npx salus pro break-glass --device ${d('dr-morel')} --patient ${ines} --reason unconscious`,
  )
  screen.say(`  npx salus pro second ID --device ${d('nurse-adjani')}`)
  screen.say(`  npx salus pro read ID --device ${d('dr-morel')}`)
  screen.say('')
  screen.say(fr ? 'Ctrl-C pour arrêter ; rien ne se perd.' : 'Ctrl-C stops it; nothing is lost.')
}
