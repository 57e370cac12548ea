/** Taking the record, from the code of the desk to the recovery code. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fromBase64url } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import { newRecoveryCode, wrapWithCode } from '@salus/crypto/keychain'
import {
  beginClaim,
  collectClaim,
  finishClaim,
  type PatientKeys,
  type PendingClaim,
} from '@salus/directory/device/patient'
import { fingerprint } from '@salus/directory/keyring'
import { submit } from '@salus/journal/device'
import { sync } from '@salus/records/device/patient'
import { nodeAddress } from '../../address.ts'
import { type Device, isDevice, makeDevice, openDevice, plainLink, reachOf } from '../../device.ts'
import { openPatient } from '../../people.ts'
import { type Option, option, required, type Screen, type Verb } from '../../verb.ts'
import { device } from './shared.ts'

const nodeOption: Option = {
  ...{ name: 'node', value: 'URL' },
  words: { en: 'address of the node (first time only)', fr: 'adresse du nœud (première fois seulement)' },
}

async function waitForDesk(folder: Device, pending: PendingClaim, screen: Screen, minutes: number) {
  const link = plainLink(folder)
  const end = Date.now() + minutes * 60_000
  for (;;) {
    const approved = await collectClaim(link, pending)
    if (approved) return approved
    if (Date.now() >= end) throw new AppError('claim-waiting')
    screen.progress(screen.language === 'fr' ? 'en attente du guichet…' : 'waiting for the desk…')
    await new Promise((resolve) => setTimeout(resolve, 1_000))
  }
}

/** A claim on its way; `statement` once it was signed and until the record is known to be the patient's. */
type StartedClaim = PendingClaim & { statement?: string }

/** Sends the claim, or sends it again where an earlier run was cut off after its keys were kept. */
async function completeClaim(folder: Device, pending: StartedClaim, screen: Screen, minutes: number): Promise<void> {
  const link = plainLink(folder)
  if (pending.statement) {
    const again = submit(link.call, link.logs, [{ statement: pending.statement }])
    const sent = await again.then(
      () => true,
      (error) => {
        // It never arrived and is too old now: its keys were never published, new ones take their place.
        if (isAppError(error) && error.code === 'statement-expired') return false
        throw error
      },
    )
    if (sent) return
  }
  const approved = await waitForDesk(folder, pending, screen, minutes)
  await finishClaim(link, pending, approved, async (keys, statement) => {
    await folder.write('keys', keys)
    await folder.write('claim', { ...pending, statement })
  })
}

export const claim: Verb = {
  name: 'patient claim',
  options: [
    device,
    nodeOption,
    {
      name: 'wait',
      value: 'MINUTES',
      words: { en: 'how long to wait for the desk (10)', fr: 'durée d’attente du guichet (10)' },
    },
  ],
  words: {
    en: 'claim the record with the one-time code from the desk (asked for, never an argument)',
    fr: 'prendre son dossier avec le code unique du guichet (demandé, jamais en argument)',
  },
  async run(args, screen) {
    const dir = required(args, 'device')
    const fr = screen.language === 'fr'
    const folder = isDevice(dir)
      ? await openDevice(dir, 'patient')
      : await makeDevice(dir, 'patient', reachOf({ base: nodeAddress(option(args, 'node')) }))
    let pending = await folder.read<StartedClaim>('claim')
    if ((await folder.read('keys')) && !pending?.statement) throw new AppError('device-exists')
    if (!pending) {
      const code = await screen.ask(fr ? 'Code du guichet :' : 'Code from the desk:')
      pending = await beginClaim(plainLink(folder), code)
      await folder.write('claim', pending)
    }
    const shown = fingerprint(pending.device.publicKey)
    screen.say(fr ? `Lisez cette empreinte au guichet : ${shown}` : `Read this fingerprint to the desk: ${shown}`)
    await completeClaim(folder, pending, screen, Number(option(args, 'wait') ?? '10'))
    const keys = (await folder.read<PatientKeys>('keys')) as PatientKeys
    const master = fromBase64url((await readFile(join(dir, 'master.key'), 'utf8')).trim())
    const recovery = newRecoveryCode(systemRandom)
    await writeFile(join(dir, 'recovery.jwe'), `${await wrapWithCode(master, recovery, systemRandom)}\n`, {
      mode: 0o600,
    })
    await folder.write('claim', { ...pending, statement: undefined })
    await sync(await openPatient(dir))
    screen.say(fr ? 'Le dossier est à vous.' : 'The record is yours.')
    screen.say(
      fr ? `Code de secours, à garder hors ligne : ${recovery}` : `Recovery code, keep it offline: ${recovery}`,
    )
    return { handle: keys.handle, fingerprint: shown, recovery }
  },
}
