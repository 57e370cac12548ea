/** A desk's folder as its teams need it: keys and the change on their way are parts of the device, sealed. */
import type { StagedTeam, TeamDesk } from '@salus/directory/device/team'
import type { OpenDesk } from './people.ts'

/** Sealed part of the desk's device: the change on its way, or null. */
const PART = 'team'

/** What founding and setting teams work on. */
export const teamDesk = ({ link, desk, keys, device }: OpenDesk): TeamDesk => ({
  ...{ link, desk, teams: keys.teams, keep: () => device.write('keys', keys) },
  staged: () => device.read<StagedTeam | null>(PART),
  stage: (change) => device.write(PART, change),
})
