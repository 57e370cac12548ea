/** Where CometBFT's program is: named, on the path, built before, or built now where Go is there (once, about 90 seconds). */
import { execFile } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { AppError } from '@salus/base/errors'
import type { LedgerCode } from '../errors.ts'

/** The release this engine is tested with. */
export const COMETBFT = 'v0.38.25'
/** Of these nothing differs that this engine uses. */
const RELEASE = '0.38.'
const MODULE = 'github.com/cometbft/cometbft'
const PROGRAMS = { cometbft: 'cmd/cometbft', 'abci-cli': 'abci/cmd/abci-cli' } as const
type Program = keyof typeof PROGRAMS
const run = promisify(execFile)

/** How to get it, for whoever has none. */
export const HOW = `go install ${MODULE}/${PROGRAMS.cometbft}@${COMETBFT}`

const cached = (name: Program): string => join(homedir(), '.cache', 'salus', `cometbft-${COMETBFT}`, name)

function runs(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

const onPath = (name: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((dir) => join(dir, name))
    .find(runs)

/**
 * The program that is there already: `SALUS_COMETBFT` (it, or the folder it lies in), PATH, or the cache. A name that leads nowhere is not
 * passed over.
 */
export function findCometbft(): string | undefined {
  const named = process.env.SALUS_COMETBFT
  if (named) {
    const found = [named, join(named, 'cometbft')].find(runs)
    if (!found) throw new AppError<LedgerCode>('cometbft-missing')
    return found
  }
  return onPath('cometbft') ?? (runs(cached('cometbft')) ? cached('cometbft') : undefined)
}

/** CometBFT's own example application, which the benches stand beside ours. */
export const findAbciCli = (): string | undefined =>
  onPath('abci-cli') ?? (runs(cached('abci-cli')) ? cached('abci-cli') : undefined)

/**
 * The program, built where there is none; throws `cometbft-missing` where neither it nor Go can be had, `cometbft-other` where it does not
 * run here or is of another release. `told` hears that building takes a while.
 */
export async function cometbft(told?: () => void): Promise<string> {
  const found = findCometbft()
  if (found === undefined) return build('cometbft', told)
  const { stdout } = await run(found, ['version']).catch(() => ({ stdout: '' }))
  if (!stdout.startsWith(RELEASE)) throw new AppError<LedgerCode>('cometbft-other')
  return found
}

export const abciCli = async (): Promise<string> => findAbciCli() ?? build('abci-cli')

const building = new Map<Program, Promise<string>>()

function build(name: Program, told: () => void = () => undefined): Promise<string> {
  const running = building.get(name) ?? install(name, told).finally(() => building.delete(name))
  building.set(name, running)
  return running
}

async function install(name: Program, told: () => void): Promise<string> {
  const go = onPath('go') ?? (runs('/usr/local/go/bin/go') ? '/usr/local/go/bin/go' : undefined)
  if (!go) throw new AppError<LedgerCode>('cometbft-missing')
  told()
  const dir = join(cached(name), '..')
  await mkdir(dir, { recursive: true })
  try {
    // Checked against Go's checksum database, like every module. No C is compiled.
    const env = { ...process.env, GOBIN: dir, CGO_ENABLED: '0' }
    await run(go, ['install', `${MODULE}/${PROGRAMS[name]}@${COMETBFT}`], { env })
  } catch (cause) {
    throw new AppError<LedgerCode>('cometbft-missing', {}, { cause })
  }
  return cached(name)
}
