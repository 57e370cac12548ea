/** CometBFT, for tests and drills: found, or built once, by the project's own rule. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** Why something was left out where an optional engine cannot be had: it is said, and is no failure. */
export const isNotHere = (reason) => /is not here:/.test(reason)

export function prepareComet(root) {
  const file = join(root, 'packages/ledger/comet/build.ts')
  spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', file], { cwd: root, stdio: ['ignore', 2, 2] })
}
