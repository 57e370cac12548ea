/** Is this node's ledger ordered by a CometBFT process beside it? A file in its folder says so, and where the two meet. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '@salus/base/errors'
import { parseWith, z } from '@salus/base/schema'
import { writeWhole } from '@salus/base/whole'
import { createComet } from '@salus/ledger/comet/engine'
import { rulesOf } from '@salus/ledger/comet/home'
import type { Engine } from '@salus/ledger/contract'
import { type NodeCode, reading } from './errors.ts'
import type { Founded } from './found.ts'
import { modulesOf } from './ledger.ts'

const COMET_FILE = 'comet.json'

const cometFile = z.strictObject({
  /** The socket this node opens for CometBFT. */
  abci: z.union([z.strictObject({ path: z.string().max(100) }), z.strictObject({ port: z.int().min(1).max(65_535) })]),
  /** CometBFT's own, on this machine. */
  rpc: z.string().regex(/^http:\/\/127\.0\.0\.1:\d{1,5}$/),
})
export type CometFile = z.infer<typeof cometFile>

/** CometBFT's home in a node's folder: its keys, its blocks, its log. */
export const cometFolder = (dir: string): string => join(dir, 'comet')

export const hasComet = (dir: string): boolean => existsSync(join(dir, COMET_FILE))

export const readCometFile = (dir: string): Promise<CometFile> =>
  reading('marker-damaged', async () => parseWith(cometFile, await readFile(join(dir, COMET_FILE), 'utf8')))

export const writeCometFile = (dir: string, file: CometFile): Promise<void> =>
  writeWhole(join(dir, COMET_FILE), `${JSON.stringify(cometFile.parse(file), null, 2)}\n`)

/** N33 Other rules of the ledger than the members': it would come to another state, and be stopped only then. */
const checkedRules = (dir: string): Promise<number> =>
  reading('genesis-damaged', async () => {
    const { chain, own, known } = await rulesOf(cometFolder(dir))
    if (known) return chain
    throw new AppError<NodeCode>(chain > own ? 'data-format-newer' : 'data-format-older', { format: chain })
  })

/** Opens the ledger's file behind CometBFT and waits for its process to come; `fault` hears of what stopped the machine. */
export async function openComet(dir: string, { genesis }: Founded, fault: (error: unknown) => void): Promise<Engine> {
  const { abci, rpc } = await readCometFile(dir)
  const rules = await checkedRules(dir)
  return createComet({ path: join(dir, 'ledger.db'), genesis, modules: modulesOf(genesis), abci, rpc, rules, fault })
}
