/** The admission desk: new patients, claim codes, countersignatures, credentials, teams. */
import { fromBase64url, text } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import { newId } from '@salus/base/ids'
import { generatePersonKey } from '@salus/crypto/keys'
import { openWithX25519 } from '@salus/crypto/packet'
import {
  approveClaim,
  changeTeam,
  issueCode,
  issueCredential,
  revokeCredential,
  startTeam,
} from '@salus/directory/device/desk'
import { findKeyring } from '@salus/directory/device/verify'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { fingerprint } from '@salus/directory/keyring'
import { type Profession, professions } from '@salus/directory/matrix'
import { openDeskStore } from '../desk.store.ts'
import { newPatient } from '../import.ts'
import { type OpenDesk, openDesk } from '../people.ts'
import {
  type Arguments,
  handleFrom,
  list,
  type Option,
  option,
  required,
  type Screen,
  untilSeconds,
  type Verb,
} from '../verb.ts'

const device: Option = {
  ...{ name: 'device', value: 'DIR', required: true },
  words: { en: 'folder of the desk’s device', fr: 'dossier de l’appareil du guichet' },
}

const nowSeconds = () => Math.floor(Date.now() / 1000)

async function withDesk<T>(args: Arguments, work: (at: OpenDesk) => Promise<T>): Promise<T> {
  const at = await openDesk(required(args, 'device'))
  await dropClaimedSeeds(at)
  return work(at)
}

/** Intake keys of everybody who has claimed the record since: destroyed. Called by each act that opens the desk's store. */
async function dropClaimedSeeds(at: OpenDesk): Promise<void> {
  const { people } = await at.link.call(directoryEndpoints.register)
  const store = openDeskStore(at.store)
  try {
    for (const { handle, claimed } of people) if (claimed) await store.dropSeed(handle)
  } finally {
    await store.close()
  }
}

const newPatientVerb: Verb = {
  name: 'desk new-patient',
  options: [device],
  words: {
    en: 'register a patient; name, birth date and sex are asked for, sealed to this desk',
    fr: 'inscrire un patient ; nom, date de naissance et sexe sont demandés, chiffrés pour ce guichet',
  },
  run: (args, screen) =>
    withDesk(args, async (at) => {
      const fr = screen.language === 'fr'
      const family = await screen.ask(fr ? 'Nom de famille :' : 'Family name:')
      const given = await screen.ask(fr ? 'Prénom :' : 'Given name:')
      const birthDate = await screen.ask(fr ? 'Date de naissance (AAAA-MM-JJ) :' : 'Birth date (YYYY-MM-DD):')
      const gender = await screen.ask(
        fr ? 'Sexe (female, male, other, unknown) :' : 'Sex (female, male, other, unknown):',
      )
      const sexes = ['female', 'male', 'other', 'unknown']
      if (!family || !given || !/^\d{4}-\d{2}-\d{2}$/.test(birthDate) || !sexes.includes(gender))
        throw new AppError('misuse')
      const store = openDeskStore(at.store)
      try {
        const traits = { family, given: [given], birthDate, gender, identifiers: [] }
        const handle = await newPatient(at, store, newId(systemRandom), traits)
        screen.say(fr ? `Patient inscrit : ${handle}` : `Patient registered: ${handle}`)
        return { handle }
      } finally {
        await store.close()
      }
    }),
}

const patients: Verb = {
  name: 'desk patients',
  options: [device],
  words: { en: 'list the patients of this desk', fr: 'lister les patients de ce guichet' },
  run: (args, screen) =>
    withDesk(args, async ({ link, keys }) => {
      const { people } = await link.call(directoryEndpoints.register)
      const out = []
      for (const { handle, sealed, claimed } of people) {
        const plain = await openWithX25519(fromBase64url(keys.register.privateKey), sealed, {
          kind: 'wrap',
          purpose: 'register',
        })
        const traits = JSON.parse(text(plain)) as { family?: string; given?: string[]; birthDate?: string }
        out.push({ handle, claimed, ...traits })
        const name = `${traits.given?.join(' ') ?? ''} ${traits.family ?? ''}`.trim()
        screen.say(`${handle}  ${claimed ? '●' : '○'}  ${name}  ${traits.birthDate ?? ''}`)
      }
      return { patients: out }
    }),
}

const claimCode: Verb = {
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

const countersign: Verb = {
  name: 'desk countersign',
  options: [device],
  words: {
    en: 'confirm a claim: the fingerprint on the patient’s device is typed here',
    fr: 'confirmer une prise de dossier : l’empreinte affichée par l’appareil du patient est saisie ici',
  },
  run: (args, screen) =>
    withDesk(args, async ({ link, desk, store: path }) => {
      const { claims } = await link.call(directoryEndpoints.claims)
      if (claims.length === 0) throw new AppError('claim-none')
      const claim = await pickClaim(claims, screen)
      const store = openDeskStore(path)
      try {
        const person = await store.personByHandle(claim.handle)
        if (!person?.seed) throw new AppError('claim-unknown')
        const receipt = await approveClaim(link, desk, claim, fromBase64url(person.seed))
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

const professionals: Verb = {
  name: 'desk professionals',
  options: [device],
  words: { en: 'list the professionals of this organisation', fr: 'lister les professionnels de cette organisation' },
  run: (args, screen) =>
    withDesk(args, async ({ link }) => {
      const { professionals: all } = await link.call(directoryEndpoints.professionals)
      for (const one of all) {
        screen.say(`${one.handle}  ${fingerprint(one.device)}  ${one.credential?.profession ?? '—'}  ${one.name}`)
      }
      return { professionals: all }
    }),
}

const issue: Verb = {
  name: 'desk issue-credential',
  options: [
    device,
    { name: 'pro', value: 'HANDLE', required: true, words: { en: 'the professional', fr: 'le professionnel' } },
    {
      name: 'role',
      value: 'ROLE',
      required: true,
      words: { en: `one of ${professions.join(', ')}`, fr: `parmi ${professions.join(', ')}` },
    },
    { name: 'until', value: '365d', words: { en: 'end (365d when not given)', fr: 'fin (365d par défaut)' } },
  ],
  words: {
    en: 'vouch for a professional; the fingerprint on his or her device is typed here',
    fr: 'habiliter un professionnel ; l’empreinte affichée par son appareil est saisie ici',
  },
  run: (args, screen) =>
    withDesk(args, async ({ link, desk }) => {
      const handle = handleFrom(required(args, 'pro'))
      const profession = required(args, 'role') as Profession
      const until = untilSeconds(option(args, 'until') ?? '365d', nowSeconds())
      if (!professions.includes(profession) || until === undefined) throw new AppError('misuse')
      const { keyring } = await findKeyring(link, handle)
      const typed = await screen.ask(
        screen.language === 'fr' ? 'Empreinte lue par le professionnel :' : 'Fingerprint the professional reads out:',
      )
      const same =
        fingerprint(keyring.device ?? '').replaceAll('-', '') === typed.toUpperCase().replace(/[^0-9A-Z]/g, '')
      if (!same) throw new AppError('fingerprint-unknown')
      const receipt = await issueCredential(link, desk, { handle, profession, name: keyring.name ?? '', until })
      screen.say(screen.language === 'fr' ? 'Habilitation délivrée.' : 'Credential issued.')
      return { pro: handle, profession, until, credential: receipt.id, receipt }
    }),
}

const revoke: Verb = {
  name: 'desk revoke-credential',
  options: [
    device,
    { name: 'pro', value: 'HANDLE', required: true, words: { en: 'the professional', fr: 'le professionnel' } },
  ],
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

const team: Verb = {
  name: 'desk team',
  positionals: 'create|set',
  least: 1,
  options: [
    device,
    { name: 'name', value: 'NAME', words: { en: 'the new team’s name', fr: 'nom de la nouvelle équipe' } },
    { name: 'team', value: 'HANDLE', words: { en: 'which team to set', fr: 'équipe à modifier' } },
    { name: 'members', value: 'HANDLE,…', required: true, words: { en: 'all members', fr: 'tous les membres' } },
  ],
  words: { en: 'found a team, or set who is in it', fr: 'créer une équipe, ou fixer sa composition' },
  run: (args, screen) =>
    withDesk(args, async ({ device: folder, keys, link, desk }) => {
      const members = list(args, 'members') as Handle[]
      const name = option(args, 'name')
      if (args.positionals[0] === 'create' && name) {
        const made = await startTeam(link, desk, { name, members, pair: await generatePersonKey() })
        keys.teams[made.handle] = made.keys
        await folder.write('keys', keys)
        screen.say(made.handle)
        return { team: made.handle, members }
      }
      const handle = option(args, 'team') as Handle | undefined
      const held = handle && keys.teams[handle]
      if (args.positionals[0] !== 'set' || !handle || !held) throw new AppError('misuse')
      const { keyring } = await findKeyring(link, handle)
      // Whoever leaves keeps the old key: a new one is made exactly then.
      const leaves = keyring.members.some((one) => !members.includes(one))
      const change = { handle, members, keys: held }
      keys.teams[handle] = await changeTeam(
        link,
        desk,
        leaves ? { ...change, pair: await generatePersonKey() } : change,
      )
      await folder.write('keys', keys)
      screen.say(screen.language === 'fr' ? 'Équipe à jour.' : 'Team set.')
      return { team: handle, members, newKey: leaves }
    }),
}

export const deskVerbs: readonly Verb[] = [
  newPatientVerb,
  patients,
  claimCode,
  countersign,
  professionals,
  issue,
  revoke,
  team,
]
