/** Taking the record, from the code of the desk to the recovery code. */
import { AppError, isAppError } from '@salus/base/errors'
import { beginClaim, collectClaim, finishClaim, type PendingClaim } from '@salus/directory/device/patient'
import { fingerprint } from '@salus/directory/keyring'
import type { SubmissionItem } from '@salus/journal/contract'
import { submit } from '@salus/journal/device'
import { sync } from '@salus/records/device/patient'
import { nodeAddress } from '../../address.ts'
import { type Device, isDevice, makeDevice, openDevice, plainLink, reachOf } from '../../device.ts'
import { openPatient } from '../../people.ts'
import { newCode, showAndTry } from '../../recovery.ts'
import { type Option, option, required, type Screen, type Verb, waitFor } from '../../verb.ts'
import { askEmergency } from '../emergency/patient.ts'
import { device } from './shared.ts'

const nodeOption: Option = {
  ...{ name: 'node', value: 'URL' },
  words: { en: 'address of the node (first time only)', fr: 'adresse du nœud (première fois seulement)' },
}

async function waitForDesk(folder: Device, pending: PendingClaim, screen: Screen, patience: number) {
  const link = plainLink(folder)
  const end = Date.now() + patience
  for (;;) {
    const approved = await collectClaim(link, pending)
    if (approved) return approved
    if (Date.now() >= end) throw new AppError('claim-waiting')
    screen.progress(screen.language === 'fr' ? 'en attente du guichet…' : 'waiting for the desk…')
    await new Promise((resolve) => setTimeout(resolve, 1_000))
  }
}

/** A claim on its way; `item` once it was signed and until the record is known to be the patient's. */
type StartedClaim = PendingClaim & { item?: SubmissionItem }

/** Sends the claim, or sends it again where an earlier run was cut off after its keys were kept. */
async function completeClaim(folder: Device, pending: StartedClaim, screen: Screen, patience: number): Promise<void> {
  const link = plainLink(folder)
  if (pending.item) {
    const again = submit(link.call, link.logs, [pending.item])
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
  const approved = await waitForDesk(folder, pending, screen, patience)
  await finishClaim(link, pending, approved, async (keys, item) => {
    await folder.write('keys', keys)
    await folder.write('claim', { ...pending, item })
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
    const patience = waitFor(args, 10)
    const fr = screen.language === 'fr'
    const folder = isDevice(dir)
      ? await openDevice(dir, 'patient')
      : await makeDevice(dir, 'patient', reachOf({ base: nodeAddress(option(args, 'node')) }))
    let pending = await folder.read<StartedClaim>('claim')
    if ((await folder.read('keys')) && !pending?.item) throw new AppError('device-exists')
    if (!pending) {
      const code = await screen.ask(fr ? 'Code du guichet :' : 'Code from the desk:', 'hidden')
      pending = await beginClaim(plainLink(folder), code)
      await folder.write('claim', pending)
    }
    const shown = fingerprint(pending.device.publicKey)
    screen.say(fr ? `Lisez cette empreinte au guichet : ${shown}` : `Read this fingerprint to the desk: ${shown}`)
    await completeClaim(folder, pending, screen, patience)
    await folder.write('claim', { ...pending, item: undefined })
    const patient = await openPatient(dir, undefined, 'unfinished')
    await sync(patient)
    screen.say(fr ? 'Le dossier est à vous.' : 'The record is yours.')
    const recovery = await newCode(patient)
    const tried = await showAndTry(folder, patient.keys.handle, recovery, screen)
    const emergency = await askEmergency(patient, screen)
    return { handle: patient.keys.handle, fingerprint: shown, recovery, tried, emergency }
  },
}
