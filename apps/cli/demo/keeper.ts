/** The demonstration's emergency keeper, in a process of its own beside the node: an emergency there is answered to the end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { BESIDE } from '../until.ts'
import { keyFile } from '../verbs/keeper.ts'

const MAIN = join(import.meta.dirname, '../main.ts')
/** It lives long beside the node: what lives shortly is collected early (docs/performance.md). */
const FLAGS = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=4']

/** Does a demonstration's start start its keeper? Not where somebody else is to run it. */
export const keeperStarts = (): boolean => process.env.SALUS_KEEPER !== 'off'

/**
 * Starts it on its folder; `stop` ends it. The channel between the two closes with the node, however that ends, and the
 * keeper ends with it. What it cannot do it says on standard error.
 */
export function startKeeper(dir: string): { stop(): Promise<void> } {
  const device = join(dir, 'devices', 'keeper')
  if (!keeperStarts() || !existsSync(keyFile(device))) return { stop: async () => undefined }
  const child = spawn(process.execPath, [...FLAGS, MAIN, 'keeper', '--device', device], {
    env: { ...process.env, ...BESIDE },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ended = ending(child)
  return {
    stop() {
      child.kill('SIGTERM')
      return ended
    },
  }
}

/** However it ends, or when it could not begin: the demonstration goes on without it. */
const ending = (child: ChildProcess) =>
  new Promise<void>((done) => {
    child.once('error', (error) => {
      process.stderr.write(`${error.message}\n`)
      done()
    })
    child.once('exit', () => done())
  })
