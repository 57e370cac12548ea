/** Which level a platform has: Intel's rules for matching component versions and joining what the parts are worth. */
import { hex } from '@salus/base/bytes'
import type { ModuleLevel, PlatformLevel, SeamModule, TcbInfo } from './collateral.ts'
import type { TcbStatus } from './contract.ts'
import type { Platform } from './pck.ts'
import type { TdReport } from './quote.ts'
import { refuse } from './refuse.ts'

/** A status and the advisories that go with it. */
export type Rating = { readonly status: TcbStatus; readonly advisories: readonly string[] }

const ratingOf = (level: PlatformLevel | ModuleLevel): Rating => ({
  status: level.tcbStatus,
  advisories: level.advisoryIDs,
})
const reaches = (have: readonly number[], need: readonly number[], from = 0): boolean =>
  need.every((svn, index) => index < from || (have[index] ?? -1) >= svn)

/** E6 The first level (they go down) that the platform reaches in every component; `tcb-unknown` when it reaches none. */
export function ratePlatform(info: TcbInfo, platform: Platform, td?: TdReport): Rating {
  const level = info.tcbLevels.find(
    ({ tcb }) =>
      reaches(platform.components, tcb.sgxtcbcomponents) &&
      platform.pceSvn >= tcb.pcesvn &&
      (td === undefined || reachesTdx(td, tcb.tdxtcbcomponents)),
  )
  return level ? ratingOf(level) : refuse('tcb-unknown')
}

/** With a module of version 1 or later, the first two components are the module's own: its identity rates them. */
function reachesTdx(td: TdReport, need: readonly number[] | undefined): boolean {
  return need !== undefined && reaches([...td.teeTcbSvn], need, td.teeTcbSvn[1]! > 0 ? 2 : 0)
}

/** E6 The TDX module: signed by whom TCB info says, with the attributes it says; rated by its own levels from version 1 on. */
export function rateModule(info: TcbInfo, td: TdReport): Rating {
  const [svn, version] = td.teeTcbSvn as unknown as [number, number]
  if (version === 0) {
    if (!info.tdxModule || !isModule(info.tdxModule, td)) refuse('tdx-module-invalid')
    return { status: 'UpToDate', advisories: [] }
  }
  const id = `TDX_${hex(Uint8Array.of(version)).toUpperCase()}`
  const identity = info.tdxModuleIdentities?.find((one) => one.id === id)
  if (!identity || !isModule(identity, td)) return refuse('tdx-module-invalid')
  return rateVersion(identity.tcbLevels, svn) ?? refuse('tdx-module-invalid')
}

const isModule = (module: SeamModule, td: TdReport): boolean =>
  module.mrsigner === td.seamSigner && matches(hex(td.seamAttributes), module.attributes, module.attributesMask)

/** The first level whose version is reached, undefined when none is. */
export function rateVersion(levels: readonly ModuleLevel[], version: number): Rating | undefined {
  const level = levels.find(({ tcb }) => version >= tcb.isvsvn)
  return level && ratingOf(level)
}

/** Equal where the mask has a one; all three hexadecimal of the same length. */
export function matches(value: string, wanted: string, mask: string): boolean {
  const bits = (text: string) => BigInt(`0x${text}`)
  return value.length === mask.length && (bits(value) & bits(mask)) === (bits(wanted) & bits(mask))
}

/** Joins a platform's rating with that of its module or quoting enclave: the worse one counts, advisories add up. */
export function join(platform: Rating, part: Rating): Rating {
  const advisories = [...new Set([...platform.advisories, ...part.advisories])].sort()
  return { status: joined(platform.status, part.status), advisories }
}

function joined(platform: TcbStatus, part: TcbStatus): TcbStatus {
  if (platform === 'Revoked' || part === 'Revoked') return 'Revoked'
  if (part !== 'OutOfDate') return platform
  return platform.startsWith('Configuration') || platform === 'OutOfDateConfigurationNeeded'
    ? 'OutOfDateConfigurationNeeded'
    : 'OutOfDate'
}
