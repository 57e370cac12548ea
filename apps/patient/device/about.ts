/** What this app is, by its own files and by the ledger; and whom this device has pinned. */
import { digest } from '@salus/crypto/hash'
import { ledgerEndpoints } from '@salus/ledger/endpoints'
import { plainLink, way } from '@salus/web-app/device'
import { theBrowser } from './open.ts'

/** A release of these apps as an organisation put it on the ledger. */
export type Release = { readonly name: string; readonly version: string; readonly digest: string; readonly at: number }

export type About = {
  /** SHA-256 of the manifest that this node serves, base64url; undefined without a connection. */
  readonly digest: string | undefined
  readonly releases: readonly Release[]
  readonly organisations: readonly { readonly name: string; readonly kind: string }[]
  /** What the desk's QR code says of the ledger: compared, it shows that both belong together. */
  readonly genesis: string
  readonly journals: readonly string[]
}

async function served(): Promise<string | undefined> {
  const answer = await way.fetch(`${way.base}/web.json`, {}).catch(() => undefined)
  return answer?.ok ? digest(new Uint8Array(await answer.arrayBuffer())) : undefined
}

export async function about(): Promise<About> {
  const at = await theBrowser()
  const { organisations, genesis, journals } = at.roots
  const nameOf = (org: string) => organisations.find((one) => one.org === org)?.name ?? org
  const manifest = await served()
  const { apps } = manifest ? await plainLink(at).call(ledgerEndpoints.apps) : { apps: [] }
  return {
    digest: manifest,
    releases: apps.map((one) => ({
      ...{ name: nameOf(one.org), version: one.version, digest: one.digest, at: Math.floor(one.time / 1000) },
    })),
    organisations: organisations.map(({ name, kind }) => ({ name, kind })),
    genesis,
    journals: journals.map((one) => one.origin),
  }
}
