/** `consortium up` as somebody types it, for tests. */
import { spawn } from 'node:child_process'

/** `consortium up` in a process of its own; resolves when it says that all are there. */
export async function up(env: Record<string, string>, cwd: string, main: string) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, 'consortium', 'up'], {
    ...{ env, cwd, stdio: ['ignore', 'pipe', 'inherit'] as const },
  })
  let printed = ''
  const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)))
  await new Promise<void>((done, failed) => {
    child.stdout.on('data', (part) => {
      printed += part
      if (printed.includes('Open an address')) done()
    })
    child.once('exit', () => failed(new Error(`it ended: ${printed}`)))
  })
  return { printed, ended, child }
}
