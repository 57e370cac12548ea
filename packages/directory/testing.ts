/** For tests: a small consortium with its desks, and keyrings made statement by statement, without any node. Samples only. */
import { base64url, fromBase64url } from '@salus/base/bytes'
import { type Clock, seconds, systemRandom } from '@salus/base/clock'
import type { Handle } from '@salus/base/ids'
import { newId } from '@salus/base/ids'
import { manualClock } from '@salus/base/testing'
import { digest } from '@salus/crypto/hash'
import { generateDeviceKey, generateKeyPair } from '@salus/crypto/keys'
import { personKeys } from '@salus/crypto/testing'
import { formatVkey, noteKey } from '@salus/journal/note'
import { type Draft, type Signer, signStatement } from '@salus/journal/statement'
import { type Roots, signRoots } from './consortium.ts'
import type { Epoch } from './contract.ts'
import { deviceThumbprint, handleOf } from './keyring.ts'

export const ORIGIN = 'journal.sample.example'

export type Holder = Signer & { readonly publicKey: string }

/** A fresh device that signs. */
export async function newHolder(): Promise<Holder> {
  const { publicKey, privateKey } = await generateDeviceKey()
  return { publicKey, privateKey, kid: deviceThumbprint(publicKey) }
}

export type SampleWorld = {
  readonly roots: Roots
  readonly desks: Readonly<Record<string, Holder>>
  readonly log: Holder
  readonly clock: Clock
  readonly advance: (ms: number) => void
  readonly sign: (signer: Signer, draft: Omit<Draft, 'aud'>) => Promise<string>
  /** The roots signed by each of its organisations, as the file holds them. */
  readonly signatures: () => Promise<string[]>
}

/** Two organisations, one journal. */
export async function sampleWorld(orgs: readonly string[] = ['saint-roch', 'cabinet-lilas']): Promise<SampleWorld> {
  const { clock, advance } = manualClock()
  const log = await newHolder()
  const desks: Record<string, Holder> = {}
  for (const org of orgs) desks[org] = await newHolder()
  const vkey = formatVkey(noteKey(ORIGIN, fromBase64url(log.publicKey)))
  const organisations = Object.entries(desks).map(([org, { publicKey }]) => ({
    ...{ org: org as never, name: `${org} (sample)`, kind: 'hospital' as const, country: 'FR', key: publicKey },
  }))
  const journals = [{ origin: ORIGIN, vkey, operator: 'saint-roch' as never }]
  const roots: Roots = {
    ...{ version: 1, chain: 'sample-chain', genesis: digest('genesis'), organisations, journals },
    policy: 'quorum none\n',
  }
  const at = { clock, random: systemRandom }
  return {
    ...{ roots, desks, log, clock, advance },
    sign: (signer, draft) => signStatement(signer, { ...draft, aud: ORIGIN }, at),
    signatures: () => Promise.all(Object.values(desks).map((one) => signRoots(roots, one.privateKey, one.publicKey))),
  }
}

export const newKey = (): string => generateKeyPair(systemRandom).publicKey

export const epochOf = (compartment: string, epoch: number, from: number, until?: number): Epoch => ({
  ...{ compartment: compartment as never, epoch, key: newKey(), from },
  ...(until === undefined ? {} : { until }),
})

/** The desk of `org` in a world that has it. */
export function deskOf(w: SampleWorld, org = 'saint-roch'): Holder {
  const desk = w.desks[org]
  if (!desk) throw new Error(`no organisation ${org}`)
  return desk
}

/** An intake keyring's first entry. */
export async function intakeEntry(w: SampleWorld, org = 'saint-roch', signer: Holder = deskOf(w, org)) {
  const epochs = [epochOf('allergies', 1, seconds(w.clock())), epochOf('results', 1, seconds(w.clock()))]
  const body = { kind: 'patient', org, nonce: newId(systemRandom), epochs }
  const token = await w.sign(signer, { type: 'KeyringStarted', iss: org, body })
  return { token, handle: handleOf(token, org) }
}

/** The desk's countersignature over `device`, at head `prev`. */
export const approvalFor = (w: SampleWorld, handle: Handle, device: string, prev: string, signer = deskOf(w)) =>
  w.sign(signer, {
    ...{ type: 'ClaimApproved', iss: 'saint-roch', sub: handle },
    body: { claim: newId(systemRandom), device, prev, packets: [digest(base64url(systemRandom(8)))] },
  })

/** The claim itself, with whatever `change` says otherwise. */
export async function claimEntry(
  w: SampleWorld,
  device: Holder,
  at: { handle: Handle; prev: string; approval: string },
  change: Record<string, unknown> = {},
): Promise<string> {
  const [person] = await personKeys(1)
  const { handle, prev, approval } = at
  const epochs = [epochOf('allergies', 2, seconds(w.clock()))]
  const body = {
    ...{ n: 2, prev, device: device.publicKey, person: person?.publicKey, inbox: newKey(), epochs, approval },
    packets: [digest('own packet')],
    ...change,
  }
  return w.sign(device, { type: 'KeyringClaimed', iss: handle, sub: handle, body })
}

/** A claimed keyring: its entries, and the device that holds it. */
export async function claimedKeyring(w: SampleWorld) {
  const { token, handle } = await intakeEntry(w)
  const device = await newHolder()
  const approval = await approvalFor(w, handle, device.publicKey, digest(token))
  const claim = await claimEntry(w, device, { handle, prev: digest(token), approval })
  return { handle, device, approval, entries: [token, claim] }
}

/** One more entry of new epochs, signed by `signer`. */
export const epochEntry = (
  w: SampleWorld,
  signer: Holder,
  at: { handle: Handle; n: number; prev: string },
  epochs: readonly Epoch[],
) =>
  w.sign(signer, {
    ...{ type: 'EpochOpened', iss: at.handle, sub: at.handle },
    body: { n: at.n, prev: at.prev, epochs, readers: [], packets: [digest('own packet')] },
  })

/** A professional's first entry. */
export async function professionalEntry(w: SampleWorld, change: Record<string, unknown> = {}) {
  const device = await newHolder()
  const [person] = await personKeys(1)
  const body = {
    ...{ kind: 'professional', org: 'saint-roch', nonce: newId(systemRandom), device: device.publicKey },
    ...{ person: person?.publicKey, name: 'Dr Sample (sample)' },
    ...change,
  }
  const token = await w.sign(device, { type: 'KeyringStarted', iss: 'self', body })
  return { token, device, handle: handleOf(token, 'saint-roch') }
}
