/** Commands of this program in processes of their own, beside a demonstration: they end with it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { AppError } from '@salus/base/errors'
import { BESIDE } from '../until.ts'

const MAIN = join(import.meta.dirname, '../main.ts')
const FLAGS = ['--disable-warning=ExperimentalWarning']

/** A command of this program beside the demonstration; resolves when it has printed `ready`. */
export function beside(words: readonly string[], env: NodeJS.ProcessEnv, ready: RegExp) {
  const child = spawn(process.execPath, [...FLAGS, MAIN, ...words], {
    env: { ...env, ...BESIDE },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  let printed = ''
  const found = new Promise<RegExpExecArray>((done, failed) => {
    child.stdout?.on('data', (part) => {
      printed += part
      const seen = ready.exec(printed)
      if (seen) done(seen)
    })
    child.once('error', failed)
    child.once('exit', () => failed(new AppError('host-stopped')))
  })
  return { child, found }
}

/** Asks it to end, and waits until it has. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>((done) => child.once('exit', () => done()))
  child.kill('SIGTERM')
  await ended
}
