/** Bad days with keys: ways of restoring, coming back on an empty device, a second device, a loss. */
import { fromBase64url } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import { joinShares, sharesNeeded, splitSecret } from '@salus/crypto/guardians'
import { newRecoveryCode } from '@salus/crypto/keychain'
import { cardFrom, cardText, pinFrom } from '@salus/directory/device/card'
import { changeWays, type NewWay } from '@salus/directory/device/keychain'
import { ownKeyring, type PatientKeys } from '@salus/directory/device/patient'
import { wayTo } from '@salus/directory/device/reach'
import {
  admitDevice,
  beginJoin,
  comeBack,
  finishJoin,
  type Joining,
  readInvite,
  removeDevice,
  type Secret,
  takeOver,
} from '@salus/directory/device/restore'
import { fingerprint } from '@salus/directory/keyring'
import { emptyBook } from '@salus/records/device/own'
import { sync } from '@salus/records/device/patient'
import { renew } from '@salus/records/device/renew'
import { wayWords } from '@salus/ui/vocabulary'
import { nodeAddress } from '../../address.ts'
import { type Device, isDevice, makeDevice, openDevice, plainLink, reachOf } from '../../device.ts'
import { openPatient } from '../../people.ts'
import { askBack, newCode, showAndTry, tryWay, wasTried } from '../../recovery.ts'
import { type Arguments, type Option, option, required, type Screen, type Verb, waitFor } from '../../verb.ts'
import { device } from './shared.ts'

const nodeOption: Option = {
  ...{ name: 'node', value: 'URL' },
  words: { en: 'address of the node (first time only)', fr: 'adresse du nœud (première fois seulement)' },
}
const withOption: Option = {
  ...{ name: 'with', value: 'WAY' },
  words: { en: 'code (default), passkey, guardians or card', fr: 'code (par défaut), passkey, guardians ou card' },
}
const words = (screen: Screen, en: string, fr: string): string => (screen.language === 'fr' ? fr : en)

/** 32 bytes that a platform's passkey gave (WebAuthn's PRF extension), as base64url or hexadecimal. */
function prfFrom(typed: string): Uint8Array<ArrayBuffer> {
  const text = typed.trim()
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Uint8Array.from(text.match(/../g) ?? [], (one) => Number.parseInt(one, 16))
  try {
    const bytes = fromBase64url(text)
    if (bytes.length === 32) return bytes
  } catch (error) {
    if (!isAppError(error)) throw error
  }
  throw new AppError('misuse')
}

async function askShares(screen: Screen): Promise<string[]> {
  const shares = [await screen.ask(words(screen, 'A guardian’s share:', 'Part d’un gardien :'), 'hidden')]
  const need = sharesNeeded(shares[0] ?? '')
  while (shares.length < need) {
    shares.push(
      await screen.ask(
        words(screen, `Share ${shares.length + 1} of ${need}:`, `Part ${shares.length + 1} sur ${need} :`),
        'hidden',
      ),
    )
  }
  return shares
}

async function askSecret(args: Arguments, screen: Screen): Promise<Secret> {
  const way = option(args, 'with') ?? 'code'
  if (way === 'code')
    return { way, code: await screen.ask(words(screen, 'Recovery code:', 'Code de secours :'), 'hidden') }
  if (way === 'passkey') {
    const typed = await screen.ask(words(screen, 'Passkey output (PRF):', 'Sortie de la clé d’accès (PRF) :'), 'hidden')
    return { way, secret: prfFrom(typed) }
  }
  if (way === 'guardians') return { way, secret: await joinShares(await askShares(screen)) }
  if (way !== 'card') throw new AppError('misuse')
  const card = cardFrom(
    await screen.ask(words(screen, 'Card (its QR as text):', 'Carte (son QR en texte) :'), 'hidden'),
  )
  return { way, card, pin: pinFrom(await screen.ask('PIN:', 'hidden')) }
}

const emptyFolder = async (args: Arguments): Promise<Device> => {
  const dir = required(args, 'device')
  if (!isDevice(dir)) return makeDevice(dir, 'patient', reachOf({ base: nodeAddress(option(args, 'node')) }))
  const folder = await openDevice(dir, 'patient')
  if (await folder.read('keys')) throw new AppError('device-exists')
  return folder
}

/** After a loss: everything new, one fresh code, tried. */
async function renewed(dir: string, screen: Screen) {
  const folder = await openDevice(dir, 'patient')
  const patient = await openPatient(dir, undefined, 'unfinished')
  screen.progress(words(screen, 'renewing all keys…', 'renouvellement de toutes les clés…'))
  const code = newRecoveryCode(systemRandom)
  const receipt = await renew(patient, [{ way: 'code', code }])
  const tried = await showAndTry(folder, patient.keys.handle, code, screen)
  return { handle: patient.keys.handle, recovery: code, tried, receipt }
}

/** Cut off after the new device was taken in: what is left is the renewal. Before that, the secret is asked for again. */
async function resumable(dir: string): Promise<boolean> {
  const folder = await openDevice(dir, 'patient')
  if (!(await folder.read('keys')) || (await wasTried(folder))) return false
  try {
    await openPatient(dir, undefined, 'unfinished')
    return true
  } catch (error) {
    if (!isAppError(error) || error.code !== 'challenge-invalid') throw error
    await folder.write('keys', null)
    return false
  }
}

export const recover: Verb = {
  name: 'patient recover',
  options: [device, nodeOption, withOption],
  words: {
    en: 'come back on an empty device; every other device is cut off and all keys are renewed',
    fr: 'revenir sur un appareil vide ; tout autre appareil est coupé et toutes les clés renouvelées',
  },
  async run(args, screen) {
    const dir = required(args, 'device')
    const begun = isDevice(dir) && (await resumable(dir))
    const folder = begun ? await openDevice(dir, 'patient') : await emptyFolder(args)
    if (!begun) {
      const secret = await askSecret(args, screen)
      const there = (origin: string) => plainLink(folder, wayTo(reachOf(folder), origin))
      const keep = (keys: PatientKeys) => folder.write('keys', keys)
      const back = await comeBack(plainLink(folder), secret, there, (link, found) => takeOver(link, found, keep))
      const home = back.origin === undefined ? undefined : { org: back.keys.org, origin: back.origin }
      // The first sync says of which organisation it is now.
      if (home) await folder.write('book', { ...emptyBook(), home })
    }
    screen.say(words(screen, 'The record is yours again.', 'Le dossier est de nouveau à vous.'))
    return renewed(folder.dir, screen)
  },
}

export const lost: Verb = {
  name: 'patient lost',
  options: [device],
  words: {
    en: 'another device, a code or a guardian is lost: renew all keys, leave only this device',
    fr: 'un autre appareil, un code ou un gardien est perdu : renouveler toutes les clés, ne garder que cet appareil',
  },
  run: async (args, screen) => renewed(required(args, 'device'), screen),
}

async function makeWay(args: Arguments, screen: Screen): Promise<{ way: NewWay; shown: Record<string, unknown> }> {
  const kind = args.positionals[0]
  if (kind === 'passkey') {
    const prf = prfFrom(
      await screen.ask(words(screen, 'Passkey output (PRF):', 'Sortie de la clé d’accès (PRF) :'), 'hidden'),
    )
    return { way: { way: 'passkey', prf }, shown: {} }
  }
  if (kind === 'guardians') {
    const [need, of] = [Number(option(args, 'need') ?? '3'), Number(option(args, 'of') ?? '5')]
    const secret = systemRandom(32)
    const shares = await splitSecret(secret, need, of)
    const line = words(
      screen,
      `One share for each guardian; ${need} restore:`,
      `Une part par gardien ; ${need} suffisent :`,
    )
    screen.say([line, ...shares].join('\n'))
    return { way: { way: 'guardians', secret, need, of }, shown: { shares } }
  }
  if (kind !== 'card') throw new AppError('misuse')
  const pin = pinFrom(
    await screen.ask(words(screen, 'PIN, four digits or more:', 'PIN, quatre chiffres ou plus :'), 'hidden'),
  )
  const card = systemRandom(32)
  screen.say(words(screen, `Card, to print as a QR: ${cardText(card)}`, `Carte, à imprimer en QR : ${cardText(card)}`))
  return { way: { way: 'card', card, pin }, shown: { card: cardText(card) } }
}

export const recovery: Verb = {
  name: 'patient recovery',
  positionals: 'list|check|code|passkey|guardians|card',
  least: 1,
  options: [
    device,
    withOption,
    { name: 'need', value: 'N', words: { en: 'guardians who suffice (3)', fr: 'gardiens nécessaires (3)' } },
    { name: 'of', value: 'N', words: { en: 'guardians in all (5)', fr: 'gardiens en tout (5)' } },
  ],
  words: { en: 'ways of restoring: look, try, make', fr: 'moyens de restauration : voir, essayer, créer' },
  async run(args, screen) {
    const dir = required(args, 'device')
    const folder = await openDevice(dir, 'patient')
    const patient = await openPatient(dir, undefined, 'unfinished')
    const { handle } = patient.keys
    const [what] = args.positionals
    if (what === 'list') return listWays(patient, screen)
    if (what === 'check') {
      const secret = option(args, 'with') ? await askSecret(args, screen) : undefined
      const works = secret ? await tryWay(folder, handle, secret) : await askBack(folder, handle, screen)
      if (!works) throw new AppError('recovery-fails')
      screen.say(words(screen, 'Restoring works.', 'La restauration fonctionne.'))
      return { works }
    }
    await sync(patient)
    if (what === 'code') {
      const code = await newCode(patient)
      return { recovery: code, tried: await showAndTry(folder, handle, code, screen) }
    }
    const { way, shown } = await makeWay(args, screen)
    await changeWays(patient.link, patient.keys, { add: [way], keep: (one) => one.way !== way.way }, patient.save)
    screen.say(
      words(
        screen,
        'Made. Try it: salus patient recovery check --with …',
        'Créé. À essayer : salus patient recovery check --with …',
      ),
    )
    return { way: way.way, ...shown }
  },
}

async function listWays(patient: Awaited<ReturnType<typeof openPatient>>, screen: Screen) {
  const { recovery: known } = await ownKeyring(patient.link, patient.keys.handle)
  const ways = (known?.ways ?? []).map(({ way, need, of }) => ({ way, ...(need ? { need, of } : {}) }))
  for (const { way, need, of } of ways)
    screen.say(`${wayWords[way]?.[screen.language]}${need ? ` (${need}/${of})` : ''}`)
  if (ways.length === 0) screen.say(words(screen, 'None yet.', 'Aucun pour l’instant.'))
  return { ways }
}

async function joinHere(args: Arguments, screen: Screen) {
  const folder = await emptyFolder(args)
  const link = plainLink(folder)
  let joining = await folder.read<Joining>('join')
  if (!joining) {
    const made = await beginJoin(link)
    joining = made.joining
    await folder.write('join', joining)
  }
  const invite = `salus-device:1:${joining.device.publicKey}.${joining.agreement.publicKey}.${joining.locator}`
  screen.say(words(screen, `Show this to the other device: ${invite}`, `Montrez ceci à l’autre appareil : ${invite}`))
  screen.say(
    words(
      screen,
      `Its fingerprint: ${fingerprint(joining.device.publicKey)}`,
      `Son empreinte : ${fingerprint(joining.device.publicKey)}`,
    ),
  )
  const end = Date.now() + waitFor(args, 10)
  let keys: PatientKeys | undefined
  while (!keys) {
    keys = await finishJoin(link, joining)
    if (keys) break
    if (Date.now() >= end) throw new AppError('join-waiting', { invite })
    screen.progress(words(screen, 'waiting for the other device…', 'en attente de l’autre appareil…'))
    await new Promise((resolve) => setTimeout(resolve, 1_000))
  }
  await folder.write('keys', keys)
  await folder.write('recovery', { tried: true })
  await sync(await openPatient(folder.dir))
  screen.say(words(screen, 'This device is one of yours now.', 'Cet appareil est maintenant l’un des vôtres.'))
  return { handle: keys.handle }
}

export const devices: Verb = {
  name: 'patient devices',
  positionals: 'list|new|add|remove [FINGERPRINT]',
  least: 1,
  options: [
    device,
    nodeOption,
    { name: 'wait', value: 'MINUTES', words: { en: 'how long to wait (10)', fr: 'durée d’attente (10)' } },
  ],
  words: {
    en: 'one’s devices: look, join with a new one, take in, remove',
    fr: 'ses appareils : voir, joindre, accueillir, retirer',
  },
  async run(args, screen) {
    const [what, which] = args.positionals
    if (what === 'new') return joinHere(args, screen)
    const patient = await openPatient(required(args, 'device'))
    await sync(patient)
    const { devices: all } = await ownKeyring(patient.link, patient.keys.handle)
    if (what === 'add') {
      const typed = await screen.ask(words(screen, 'Text of the new device:', 'Texte du nouvel appareil :'))
      const invite = readInvite(typed)
      await admitDevice(patient.link, patient.keys, invite)
      await sync(patient)
      screen.say(words(screen, `Taken in: ${invite.fingerprint}`, `Accueilli : ${invite.fingerprint}`))
      return { fingerprint: invite.fingerprint }
    }
    const shown = all.map((one) => ({ fingerprint: fingerprint(one), this: one === patient.keys.device.publicKey }))
    if (what === 'remove') {
      const gone = all.find((one) => fingerprint(one) === which?.toUpperCase())
      if (!gone || gone === patient.keys.device.publicKey) throw new AppError('fingerprint-unknown')
      await removeDevice(patient.link, patient.keys, gone)
      await sync(patient)
      screen.say(
        words(
          screen,
          'Removed. If somebody else may have it: salus patient lost',
          'Retiré. Si quelqu’un d’autre peut l’avoir : salus patient lost',
        ),
      )
      return { removed: which }
    }
    if (what !== 'list') throw new AppError('misuse')
    for (const one of shown)
      screen.say(`${one.fingerprint}${one.this ? words(screen, '  (this one)', '  (celui-ci)') : ''}`)
    return { devices: shown }
  },
}
