/**
 * Founds several hospitals' folders in one call, from one set of roots and one genesis (N20): where every organisation's key is at
 * hand, a demonstration or a test. Hospitals on machines of their own found in steps (N15) and join by vote.
 */
import { existsSync, readdirSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { AppError } from '@salus/base/errors'
import { digest } from '@salus/crypto/hash'
import { type OrganisationCard, type Roots, roots } from '@salus/directory/consortium'
import { formatVkey } from '@salus/journal/note'
import { type Genesis, genesis, type MemberNode } from '@salus/ledger/contract'
import type { NodeCode } from './errors.ts'
import { isFounded, isUnfinished, writeFounded } from './found.ts'
import { type FreshKey, freshKey, keysOf, logVerifier, witnessVerifier, writeKey } from './keys.ts'

/** One hospital of the consortium: its card, where its folder is, its log, and where its node is reached. */
export type Hospital = OrganisationCard & {
  readonly dir: string
  /** Name of its journal. */
  readonly origin: string
  /** Address of its node, without a slash at the end: witnesses and replicas ask there. */
  readonly url: string
  /** Folder of the node's own keys; `keys` in its folder when not given. */
  readonly keys?: string
  /** Its machine as a validator, when the ledger runs over several. */
  readonly node?: MemberNode
}

export type ConsortiumFounding = {
  readonly chain: string
  /** Milliseconds. */
  readonly time: number
  /** tlog-policy lines after the logs; when not given: two of the others from four hospitals on, one of them below. */
  readonly policy?: string
  /** Each organisation's signature over the roots, in their order. */
  readonly sign: (roots: Roots) => Promise<string[]>
  readonly demonstration?: true
  readonly suite?: 1 | 2 | undefined
}

/** Under which a hospital's node is on the ledger, beside its desk. */
export const operatorOf = (org: string): string => `${org}-node`

type Made = { readonly at: Hospital; readonly keys: Readonly<Record<'journal' | 'operator' | 'witness', FreshKey>> }

/** The log's verifier, and the witness's, of one hospital. */
const verifiersOf = ({ at: { origin }, keys }: Made) => ({
  log: formatVkey(logVerifier(origin, keys.journal.publicKey)),
  witness: formatVkey(witnessVerifier(origin, keys.witness.publicKey)),
})

/**
 * All hospitals are witnesses in one policy. A log's own never counts (J3), so "2" is two of the others; below four, one of them: with
 * more, one hospital that is down would keep every receipt provisional.
 */
function policyOf(made: readonly Made[]): string {
  if (made.length < 2) return 'quorum none\n'
  const lines = made.map((one) => `witness ${one.at.org} ${verifiersOf(one).witness} ${one.at.url}/witness`)
  const group = `group witnesses ${made.length < 4 ? 1 : 2} ${made.map((one) => one.at.org).join(' ')}`
  return `${[...lines, group, 'quorum witnesses'].join('\n')}\n`
}

/** Desk and node of one hospital are one legal entity: that is how the others know whose node asks. */
const genesisOf = (made: readonly Made[], { chain, time }: ConsortiumFounding): Genesis =>
  genesis.parse({
    ...{ chain, time },
    organisations: made.flatMap((one) => {
      const { org, kind, country, key, node, origin } = one.at
      const legal = digest(`legal ${org}`)
      const journal = { origin, vkey: verifiersOf(one).log }
      const operator = { org: operatorOf(org), kind, country, key: one.keys.operator.publicKey, legal, journal }
      return [operator, { org, kind, country, key, legal, ...(node ? { node } : {}) }]
    }),
  })

function rootsOf(made: readonly Made[], first: Genesis, { chain, policy, suite }: ConsortiumFounding): Roots {
  const logs = made.map((one) => `log ${verifiersOf(one).log}\n`).join('')
  return roots.parse({
    ...{ version: 1, chain, genesis: digest(JSON.stringify(first)) },
    organisations: made.map(({ at: { org, name, kind, country, key } }) => ({ org, name, kind, country, key })),
    journals: made.map((one) => ({
      ...{ origin: one.at.origin, vkey: verifiersOf(one).log, operator: operatorOf(one.at.org) },
    })),
    policy: `${logs}${policy ?? policyOf(made)}`,
    ...(suite === undefined ? {} : { suite }),
  })
}

/** A folder that is founded, is being founded, or holds something that is not known here is left alone. */
function checkFree({ dir }: Hospital): void {
  if (isFounded(dir)) throw new AppError<NodeCode>('node-founded')
  if (isUnfinished(dir)) throw new AppError<NodeCode>('founding-unfinished')
  const rest = existsSync(dir)
    ? readdirSync(dir).filter((one) => !['keys', 'comet', 'genesis.json', 'consortium.json'].includes(one))
    : []
  if (rest.length > 0) throw new AppError<NodeCode>('data-there')
}

async function makeKeys(at: Hospital): Promise<Made> {
  const keys = { journal: await freshKey(), operator: await freshKey(), witness: await freshKey() }
  const folder = at.keys ?? keysOf(at.dir)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const name of ['journal', 'operator', 'witness'] as const) await writeKey(folder, name, keys[name])
  return { at, keys }
}

/** Founds every folder; `node.json` of each comes last, after all have signed. Answers the roots that everybody pins. */
export async function foundConsortium(hospitals: readonly Hospital[], founding: ConsortiumFounding): Promise<Roots> {
  for (const one of hospitals) checkFree(one)
  const made: Made[] = []
  for (const one of hospitals) made.push(await makeKeys(one))
  const first = genesisOf(made, founding)
  const document = rootsOf(made, first, founding)
  const signatures = await founding.sign(document)
  const { demonstration } = founding
  for (const one of made) {
    const { origin, org, dir } = one.at
    const said = { operator: operatorOf(org), origin, witness: verifiersOf(one).witness }
    const whole = { ...said, ...(demonstration ? { demonstration } : {}) }
    await writeFounded(dir, { roots: document, genesis: first }, signatures, whole)
  }
  return document
}
