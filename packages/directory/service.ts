/** The verbs the node offers beside statements: lists for desks and professionals, the sealed register; and the doors to the rest. */
import { seconds } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import type { Handle, StatementId } from '@salus/base/ids'
import { personThumbprint } from '@salus/crypto/keys'
import { packetJwes } from '@salus/journal/sources'
import { movedTo } from './circle.store.ts'
import type { DirectoryCode } from './contract.ts'
import { credentialsOf, keepersAt, loadKeyring, professionalsOf, teamPackets, teamsOf } from './directory.store.ts'
import { findKeyring } from './find.ts'
import type { DirectoryPorts } from './ports.ts'
import { enterPerson, peopleOf } from './register.store.ts'
import { credentialInForce } from './rules.ts'

// biome-ignore lint/performance/noBarrelFile: one face of the package, kept in files of one subject each
export { createClaims } from './claims.ts'
export { findKeyring } from './find.ts'
export { createKeychains } from './keychains.ts'
export type { DirectoryPorts } from './ports.ts'
export { createRepresented } from './represented.ts'
export { createSessions } from './sessions.ts'

const fail = (code: DirectoryCode) => new AppError<DirectoryCode>(code)

/** Lists for desks and professionals, and the sealed register. */
export const createPeople = (ports: DirectoryPorts) => ({
  keyring: (handle: string) => findKeyring(ports.views, ports.journal, handle),
  professionals: (org: string) => professionals(ports, org),
  keepers: () => ports.views.tx(async (v) => ({ keepers: await keepersAt(v, seconds(ports.clock())) })),
  teams: (handle: string) => teams(ports, handle),
  register: (org: string) => register(ports, org),
  enter: (org: string, input: { handle: string; sealed: string }) => enter(ports, org, input),
})

/** D18 A desk lists its own professionals, each with the credential in force, if any. */
const professionals = ({ views, clock }: DirectoryPorts, org: string) =>
  views.tx(async (v) => {
    const out = []
    for (const {
      handle,
      name = '',
      devices: [device = ''],
      head,
    } of await professionalsOf(v, org)) {
      const held = (await credentialsOf(v, handle)).find((one) => credentialInForce(one, seconds(clock())))
      const credential = held ? { id: held.id as StatementId, profession: held.profession, until: held.until } : null
      out.push({ handle, name, device, head: head as never, credential })
    }
    return { professionals: out }
  })

/** D18 Team keys go to whoever is a member now, sealed to the person key he or she has now. */
const teams = ({ views, sources }: DirectoryPorts, handle: string) =>
  views.tx(async (v) => {
    const me = await loadKeyring(v, handle)
    if (!me?.person) throw fail('keyring-unknown')
    const kid = personThumbprint(me.person)
    const out = []
    for (const team of await teamsOf(v, handle)) {
      const state = await loadKeyring(v, team)
      if (!state?.person) continue
      const ids = await teamPackets(v, team, kid)
      const packets = [...(await sources.tx((s) => packetJwes(s, ids))).values()]
      out.push({ handle: team, name: state.name ?? '', person: state.person, packets })
    }
    return { teams: out }
  })

const register = ({ views, sources }: DirectoryPorts, org: string) =>
  views.tx(async (v) => {
    const people = []
    for (const { handle, sealed } of await sources.tx((s) => peopleOf(s, org))) {
      const state = await loadKeyring(v, handle)
      if (state) people.push({ handle: handle as Handle, sealed, claimed: state.devices.length > 0 })
    }
    return { people }
  })

/** D18 Traits are entered for patients who are at home with the organisation; another's handle looks like none. */
const enter = ({ views, sources }: DirectoryPorts, org: string, input: { handle: string; sealed: string }) =>
  views.tx(async (v) => {
    const state = await loadKeyring(v, input.handle)
    const home = (await movedTo(v, input.handle)) ?? state?.org
    if (home !== org || state?.kind !== 'patient') throw fail('keyring-unknown')
    await sources.tx((s) => enterPerson(s, input.handle, org, input.sealed))
    return {}
  })
