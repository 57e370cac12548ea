/** One hospital's node in a process of its own, with its sample people; it ends with the command that started it. */
import { existsSync, writeSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isAppError } from '@salus/base/errors'
import { listenNode } from '@salus/node-app/listen'
import { seedDemo } from '../demo/demo.ts'
import type { Cast } from '../demo/organisations.ts'
import { samplesOf } from '../demo/staff.ts'
import { letGo, untilAsked } from '../until.ts'
import type { Screen } from '../verb.ts'

const signal = untilAsked()
const { SALUS_DATA: dir = '', SALUS_PORT: port = '0', SALUS_WEB: web } = process.env
const silent: Screen = { language: 'en', json: true, say: () => {}, progress: () => {}, ask: async () => '' }

/** Its log may lie on the disk that is full: that ends no node. */
function tell(line: string): void {
  try {
    writeSync(2, line)
  } catch {
    // Said to whoever asks, all the same.
  }
}

try {
  const cast = join(dir, 'cast.json')
  const preparing = existsSync(cast)
  const log = ({ route, status, code }: { route: string; status: number; code?: string }) => {
    if (status >= 500) tell(`${route} ${status} ${code ?? ''}\n`)
  }
  const at = { dir, host: '127.0.0.1', port: Number(port), log, preparing, advanceMs: 2_000, ...(web ? { web } : {}) }
  const running = await listenNode(at)
  if (preparing) {
    const people = JSON.parse(await readFile(cast, 'utf8')) as Cast
    const seeded = await seedDemo(dir, running, silent, people)
    running.node.state.samples = await samplesOf(dir, seeded, people)
    running.node.state.ready = true
  }
  if (!signal.aborted) await new Promise((done) => signal.addEventListener('abort', done, { once: true }))
  await running.stop()
  letGo()
} catch (error) {
  process.stderr.write(`${isAppError(error) ? error.code : error}\n`)
  process.exit(1)
}
