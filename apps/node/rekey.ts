/**
 * N36 Another key for this machine's votes on blocks (L16): made beside the one in use, put on the ledger by the member, and taken into
 * use while CometBFT is stopped. Cut short anywhere, the ledger says which of the two counts.
 */
import { AppError } from '@salus/base/errors'
import { makeNextValidator, nextValidator, readIdentity, takeNextValidator } from '@salus/ledger/comet/home'
import { cometFolder, hasComet, readCometFile } from './comet.ts'
import type { NodeCode } from './errors.ts'

/** Does CometBFT answer beside this node? */
async function answers(rpc: string): Promise<boolean> {
  const asked = fetch(`${rpc}/health`, { signal: AbortSignal.timeout(2_000) })
  // Slow is not stopped: only a closed door is.
  return asked.then(
    () => true,
    (error: { name?: string }) => error.name === 'TimeoutError',
  )
}

/** The key that is to follow, made once. Throws `validator-other` where the one in use is not the ledger's `current`. */
export async function proposeKey(dir: string, current: string | undefined): Promise<string> {
  const home = cometFolder(dir)
  if (!hasComet(dir) || (await readIdentity(home)).validator !== current)
    throw new AppError<NodeCode>('validator-other')
  return makeNextValidator(home)
}

/** Takes the key that was made, once it is the ledger's `current`; CometBFT must be stopped. False where it is not the ledger's. */
export async function takeKey(dir: string, current: string | undefined): Promise<boolean> {
  const home = cometFolder(dir)
  if (!hasComet(dir) || current === undefined || (await nextValidator(home)) !== current) return false
  const { rpc } = await readCometFile(dir)
  if (await answers(rpc)) throw new AppError<NodeCode>('comet-running')
  await takeNextValidator(home)
  return true
}
