/** The command line as people type it, for tests: real processes over a data folder of its own, one node on a free port. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { makeDevice } from '@salus/cli/device'
import type { PatientDevice } from '@salus/records/device/patient'
import { freePort } from './ports.ts'

const MAIN = resolve(import.meta.dirname, '../apps/cli/main.ts')
const FLAGS = ['--disable-warning=ExperimentalWarning']

export type Ran = { code: number; out: string; err: string; json: Record<string, unknown> }

/** What to type when standard output shows `when`: the answer may use what it showed. */
export type Reply = { when: RegExp; say: (seen: RegExpExecArray) => string }

/** A device that a test made, in a folder as the command line keeps one; one way of restoring it was tried. */
export async function inFolder(
  dir: string,
  { keys, book }: PatientDevice,
  { url: base, origin }: { url: string; origin: string },
): Promise<void> {
  const device = await makeDevice(dir, 'patient', { base, fetch, origin })
  await device.write('keys', keys)
  await device.write('book', book)
  await device.write('recovery', { tried: true })
}

/** A folder with nothing in it, and the commands over it. `start` founds and seeds the demonstration. */
export async function createCommands(name: string) {
  const root = mkdtempSync(join(tmpdir(), `salus-${name}-`))
  const data = join(root, 'data')
  const port = await freePort()
  const env: Record<string, string> = {
    ...{ PATH: process.env.PATH ?? '', HOME: root, SALUS_DATA: data, SALUS_PORT: String(port) },
    // A test that needs a keeper runs its own, or asks the start for it.
    ...{ LANG: 'en_GB.UTF-8', SALUS_KEEPER: 'off', SALUS_MARKET: 'off' },
  }
  let node: ChildProcess | undefined
  let printed = ''
  const open = (words: readonly string[], more: Record<string, string> = {}) =>
    spawn(process.execPath, [...FLAGS, MAIN, ...words], { env: { ...env, ...more }, cwd: root })

  /** Runs a command; `replies` are typed one after another as their prompt shows up, or `input` all at once. */
  function run(
    words: readonly string[],
    input: string | readonly Reply[] = '',
    more: Record<string, string> = {},
  ): Promise<Ran> {
    const child = open(words, more)
    let [out, err] = ['', '']
    const waiting = typeof input === 'string' ? [] : [...input]
    const answer = () => {
      const seen = waiting[0]?.when.exec(out)
      if (!seen || !waiting[0]) return
      child.stdin?.write(`${waiting[0].say(seen)}\n`)
      waiting.shift()
      if (waiting.length === 0) child.stdin?.end()
    }
    child.stdout?.on('data', (part) => {
      out += part
      answer()
    })
    child.stderr?.on('data', (part) => {
      err += part
    })
    if (typeof input === 'string') child.stdin?.end(input)
    else answer()
    // A prompt that nobody answers must fail a test, not hang it.
    const limit = setTimeout(() => child.kill('SIGKILL'), 90_000)
    return new Promise((done) => {
      child.once('close', (code) => {
        clearTimeout(limit)
        const last = out.trim().split('\n').at(-1) ?? ''
        done({ code: code ?? -1, out, err, json: last.startsWith('{') ? JSON.parse(last) : {} })
      })
    })
  }

  return {
    root,
    data,
    env,
    main: MAIN,
    /** Where its node answers. */
    url: `http://127.0.0.1:${port}`,
    device: (folder: string) => join(data, 'devices', folder),
    run,
    /** Runs with --json and must succeed. */
    async done(words: readonly string[], input: string | readonly Reply[] = ''): Promise<Record<string, unknown>> {
      const ran = await run([...words, '--json'], input)
      assert.equal(ran.code, 0, `${words.join(' ')}\n${ran.err}`)
      return ran.json
    },
    /** Starts a command that runs until it is stopped; `stop` gives what it printed. */
    background(words: readonly string[], more: Record<string, string> = {}): { stop(): Promise<Ran> } {
      const child = open(words, more)
      let [out, err] = ['', '']
      child.stdout?.on('data', (part) => {
        out += part
      })
      child.stderr?.on('data', (part) => {
        err += part
      })
      const ended = new Promise<Ran>((done) =>
        child.once('close', (code) => done({ code: code ?? -1, out, err, json: {} })),
      )
      return {
        stop() {
          child.kill('SIGTERM')
          return ended
        },
      }
    },
    /** The node's process. */
    pid: () => node?.pid ?? 0,
    /** What the node printed at its last start. */
    printed: () => printed,
    /** Starts the node, or another command that serves. */
    async start(more: Record<string, string> = {}, words: readonly string[] = ['start']): Promise<void> {
      printed = ''
      node = open(words, more)
      node.stdout?.on('data', (part) => {
        printed += part
      })
      for (let i = 0; i < 1_800 && !printed.includes('Ctrl-C'); i++) await new Promise((done) => setTimeout(done, 50))
      // A node that nobody waits for any more would keep the test file open.
      if (!printed.includes('Salus is ready')) node.kill('SIGKILL')
      assert.match(printed, /Salus is ready/)
    },
    stop: () =>
      new Promise<void>((done) => {
        node?.once('close', () => done())
        if (!node?.kill('SIGTERM')) done()
      }),
  }
}
