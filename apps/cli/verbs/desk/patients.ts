/** The desk and its patients: registering, codes, and the countersignature of a claim. */
import { fromBase64url, text } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { type Handle, newId } from '@salus/base/ids'
import { openWithKey } from '@salus/crypto/packet'
import { approveClaim, issueCode } from '@salus/directory/device/desk'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { fingerprint } from '@salus/directory/keyring'
import { openDeskStore } from '../../desk.store.ts'
import { misuse } from '../../errors.ts'
import { newPatient } from '../../import.ts'
import { handleFrom, isDate, parts, required, type Screen, type Verb } from '../../verb.ts'
import { device, withDesk } from './shared.ts'

const sexes = ['female', 'male', 'other', 'unknown']

/** A day that has been, not before 1850. */
const isBirthDate = (typed: string): boolean =>
  isDate(typed) && typed >= '1850-01-01' && typed <= new Date().toISOString().slice(0, 10)

async function askTraits(screen: Screen) {
  const fr = screen.language === 'fr'
  const family = await screen.ask(fr ? 'Nom de famille :' : 'Family name:')
  const given = await screen.ask(fr ? 'Prénom :' : 'Given name:')
  if (!family || !given) throw misuse({ en: 'A name is missing.', fr: 'Il manque un nom.' })
  const birthDate = await screen.ask(fr ? 'Date de naissance (AAAA-MM-JJ) :' : 'Birth date (YYYY-MM-DD):')
  if (!isBirthDate(birthDate)) {
    throw misuse({ en: `“${birthDate}” is no day of birth.`, fr: `« ${birthDate} » n’est pas un jour de naissance.` })
  }
  const gender = await screen.ask(fr ? `Sexe (${sexes.join(', ')}) :` : `Sex (${sexes.join(', ')}):`)
  if (!sexes.includes(gender)) {
    const there = sexes.join(', ')
    throw misuse({ en: `“${gender}” is none of ${there}.`, fr: `« ${gender} » n’est pas l’un de ${there}.` })
  }
  return { family, given: [given], birthDate, gender }
}

/** `SYSTEM|VALUE`, as FHIR's searches write an identifier (R4 §3.1.1.4.10). */
function identifierFrom(typed: string): { system: string; value: string } {
  const at = typed.indexOf('|')
  const [system, value] = [typed.slice(0, at).trim(), typed.slice(at + 1).trim()]
  if (at > 0 && system !== '' && value !== '') return { system, value }
  // Not said again: what was typed may be somebody's number.
  throw misuse({
    en: 'An identifier is not written SYSTEM|VALUE.',
    fr: 'Un identifiant n’est pas écrit SYSTÈME|VALEUR.',
  })
}

/** Asked for like the names: on a command line every user of the machine could read it. None when nothing is typed. */
async function askIdentifiers(screen: Screen) {
  const typed = await screen.ask(
    screen.language === 'fr'
      ? 'Identifiants dans d’autres systèmes (SYSTÈME|VALEUR,… ; vide s’il n’y en a pas) :'
      : 'Identifiers in other systems (SYSTEM|VALUE,…; empty if there are none):',
  )
  return parts(typed).map(identifierFrom)
}

export const newPatientVerb: Verb = {
  name: 'desk new-patient',
  options: [device],
  words: {
    en: 'register a patient; name, birth date, sex and identifiers are asked for, sealed to this desk',
    fr: 'inscrire un patient ; nom, date de naissance, sexe et identifiants sont demandés, chiffrés pour ce guichet',
  },
  more: {
    en: `Identifiers in other systems are optional: an import whose Patient bears one goes to this patient. Scripts give the five answers on
standard input, one a line; nothing about a person is taken from the command line.`,
    fr: `Les identifiants dans d’autres systèmes sont facultatifs : un import dont le Patient en porte un va à ce patient. Un script donne les
cinq réponses sur l’entrée standard, une par ligne ; rien sur une personne n’est pris de la ligne de commande.`,
  },
  async run(args, screen) {
    const asked = await askTraits(screen)
    const identifiers = await askIdentifiers(screen)
    const traits = { ...asked, identifiers }
    const keys = identifiers.map(({ system, value }) => `${system}|${value}`)
    return withDesk(args, async (at) => {
      const store = openDeskStore(at)
      try {
        const handle = await newPatient(at, store, newId(systemRandom), traits, keys)
        screen.say(screen.language === 'fr' ? `Patient inscrit : ${handle}` : `Patient registered: ${handle}`)
        return { handle }
      } finally {
        await store.close()
      }
    })
  },
}

export const patients: Verb = {
  name: 'desk patients',
  options: [device],
  words: { en: 'list the patients of this desk', fr: 'lister les patients de ce guichet' },
  run: (args, screen) =>
    withDesk(args, async ({ link, keys }) => {
      const { people } = await link.call(directoryEndpoints.register)
      const out = []
      for (const { handle, sealed, claimed } of people) {
        const plain = await openWithKey(fromBase64url(keys.register.privateKey), sealed, {
          kind: 'wrap',
          purpose: 'register',
        })
        const traits = JSON.parse(text(plain)) as { family?: string; given?: string[]; birthDate?: string }
        out.push({ handle, claimed, ...traits })
        const name = `${traits.given?.join(' ') ?? ''} ${traits.family ?? ''}`.trim()
        screen.say(`${handle}  ${claimed ? '●' : '○'}  ${name}  ${traits.birthDate ?? ''}`)
      }
      screen.say(
        screen.language === 'fr'
          ? '● le patient a pris son dossier   ○ pas encore'
          : '● the patient has claimed the record   ○ not yet',
      )
      return { patients: out }
    }),
}

export const claimCode: Verb = {
  name: 'desk claim-code',
  options: [
    device,
    { name: 'patient', value: 'HANDLE', required: true, words: { en: 'whose record', fr: 'de quel patient' } },
  ],
  words: {
    en: 'a one-time code with which the patient claims the record',
    fr: 'un code unique pour que le patient prenne son dossier',
  },
  run: (args, screen) =>
    withDesk(args, async ({ link, desk }) => {
      const code = await issueCode(link, desk, handleFrom(required(args, 'patient')))
      screen.say(code)
      return { code }
    }),
}

type Waiting = { claim: string; handle: Handle; device: string; agreement: string }

/** The clerk types the fingerprint that the patient reads out: what the node shows alone is never enough. */
async function pickClaim(claims: readonly Waiting[], screen: Screen): Promise<Waiting> {
  const typed = await screen.ask(
    screen.language === 'fr' ? 'Empreinte lue par le patient :' : 'Fingerprint the patient reads out:',
  )
  const wanted = typed.toUpperCase().replace(/[^0-9A-Z]/g, '')
  const found = claims.find((one) => fingerprint(one.device).replaceAll('-', '') === wanted)
  if (!found) throw new AppError('fingerprint-unknown')
  return found
}

export const countersign: Verb = {
  name: 'desk countersign',
  options: [device],
  words: {
    en: 'confirm a claim: the fingerprint on the patient’s device is typed here',
    fr: 'confirmer une prise de dossier : l’empreinte affichée par l’appareil du patient est saisie ici',
  },
  run: (args, screen) =>
    withDesk(args, async (at) => {
      const { claims } = await at.link.call(directoryEndpoints.claims)
      if (claims.length === 0) throw new AppError('claim-none')
      const claim = await pickClaim(claims, screen)
      const store = openDeskStore(at)
      try {
        const seed = await store.seedOf(claim.handle)
        if (!seed) throw new AppError('claim-unknown')
        const receipt = await approveClaim(at.link, at.desk, claim, seed)
        screen.say(
          screen.language === 'fr'
            ? 'Confirmé : l’appareil du patient peut terminer.'
            : 'Confirmed: the patient’s device can finish.',
        )
        return { patient: claim.handle, receipt }
      } finally {
        await store.close()
      }
    }),
}
