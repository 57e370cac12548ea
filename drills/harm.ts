/** What is done to one hospital's machine in real life: a disk that is full, one that is slow, processes that stand still. */
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digest } from '@salus/crypto/hash'

const quiet = { stdio: 'ignore' } as const

function works(program: string, ...args: string[]): boolean {
  try {
    execFileSync(program, args, quiet)
    return true
  } catch {
    return false
  }
}

/** Why a small disk cannot be had here; false where it can. */
export function noMount(): string | false {
  const at = mkdtempSync(join(tmpdir(), 'salus-mount-'))
  const can = works('mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', at) && works('umount', at)
  rmSync(at, { recursive: true, force: true })
  return can ? false : 'mounting is not permitted here'
}

/** Why no call of a process can be delayed here; false where it can. */
export const noStrace = (): string | false =>
  works('strace', '-o', '/dev/null', '-e', 'inject=fsync:delay_exit=1', 'true') ? false : 'strace is not here'

const PAGE = 4_096
const ROOM = 512 << 20
const mounted: string[] = []

export type SmallDisk = {
  /** Is there hardly a page left? */
  full(): boolean
  /** There is room again. */
  grow(): void
}

/** Folder `at`, whose owner stands still, goes on a disk of its own with room for `spare` bytes more than it holds. */
export function onSmallDisk(at: string, spare: number): SmallDisk {
  const before = `${at}.before`
  renameSync(at, before)
  mkdirSync(at, { mode: 0o700 })
  const used = Number(execFileSync('du', ['-s', '-B1', before], { encoding: 'utf8' }).split('\t')[0])
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${used + spare},mode=700`, 'tmpfs', at])
  mounted.push(at)
  cpSync(before, at, { recursive: true })
  rmSync(before, { recursive: true })
  return {
    full() {
      const { bavail, bsize } = statfsSync(at)
      return bavail * bsize < PAGE
    },
    grow: () => void execFileSync('mount', ['-o', `remount,size=${used + spare + ROOM}`, at]),
  }
}

/** Everything that was mounted is gone again; whoever used it has ended. */
export function unmountAll(): void {
  for (const at of mounted.splice(0).reverse()) works('umount', '-l', at)
}

/** The processes of the hospital in `folder`: its node knows it by its environment, CometBFT by its arguments. */
export function pidsOf(folder: string): number[] {
  const read = (pid: string, file: string) => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0')
    } catch {
      return []
    }
  }
  return readdirSync('/proc')
    .filter((one) => /^\d+$/.test(one) && Number(one) !== process.pid)
    .filter(
      (pid) =>
        read(pid, 'environ').includes(`SALUS_DATA=${folder}`) || read(pid, 'cmdline').includes(join(folder, 'comet')),
    )
    .map(Number)
}

/** Each flush to disk of these processes takes so many milliseconds longer, until it is stopped. */
export async function slowDisk(pids: readonly number[], ms: number): Promise<() => Promise<void>> {
  const calls = 'fsync,fdatasync'
  const inject = [
    '-f',
    '-qq',
    '-o',
    '/dev/null',
    '-e',
    `trace=${calls}`,
    '-e',
    `inject=${calls}:delay_exit=${ms * 1000}`,
  ]
  const child = spawn('strace', [...inject, ...pids.flatMap((pid) => ['-p', String(pid)])], quiet)
  const ended = new Promise<void>((done) => child.once('exit', () => done()))
  return async () => {
    child.kill('SIGINT')
    await ended
  }
}

/** Digest of every file below a folder, but for logs and what `except` names. */
export function digestsOf(folder: string, except: (path: string) => boolean = () => false): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name))
    .filter((one) => !one.endsWith('.log') && !except(one))
  return new Map(files.sort().map((one) => [one, digest(new Uint8Array(readFileSync(one)))]))
}
