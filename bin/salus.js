#!/usr/bin/env node
/**
 * The one command of this project. Plain JavaScript for any Node from 20 on, without dependencies: it sees that the
 * locked dependencies are there, then hands over to the pinned Node 24, which runs the TypeScript sources as they are.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const modules = join(root, 'node_modules')
const stampFile = join(modules, '.salus-stamp')
// Beside node_modules, not inside: `npm ci` empties that folder while the lock must hold.
const lockFile = join(root, '.salus-install.lock')
const platform = `${process.platform}-${process.arch}`
const pinned = ['linux-x64', 'linux-arm64'].includes(platform) && join(modules, `node-${platform}/bin/node`)
const french = /^fr/i.test(process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || '')

const words = {
  installing: [
    'Installing what Salus needs. This happens once.',
    'Installation de ce qu’il faut à Salus. Une seule fois.',
  ],
  waiting: ['Another Salus is installing; waiting for it.', 'Une autre commande Salus installe déjà ; on l’attend.'],
  failed: [
    'The installation did not finish. Check the network, then run the same command again.',
    'L’installation ne s’est pas terminée. Vérifiez le réseau, puis relancez la même commande.',
  ],
  node: [
    'Salus needs Node 24 or later on this machine. Install it from https://nodejs.org, then run the same command again.',
    'Salus a besoin de Node 24 ou plus récent sur cette machine. Installez-le depuis https://nodejs.org, puis relancez la même commande.',
  ],
}
/** For people, so on standard error: standard output belongs to the command itself. */
const say = (key) => process.stderr.write(`${words[key][french ? 1 : 0]}\n`)

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const readText = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : '')

/** What the stamp must say: these locked versions, for this kind of machine. */
const wantedStamp = () =>
  `${createHash('sha256')
    .update(readText(join(root, 'package-lock.json')))
    .digest('hex')} ${platform}\n`

/** Did the user install by hand? Same versions in npm's own record as in the lock file, and the folders are there. */
function agrees() {
  try {
    const { packages: wanted } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
    const { packages: found } = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8'))
    return Object.entries(wanted).every(([path, one]) => {
      if (!path.startsWith('node_modules/')) return true
      const have = found[path]
      // An optional package is for other machines, unless it is the pinned Node of this one.
      if (!have) return one.optional === true && path !== `node_modules/node-${platform}`
      return have.version === one.version && have.integrity === one.integrity && existsSync(join(root, path))
    })
  } catch {
    return false
  }
}

/** True when nothing is to be installed; a tree that agrees gets its stamp, so that the next start looks at nothing else. */
function installed() {
  if (readText(stampFile) === wantedStamp()) return true
  if (!agrees() || (pinned && !existsSync(pinned))) return false
  stamp()
  return true
}

function stamp() {
  try {
    writeFileSync(stampFile, wantedStamp())
  } catch {
    // A read-only installation works too; it is only looked at again next time.
  }
}

/** A holder renews its lock every second: one that is a minute old, or whose process is gone, has no holder any more. */
const STALE_MS = 60_000

function isStale() {
  try {
    const age = Date.now() - statSync(lockFile).mtimeMs
    const pid = Number(readFileSync(lockFile, 'utf8'))
    if (age > STALE_MS || pid === process.pid) return true
    if (!pid) return false
    process.kill(pid, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

/** Takes the lock: true when it is this process's now. */
async function take() {
  const stale = existsSync(lockFile) && isStale()
  if (stale) rmSync(lockFile, { force: true })
  try {
    writeFileSync(lockFile, String(process.pid), { flag: 'wx' })
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
  // Two that saw the same stale lock may each remove it: whoever is still named a moment later has it.
  if (stale) await wait(250)
  return readText(lockFile) === String(process.pid)
}

function renew() {
  try {
    utimesSync(lockFile, new Date(), new Date())
  } catch {
    // Taken over after a long sleep of this machine: the stamp will tell what is missing.
  }
}

/** Runs `work` while no other process of this project installs. */
async function locked(work) {
  for (let told = false; !(await take()); told = true) {
    if (!told) say('waiting')
    await wait(200)
  }
  const alive = setInterval(renew, 1_000)
  try {
    return await work()
  } finally {
    clearInterval(alive)
    rmSync(lockFile, { force: true })
  }
}

/** Passes signals on to `child`, so that nothing outlives the command. */
function passSignals(child) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // A terminal sends Ctrl-C to the child itself: a second one would look like impatience.
    process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)))
  }
}

/** Installs exactly what the lock file names; no script of any package is run. */
function install() {
  if (installed()) return true
  say('installing')
  rmSync(stampFile, { force: true })
  // npm must not run on the very Node it is about to replace, so the project's own binaries leave the search path.
  const path = (process.env.PATH ?? '').split(delimiter).filter((one) => !one.startsWith(modules))
  const flags = [
    '--loglevel=error',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--include=dev',
    '--include=optional',
  ]
  const windows = process.platform === 'win32'
  const npm = spawn(windows ? 'npm.cmd' : 'npm', ['ci', ...flags], {
    cwd: root,
    env: { ...process.env, PATH: path.join(delimiter) },
    stdio: ['ignore', 2, 2],
    shell: windows,
  })
  passSignals(npm)
  return new Promise((resolve) => {
    npm.on('error', () => resolve(false))
    npm.on('exit', (code) => {
      if (code === 0) stamp()
      resolve(code === 0)
    })
  })
}

/** The Node that runs Salus: the pinned one, or this one when it is new enough. */
function findNode() {
  if (pinned && existsSync(pinned)) return pinned
  return Number(process.versions.node.split('.')[0]) >= 24 ? process.execPath : undefined
}

/** Becomes `file` where the platform can (nothing is left to outlive); else starts it, passes signals on, and ends as it ends. */
function become(file, args) {
  if (process.execve && process.platform !== 'win32') process.execve(file, [file, ...args], process.env)
  const child = spawn(file, args, { stdio: 'inherit' })
  passSignals(child)
  child.on('error', () => process.exit(1))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))
}

if (!installed() && !(await locked(install))) {
  say('failed')
  process.exit(1)
}
const node = findNode()
if (!node) {
  say('node')
  process.exit(1)
}
// Compiled once: a start costs half, and the compiler itself (30 MB) is not loaded. Where nothing can be kept, all works as before.
process.env.NODE_COMPILE_CACHE ??= join(modules, '.cache/salus')
const [verb, ...rest] = process.argv.slice(2)
const runners = { test: 'bin/test.js', drills: 'bin/drills.js', screens: 'tests/browser/screens.ts' }
// A node lives long beside others on one machine: what lives shortly is collected from 4 MB on instead of 16 (docs/performance.md).
const memory = verb === 'start' ? ['--max-semi-space-size=4'] : []
const main = Object.hasOwn(runners, verb ?? '')
  ? [runners[verb], ...rest]
  : ['apps/cli/main.ts', ...process.argv.slice(2)]
become(node, ['--disable-warning=ExperimentalWarning', ...memory, join(root, main[0]), ...main.slice(1)])
