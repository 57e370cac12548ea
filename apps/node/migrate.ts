/**
 * N28 A hospital that ran alone hands its ledger to CometBFT: history and app hash go on, nothing is begun anew. Its machine
 * must be on the ledger before (a member's vote put it there): a chain that knows none of its voters could be taken over.
 */
import { join } from 'node:path'
import type { Clock } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { takeOver } from '@salus/ledger/comet/engine'
import { type CometIdentity, makeHome, writeConfig, writeGenesis } from '@salus/ledger/comet/home'
import { createEmbedded } from '@salus/ledger/embedded'
import { type CometFile, cometFolder, hasComet, writeCometFile } from './comet.ts'
import type { NodeCode } from './errors.ts'
import { readFounded } from './found.ts'
import { keysOf } from './keys.ts'
import { modulesOf } from './ledger.ts'
import { lockFolder } from './lock.ts'

export type MigratePorts = { readonly dir: string; readonly keys?: string; readonly clock: Clock }
export type MigrateTo = { readonly abci: CometFile['abci']; readonly rpc: number; readonly p2p: number }
export type Migrated = { readonly height: number; readonly appHash: string; readonly home: string }

/** CometBFT's keys for this node, made once: what a vote puts on the ledger. */
export const cometIdentity = (dir: string): Promise<CometIdentity> => makeHome(cometFolder(dir))

/** The node must be stopped. Cut short, the same command goes on: the file changes hands last but one, `comet.json` comes last. */
export async function migrateToComet(
  { dir, keys = keysOf(dir), clock }: MigratePorts,
  to: MigrateTo,
): Promise<Migrated> {
  const { genesis, operatorKey: signer } = await readFounded(dir, keys)
  if (hasComet(dir)) throw new AppError<NodeCode>('migrated-before')
  const unlock = lockFolder(dir)
  try {
    const path = join(dir, 'ledger.db')
    const modules = modulesOf(genesis)
    const { validator } = await cometIdentity(dir)
    const ledger = await createEmbedded({ path, genesis, clock, signer, modules })
    const peers = (await ledger.query('members/peers').finally(ledger.close)) as readonly { validator: string }[]
    if (!peers.some((one) => one.validator === validator)) throw new AppError<NodeCode>('node-not-admitted')
    const home = cometFolder(dir)
    const { base: height, time, appHash } = await takeOver({ path, genesis, modules })
    const validators = peers.map((one) => one.validator)
    await writeGenesis(home, { genesis, validators, from: { height, time, appHash } })
    await writeConfig(home, { abci: addressOf(to.abci), rpc: to.rpc, p2p: to.p2p, peers: [] })
    await writeCometFile(dir, { abci: to.abci, rpc: `http://127.0.0.1:${to.rpc}` })
    return { height, appHash, home }
  } finally {
    unlock()
  }
}

/** The machine's socket as CometBFT's configuration names it. */
export const addressOf = (abci: CometFile['abci']): string =>
  'path' in abci ? `unix://${abci.path}` : `tcp://127.0.0.1:${abci.port}`
