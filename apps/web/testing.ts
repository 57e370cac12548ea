/**
 * The real Chromium that browser tests drive: SALUS_CHROMIUM (a path, or `packed`), else the system's, else the one that comes through npm
 * (unpacked once, beside the installation). Nothing of it reaches the network.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright-core'

const system = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url))
/** Version of the packed one, so that another release is unpacked anew. */
const PACKED = 'chromium-153.0.0'

type Program = { readonly path: string; readonly env: Readonly<Record<string, string>> }

/** Its own fonts, and the machine's where it has some; without any font Chromium ends. */
const fontsConf = (dir: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${dir}/fonts</dir>
  <cachedir>${dir}/fonts-cache</cachedir>
</fontconfig>
`

/** Unpacks what npm brought: the browser, fonts, and the libraries that a bare machine lacks. */
async function unpack(to: string): Promise<void> {
  await mkdir(cache, { recursive: true })
  const fresh = await mkdtemp(join(cache, 'chromium-new-'))
  const before = process.env.TMPDIR
  process.env.TMPDIR = fresh
  try {
    const { inflate } = await import('@sparticuz/chromium')
    const bin = fileURLToPath(new URL('../../node_modules/@sparticuz/chromium/bin/', import.meta.url))
    for (const one of ['chromium.br', 'fonts.tar.br', 'al2023.tar.br']) await inflate(join(bin, one))
    await writeFile(join(fresh, 'fonts.conf'), fontsConf(to))
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  }
  // Two test files may both be first: whoever comes second throws its own away.
  await rename(fresh, to).catch(() => rm(fresh, { recursive: true, force: true }))
}

async function packed(): Promise<Program | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  const dir = join(cache, PACKED)
  if (!existsSync(join(dir, 'chromium'))) await unpack(dir)
  const path = join(dir, 'chromium')
  const env = { FONTCONFIG_FILE: join(dir, 'fonts.conf') }
  const starts = spawnSync(path, ['--version'], { env: { ...process.env, ...env }, timeout: 20_000 }).status === 0
  return { path, env: starts ? env : { ...env, LD_LIBRARY_PATH: join(dir, 'al2023', 'lib') } }
}

/** Where it is; undefined on a machine that has none and for which npm brings none. */
async function findChromium(): Promise<Program | undefined> {
  const named = process.env.SALUS_CHROMIUM
  if (named === 'packed') return packed()
  const path = named ? (existsSync(named) ? named : undefined) : system.find((one) => existsSync(one))
  return path ? { path, env: {} } : packed()
}

const args = [
  ...[
    '--no-sandbox',
    '--disable-gpu',
    '--disable-software-rasterizer',
    '--in-process-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
  ],
  ...['--disable-component-update', '--disable-sync', '--disable-domain-reliability', '--no-pings'],
]

let found: Promise<Program | undefined> | undefined

/** Why browser tests are skipped here; false where they run. */
export const noChromium = async (): Promise<string | false> => {
  found ??= findChromium()
  return (await found) ? false : 'no Chromium: set SALUS_CHROMIUM to one, or install the package chromium'
}

/** Starts it, headless. The caller closes it. */
export async function launch(): Promise<Browser> {
  found ??= findChromium()
  const program = await found
  if (!program) throw new Error('no Chromium')
  return chromium.launch({ executablePath: program.path, args, env: { ...process.env, ...program.env } as never })
}
