/** What an organisation's desk holds in this browser. */
import type { OrgId } from '@salus/base/ids'
import type { DevicePair } from '@salus/directory/device/link'
import type { Pair } from '@salus/directory/device/patient'

/** Its signing key, the register key, and each team's keys. */
export type DeskKeys = { org: OrgId; device: DevicePair; register: Pair; teams: Record<string, readonly string[]> }
