/** One hospital at work: its node's process and CometBFT's beside it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type CometProcess, startComet } from '@salus/ledger/comet/process'
import { cometFolder } from '@salus/node-app/comet'
import { BESIDE } from '../until.ts'

export type Part = 'node' | 'comet'
export type Member = {
  /** Which of its processes run. */
  running(): readonly Part[]
  start(part?: Part): void
  /** Ends cleanly. */
  stop(): Promise<void>
  /** As a power cut would: kill -9, of one process or of both. */
  kill(part?: Part): Promise<void>
  /** As an attacker would: everything this hospital holds is gone, but for its keys and what everybody signed. */
  wipe(): Promise<void>
}

type Place = { readonly dir: string; readonly port: number; readonly program: string; readonly web?: string }

const SERVE = join(import.meta.dirname, 'serve.ts')
const FLAGS = ['--disable-warning=ExperimentalWarning']
/** What is not data: keys, and what is public and signed by all. */
const KEPT: ReadonlySet<string> = new Set([
  ...[
    'keys',
    'card.json',
    'genesis.json',
    'consortium.json',
    'node.json',
    'comet.json',
    'comet',
    'devices',
    'cast.json',
  ],
  'demo.json',
])

const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((done) => child.once('exit', () => done()))

function startNode({ dir, port, web }: Place): ChildProcess {
  const log = openSync(join(dir, 'node.log'), 'a', 0o600)
  const env = {
    ...process.env,
    ...BESIDE,
    SALUS_DATA: dir,
    SALUS_PORT: String(port),
    ...(web ? { SALUS_WEB: web } : {}),
  }
  const child = spawn(process.execPath, [...FLAGS, SERVE], { env, stdio: ['ignore', log, log, 'ipc'] })
  closeSync(log)
  return child
}

/** Ends it cleanly, and hard where that takes too long. */
async function stopNode(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await ended(child)
  clearTimeout(late)
}

/** A process that is wanted and ended by itself is started again after this long, as a service manager does. */
const AGAIN_MS = 500

type Process = { readonly ended: Promise<void>; stop(): Promise<void>; kill(): Promise<void> }

/** CometBFT ends by itself without its machine, and now and then hangs while it does: then it is ended hard (its log allows it). */
const LOST_MS = 3_000

/** One process that is kept running from `start` until it is stopped or killed; `gone` hears each time it has ended. */
function keeping(begin: () => Process, gone: () => void = () => undefined) {
  let wanted = false
  let current: Process | undefined
  const run = () => {
    if (!wanted || current) return
    const started = begin()
    current = started
    void started.ended.then(() => {
      if (current === started) current = undefined
      gone()
      setTimeout(run, AGAIN_MS).unref()
    })
  }
  const end = async (how: 'stop' | 'kill') => {
    wanted = false
    await current?.[how]()
  }
  return {
    runs: () => current !== undefined,
    start() {
      wanted = true
      run()
    },
    stop: () => end('stop'),
    kill: () => end('kill'),
    /** Ends the process that runs now, should it still be there then; it is started again where it is wanted. */
    recycle(after: number) {
      const one = current
      setTimeout(() => (one && one === current ? void one.kill() : undefined), after).unref()
    },
  }
}

const processOf = (child: ChildProcess): Process => ({
  ended: ended(child),
  stop: () => stopNode(child),
  async kill() {
    child.kill('SIGKILL')
    await ended(child)
  },
})

export function createMember(place: Place): Member {
  const comet = keeping((): CometProcess => startComet(place.program, cometFolder(place.dir)))
  const node = keeping(
    () => processOf(startNode(place)),
    () => comet.recycle(LOST_MS),
  )
  const both = { node, comet } as const
  const of = (part?: Part) => (part ? [both[part]] : [node, comet])
  const kill = async (part?: Part) => void (await Promise.all(of(part).map((one) => one.kill())))
  return {
    running: () => (['node', 'comet'] as const).filter((part) => both[part].runs()),
    start: (part) => {
      for (const one of of(part)) one.start()
    },
    kill,
    async stop() {
      // First the one that asks, then the one that answers.
      await comet.stop()
      await node.stop()
    },
    async wipe() {
      await kill()
      for (const one of await readdir(place.dir)) {
        if (!KEPT.has(one) && !/^consortium-\d+\.json$/.test(one))
          await rm(join(place.dir, one), { recursive: true, force: true })
      }
      await rm(join(cometFolder(place.dir), 'data'), { recursive: true, force: true })
    },
  }
}
