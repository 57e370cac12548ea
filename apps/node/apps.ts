/** The web apps this node serves, on the ledger: said once when they change, and told to whoever asks. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Bound, bind } from '@salus/base/endpoint'
import { digest } from '@salus/crypto/hash'
import type { Published } from '@salus/ledger/apps'
import type { Bodies, Engine } from '@salus/ledger/contract'
import { ledgerEndpoints } from '@salus/ledger/endpoints'
import type { Operator } from './operator.ts'

/** A bundle as it is served: its release, and SHA-256 of its manifest's exact bytes (base64url). */
export type Bundle = Bodies['app.publish']

/** What stands in a built folder: the release is that of this package. */
export function bundleIn(dir: string): Bundle {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, 'package.json'), 'utf8')) as { version: string }
  return { app: 'salus-web', version, digest: digest(new Uint8Array(readFileSync(join(dir, 'web.json')))) }
}

const listOf = (ledger: Engine) => ledger.query('apps/list') as Promise<Published[]>

/** N17 Says on the ledger which bundle this node serves, unless its operator said so last. */
export const createPublish =
  (ledger: Engine, operator: Operator, org: string) =>
  (bundle: Bundle): Promise<void> =>
    operator.send('app.publish', async () => {
      const last = (await listOf(ledger)).find((one) => one.org === org && one.app === bundle.app)
      return last?.digest === bundle.digest && last.version === bundle.version ? undefined : bundle
    })

/** Binds GET /apps. */
export const appRoutes = (ledger: Engine): Bound[] => [
  bind(ledgerEndpoints.apps, async () => ({ apps: await listOf(ledger) })),
]
