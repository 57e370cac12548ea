/**
 * The demonstration's people as its start page offers them: patients by the recovery code of their real keychain, staff by a
 * sample keychain sealed here under a code of its own. The node hands out what is sealed; the browser opens it.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { base64url, utf8 } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { newMasterKey, newRecoveryCode, sealKeychain, wrapWithCode } from '@salus/crypto/keychain'
import type { ProfessionalKeys } from '@salus/directory/device/professional'
import type { SampleStaff, Samples, SampleTrading } from '@salus/web-app/samples'
import { openDeskStore } from '../desk.store.ts'
import { isDevice, openDevice } from '../device.ts'
import { marketKeysOf } from '../market.ts'
import type { DemoPeople } from './demo.ts'
import { marketStarts } from './market.ts'
import { type Cast, demoCast, demoOrganisations, demoResearch } from './organisations.ts'
import { samplePatients } from './records.ts'

const deviceOf = (dir: string, name: string) => join(dir, 'devices', name)

/** A keychain of somebody who has none of the directory's: everything the browser needs, under one code. */
async function sealed(keys: object): Promise<{ content: string; wrap: string; code: string }> {
  const master = newMasterKey(systemRandom)
  const code = newRecoveryCode(systemRandom)
  const content = await sealKeychain(master, utf8(JSON.stringify(keys)), systemRandom)
  return { content, wrap: await wrapWithCode(master, code, systemRandom), code }
}

const orgName = (org: string, known: Cast['care'] = demoOrganisations): string =>
  known.find((one) => one.org === org)?.name ?? org

async function professionals(dir: string, cast: Cast): Promise<SampleStaff[]> {
  const out: SampleStaff[] = []
  for (const { file, name, org, profession } of cast.professionals) {
    const path = deviceOf(dir, file)
    if (!isDevice(path)) continue
    const keys = await (await openDevice(path, 'professional')).read<ProfessionalKeys>('keys')
    if (!keys) continue
    out.push({
      kind: 'professional',
      name,
      role: profession,
      org,
      orgName: orgName(org, cast.care),
      ...(await sealed(keys)),
    })
  }
  return out
}

/** What the hospital's desk holds: its keys, and the intake seeds of patients who have not claimed yet. */
async function desks(dir: string, people: DemoPeople, cast: Cast): Promise<SampleStaff[]> {
  const out: SampleStaff[] = []
  for (const { org, name } of cast.care) {
    const path = deviceOf(dir, `desk-${org}`)
    if (!isDevice(path)) continue
    const keys = await (await openDevice(path, 'desk')).read<object>('keys')
    if (!keys) continue
    const seeds: Record<string, string> = {}
    if (existsSync(join(path, 'desk.db'))) {
      const store = openDeskStore({ store: join(path, 'desk.db'), device: await openDevice(path, 'desk') })
      for (const handle of Object.values(people.patients)) {
        const seed = await store.seedOf(handle)
        if (seed) seeds[handle] = base64url(seed)
      }
      await store.close()
    }
    out.push({ kind: 'desk', name, role: 'desk', org, orgName: name, ...(await sealed({ keys, seeds })) })
  }
  return out
}

/** An organisation of the market and where its desk's device lies. */
export type TradingDesk = {
  readonly org: string
  readonly name: string
  readonly role: SampleTrading['role']
  readonly path: string
}

/** Organisations to be at the research door: the desk's key, and the two that results and their shares are sealed to. */
export async function tradingOf(all: readonly TradingDesk[]): Promise<SampleTrading[]> {
  const out: SampleTrading[] = []
  for (const { org, name, role, path } of all) {
    if (!isDevice(path)) continue
    const device = await openDevice(path, 'desk')
    const keys = await device.read<{ device: object }>('keys')
    if (!keys) continue
    const { share, lab } = await marketKeysOf(device)
    out.push({ name, role, org, ...(await sealed({ device: keys.device, share, lab })) })
  }
  return out
}

const trading = (dir: string): Promise<SampleTrading[]> =>
  tradingOf(
    marketStarts()
      ? demoResearch.map(({ org, role }) => ({ org, role, name: orgName(org), path: deviceOf(dir, `desk-${org}`) }))
      : [],
  )

/** What the start page of a demonstration lists. */
export async function samplesOf(dir: string, people: DemoPeople, cast = demoCast): Promise<Samples> {
  const patients = samplePatients.flatMap(({ file, given, family }) => {
    const code = people.recovery[file]
    const handle = people.patients[file]
    return code && handle ? [{ name: `${given} ${family}`, handle, code }] : []
  })
  const staff = [...(await professionals(dir, cast)), ...(await desks(dir, people, cast))]
  return { patients, claim: people.code ?? null, staff, research: await trading(dir) }
}
