/**
 * What an enclave's process may reach where no hardware encloses it: its own folder and two pipes. Namespaces of the kernel take the
 * network, the other processes and the host name away; Node's permission model takes the files. facts: market §7.
 */
import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { type EvidenceSource, evidenceFolders } from '@salus/enclave/task/quote'

export type Isolation = 'namespaces' | 'none'

const NAMESPACES = ['--user', '--map-root-user', '--net', '--ipc', '--uts', '--pid', '--fork', '--kill-child']
const ROOT = resolve(import.meta.dirname, '../../..')

/** What this machine lets an ordinary user do. `none`: there is no `unshare`, or it is forbidden here. */
export function isolationHere(): Isolation {
  const { status } = spawnSync('unshare', [...NAMESPACES, '--', 'true'], { stdio: 'ignore', timeout: 5_000 })
  return status === 0 ? 'namespaces' : 'none'
}

/** Where an enclave's evidence comes from; `folder` where the source's files lie, when not at their usual place. */
export type Machine = { readonly source: EvidenceSource; readonly folder?: string }

/**
 * The command that runs `main` on `folder`: it reads this program and the folder, and writes nothing. Hardware is asked through files:
 * those of its source, and no others, are open to it besides.
 */
export function wrapped(isolation: Isolation, main: string, folder: string, machine?: Machine): string[] {
  const files = machine && (machine.folder ?? evidenceFolders[machine.source])
  const open = files ? [`--allow-fs-read=${files}/*`, `--allow-fs-write=${files}/*`] : []
  const node = [
    ...[process.execPath, '--disable-warning=ExperimentalWarning', '--permission', '--allow-worker'],
    ...['packages/*', 'node_modules/*', 'package.json'].map((one) => `--allow-fs-read=${join(ROOT, one)}`),
    ...[`--allow-fs-read=${folder}/*`, ...open],
    ...[main, folder, ...(machine ? [machine.source, ...(machine.folder ? [machine.folder] : [])] : [])],
  ]
  return isolation === 'namespaces' ? ['unshare', ...NAMESPACES, '--', ...node] : node
}
