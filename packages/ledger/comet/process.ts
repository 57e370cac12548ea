/** CometBFT's process beside a node: started, watched, ended. Its own log stays in its home. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'

export type CometProcess = {
  readonly pid: number
  /** Resolves when it has ended, however it did. */
  readonly ended: Promise<void>
  /** Asks it to end, and makes it after ten seconds. */
  stop(): Promise<void>
  kill(): Promise<void>
}

const PATIENCE = 10_000

/** Starts it over its home. It waits for the machine's socket by itself, and ends when the machine ends. */
export function startComet(program: string, home: string): CometProcess {
  const log = openSync(join(home, 'cometbft.log'), 'a', 0o600)
  // Go's collector: a validator of this size needs little, and four of them share a machine in a demonstration.
  const env = { ...process.env, GOGC: '50' }
  const child: ChildProcess = spawn(program, ['start', '--home', home], { stdio: ['ignore', log, log], env })
  closeSync(log)
  const ended = new Promise<void>((done) => {
    child.once('exit', () => done())
    child.once('error', () => done())
  })
  return {
    pid: child.pid ?? 0,
    ended,
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE)
      await ended
      clearTimeout(timer)
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
