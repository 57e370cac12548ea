/** The bootstrap, run as people run it: a project folder of its own, and an npm that counts how often it is asked. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cp, mkdir, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'

const made: string[] = []
after(() => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true })
})

const pinned = `node_modules/node-${process.platform}-${process.arch}`
const one = { version: '1.0.0', integrity: 'sha512-sample' }
const lock = JSON.stringify({ packages: { '': {}, [pinned]: { ...one, optional: true }, 'node_modules/sample': one } })

/** What npm would leave behind: both packages, and its own record of them. */
const NPM = `#!/bin/sh
echo "$@" >> npm.log
test -e offline && exit 1
sleep 0.4
rm -rf node_modules && mkdir -p ${pinned}/bin node_modules/sample
ln -s ${process.execPath} ${pinned}/bin/node
cp package-lock.json node_modules/.package-lock.json
echo "talk of npm"
`

const MAIN = `
const { NODE_COMPILE_CACHE: cache } = process.env
process.stdout.write(JSON.stringify({ args: process.argv.slice(2), flags: process.execArgv, cache }))
if (process.argv[2] === 'wait') {
  process.on('SIGTERM', () => { process.stdout.write('bye'); process.exit(7) })
  setInterval(() => {}, 1000)
} else process.exitCode = Number(process.argv[3] ?? 0)
`

async function project(): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'salus-bootstrap-'))
  made.push(dir)
  for (const folder of ['bin', 'apps/cli', 'tools']) await mkdir(join(dir, folder), { recursive: true })
  await cp(join(import.meta.dirname, 'salus.js'), join(dir, 'bin/salus.js'))
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}')
  writeFileSync(join(dir, 'package-lock.json'), lock)
  writeFileSync(join(dir, 'apps/cli/main.ts'), MAIN)
  writeFileSync(join(dir, 'bin/test.js'), "process.stdout.write('tests ' + process.argv.slice(2))")
  writeFileSync(join(dir, 'bin/drills.js'), "process.stdout.write('drills ' + process.argv.slice(2))")
  writeFileSync(join(dir, 'tools/npm'), NPM, { mode: 0o755 })
  return dir
}

/** Starts the command; `execve` off takes the road of an older Node, which cannot replace itself. */
function start(dir: string, args: string[], { execve = true, lang = 'en_GB.UTF-8' } = {}): ChildProcess {
  const { NODE_TEST_CONTEXT: _, LC_ALL: __, LC_MESSAGES: ___, NODE_COMPILE_CACHE: ____, ...env } = process.env
  const flags = execve ? [] : ['--import', 'data:text/javascript,delete process.execve']
  const path = `${join(dir, 'tools')}:/usr/bin:/bin`
  return spawn(process.execPath, [...flags, join(dir, 'bin/salus.js'), ...args], {
    env: { ...env, PATH: path, LANG: lang },
    stdio: 'pipe',
  })
}

async function finish(child: ChildProcess): Promise<{ out: string; err: string; code: number | null }> {
  const code = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [out, err] = await Promise.all([text(child.stdout as never), text(child.stderr as never)])
  return { out, err, code: await code }
}

const salus = (dir: string, ...args: string[]) => finish(start(dir, args))
const asked = (dir: string): number =>
  existsSync(join(dir, 'npm.log')) ? readFileSync(join(dir, 'npm.log'), 'utf8').trim().split('\n').length : 0

test('default: the first start installs, the second asks npm nothing', async () => {
  const dir = await project()
  const first = await salus(dir, 'start', '0', '--port')
  assert.equal(first.code, 0, first.err)
  const { args, flags, cache } = JSON.parse(first.out)
  assert.deepEqual(args, ['start', '0', '--port'])
  // The benches' node is started with the same.
  const bench = readFileSync(join(import.meta.dirname, '../apps/cli/bench/world.ts'), 'utf8')
  assert.deepEqual(flags, ['--disable-warning=ExperimentalWarning', /'(--max-semi-space-size=\d+)'/.exec(bench)?.[1]])
  assert.equal(
    cache,
    join(dir, 'node_modules/.cache/salus'),
    'what was compiled is kept, and goes with the installation',
  )
  const other = await salus(dir, 'verify', '0')
  assert.deepEqual(JSON.parse(other.out).flags, ['--disable-warning=ExperimentalWarning'])
  assert.match(first.err, /^Installing what Salus needs\. This happens once\.\n/)
  assert.match(first.err, /talk of npm/)
  const second = await salus(dir, 'start')
  assert.equal(second.err, '')
  assert.equal(asked(dir), 1)
  assert.match(readFileSync(join(dir, 'npm.log'), 'utf8'), /^ci .*--ignore-scripts --no-audit --no-fund/)
})

test('behavior: another lock file installs again', async () => {
  const dir = await project()
  await salus(dir, 'start')
  writeFileSync(join(dir, 'package-lock.json'), lock.replaceAll('1.0.0', '1.0.1'))
  assert.equal((await salus(dir, 'start')).code, 0)
  assert.equal(asked(dir), 2)
})

test('behavior: what the user installed by hand is taken as it is, when the versions agree', async () => {
  const dir = await project()
  await mkdir(join(dir, 'node_modules/sample'), { recursive: true })
  await mkdir(join(dir, pinned, 'bin'), { recursive: true })
  await symlink(process.execPath, join(dir, pinned, 'bin/node'))
  writeFileSync(join(dir, 'node_modules/.package-lock.json'), lock)
  assert.equal((await salus(dir, 'start')).code, 0)
  assert.equal(asked(dir), 0)
  assert.ok(existsSync(join(dir, 'node_modules/.salus-stamp')))

  rmSync(join(dir, 'node_modules/.salus-stamp'))
  writeFileSync(join(dir, 'node_modules/.package-lock.json'), lock.replace('1.0.0', '0.9.0'))
  assert.equal((await salus(dir, 'start')).code, 0)
  assert.equal(asked(dir), 1)
})

test('behavior: two first starts at once install once, and both run', async () => {
  const dir = await project()
  const both = await Promise.all([salus(dir, 'a'), salus(dir, 'b')])
  assert.deepEqual(
    both.map((one) => JSON.parse(one.out).args[0]),
    ['a', 'b'],
  )
  assert.equal(asked(dir), 1)
  assert.equal(existsSync(join(dir, '.salus-install.lock')), false)
})

test('behavior: the lock of a process that is gone is taken over', async () => {
  const dir = await project()
  const gone = spawn(process.execPath, ['-e', ''])
  await new Promise((resolve) => gone.once('close', resolve))
  writeFileSync(join(dir, '.salus-install.lock'), String(gone.pid))
  const both = await Promise.all([salus(dir, 'a'), salus(dir, 'b')])
  assert.deepEqual(
    both.map((one) => one.code),
    [0, 0],
  )
  assert.equal(asked(dir), 1)
})

test('error: a failed installation says what to do, in both languages, and leaves no lock', async () => {
  const dir = await project()
  writeFileSync(join(dir, 'offline'), '')
  const english = await salus(dir, 'start')
  assert.equal(english.code, 1)
  assert.match(english.err, /Check the network, then run the same command again\./)
  const french = await finish(start(dir, ['start'], { lang: 'fr_FR.UTF-8' }))
  assert.match(french.err, /Vérifiez le réseau, puis relancez la même commande\./)
  assert.equal(existsSync(join(dir, '.salus-install.lock')), false)
  assert.equal(english.out + french.out, '')
})

test('behavior: `test` and `drills` go to their runners', async () => {
  const dir = await project()
  assert.equal((await salus(dir, 'test', 'one', 'two')).out, 'tests one,two')
  assert.equal((await salus(dir, 'drills', 'one', 'two')).out, 'drills one,two')
})

for (const execve of [true, false]) {
  const road = execve ? 'replaced' : 'as a child'
  test(`behavior: ${road}, the exit code is kept and signals arrive`, async () => {
    const dir = await project()
    assert.equal((await finish(start(dir, ['quit', '3'], { execve }))).code, 3)
    const child = start(dir, ['wait'], { execve })
    const done = finish(child)
    await new Promise((resolve) => child.stdout?.once('data', resolve))
    // The handler is set right after the first words.
    await new Promise((resolve) => setTimeout(resolve, 100))
    child.kill('SIGTERM')
    const { out, code } = await done
    assert.match(out, /bye$/)
    assert.equal(code, 7)
  })
}

test('behavior: the lock file names every package, also those for other machines', () => {
  // npm drops what it does not install here when it writes the lock beside an existing node_modules; `npm ci` then refuses it.
  const { packages } = JSON.parse(readFileSync(join(import.meta.dirname, '../package-lock.json'), 'utf8'))
  const missing = Object.entries<{ optionalDependencies?: object }>(packages).flatMap(
    ([path, { optionalDependencies }]) =>
      Object.keys(optionalDependencies ?? {}).filter(
        (name) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`],
      ),
  )
  assert.deepEqual(missing, [])
})
