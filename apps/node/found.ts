/** Founding a node's folder: journal and operator keys, genesis, the signed roots. Done once; a second call is refused. */
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { base64url, fromBase64url } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { parseJson } from '@salus/base/json'
import { parseWith, z } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import { devicePublicOf, exportDeviceKey, generateDeviceKey, importDeviceKey } from '@salus/crypto/keys'
import type { SuiteId } from '@salus/crypto/suites'
import { type Consortium, openConsortium, type Roots } from '@salus/directory/consortium'
import { witnessKey } from '@salus/journal/cosign'
import { formatVkey, type NoteKey, noteKey } from '@salus/journal/note'
import { type Genesis, genesis } from '@salus/ledger/contract'
import { type NodeCode, reading } from './errors.ts'

/** Format of the data folder. A newer one than this program knows is refused, not guessed at; an older one is upgraded (N12). */
export const FORMAT = 2

export type Founding = {
  readonly chain: string
  readonly origin: string
  /** Short name under which the node itself is on the ledger: it advances the log's head, it is no desk. */
  readonly operator: string
  readonly time: number
  readonly organisations: Roots['organisations']
  /** Witnesses and quorum, as tlog-policy lines; nobody is asked when not given. */
  readonly policy?: string
  /** The suite new keys are made in; the default one when not given. */
  readonly suite?: SuiteId
  /** For a demonstration: the folder says so for good. */
  readonly demonstration?: true
  /** Each organisation's signature over the roots, made on its own device. */
  readonly sign: (roots: Roots) => Promise<string[]>
}

export type Founded = {
  readonly consortium: Consortium
  readonly roots: Roots
  readonly genesis: Genesis
  readonly operator: string
  readonly logKey: { key: NoteKey; privateKey: CryptoKey }
  /** With which this node cosigns other logs' checkpoints. */
  readonly witnessKey: { key: NoteKey; privateKey: CryptoKey }
  readonly operatorKey: { publicKey: string; privateKey: CryptoKey }
}

const marker = z.strictObject({
  format: z.int(),
  operator: z.string(),
  origin: z.string(),
  /** Founded for a demonstration: never for people. */
  demonstration: z.literal(true).optional(),
})

async function writePrivate(path: string, content: string): Promise<void> {
  await writeFile(`${path}.new`, content, { mode: 0o600, flush: true })
  await rename(`${path}.new`, path)
}

async function newKey(path: string): Promise<{ publicKey: string; privateKey: CryptoKey }> {
  const { publicKey, privateKey } = await generateDeviceKey(true)
  await writePrivate(path, base64url(await exportDeviceKey(privateKey)))
  return { publicKey, privateKey }
}

async function readKey(path: string): Promise<{ publicKey: string; privateKey: CryptoKey }> {
  const pkcs8 = fromBase64url((await readFile(path, 'utf8')).trim())
  return { publicKey: await devicePublicOf(pkcs8), privateKey: await importDeviceKey(pkcs8) }
}

export const isFounded = (dir: string): boolean => existsSync(join(dir, 'node.json'))

/** Founds the folder. `node.json` is written last: a founding that was cut short starts again. */
export async function foundNode(dir: string, founding: Founding): Promise<void> {
  if (isFounded(dir)) throw new AppError<NodeCode>('node-founded')
  await mkdir(join(dir, 'keys'), { recursive: true, mode: 0o700 })
  const journal = await newKey(join(dir, 'keys', 'journal.key'))
  const operator = await newKey(join(dir, 'keys', 'operator.key'))
  const vkey = formatVkey(noteKey(founding.origin, fromBase64url(journal.publicKey)))
  const { chain, origin, time, organisations } = founding
  const first: Genesis = genesis.parse({
    ...{ chain, time },
    organisations: [
      {
        ...{
          org: founding.operator,
          kind: 'hospital',
          country: organisations[0]?.country ?? 'FR',
          key: operator.publicKey,
        },
        ...{ legal: digest(`operator ${founding.operator}`), journal: { origin, vkey } },
      },
      ...organisations.map(({ org, kind, country, key }) => ({
        org,
        kind,
        country,
        key,
        legal: digest(`legal ${org}`),
      })),
    ],
  })
  const roots: Roots = {
    ...{ version: 1, chain, genesis: digest(JSON.stringify(first)), organisations },
    ...{
      journals: [{ origin, vkey, operator: founding.operator as never }],
      policy: `log ${vkey}\n${founding.policy ?? 'quorum none\n'}`,
      ...(founding.suite === undefined ? {} : { suite: founding.suite }),
    },
  }
  await writePrivate(join(dir, 'genesis.json'), JSON.stringify(first))
  const file: Consortium = { roots, signatures: await founding.sign(roots) }
  await writePrivate(join(dir, 'consortium.json'), `${JSON.stringify(file, null, 2)}\n`)
  await writePrivate(
    join(dir, 'node.json'),
    JSON.stringify({ format: FORMAT, operator: founding.operator, origin, demonstration: founding.demonstration }),
  )
}

/** Name under which a node cosigns. */
export const witnessName = (origin: string): string => `witness.${origin}`

/** Made when first needed: a folder founded before has none. */
const witnessOf = (path: string) => (existsSync(path) ? readKey(path) : newKey(path))

/** `node.json`, as a folder of a format this program knows. */
async function readMarker(dir: string): Promise<z.output<typeof marker>> {
  const node = parseWith(marker, await readFile(join(dir, 'node.json'), 'utf8'))
  if (node.format < 1) throw new AppError<NodeCode>('marker-damaged')
  if (node.format > FORMAT) throw new AppError<NodeCode>('data-format-newer', { format: node.format })
  return node
}

/** Was it founded for a demonstration? A folder whose marker cannot be read says no; that is found elsewhere. */
export function isDemonstration(dir: string): boolean {
  try {
    return (
      (JSON.parse(readFileSync(join(dir, 'node.json'), 'utf8')) as { demonstration?: unknown }).demonstration === true
    )
  } catch {
    return false
  }
}

/** The format in which the folder stands. */
export const formatOf = (dir: string): Promise<number> =>
  reading('marker-damaged', async () => (await readMarker(dir)).format)

/** Says that it stands in another one now. */
export async function setFormat(dir: string, format: number): Promise<void> {
  await writePrivate(join(dir, 'node.json'), JSON.stringify({ ...(await readMarker(dir)), format }))
}

/** The genesis, exactly as the signed roots name it. */
async function readGenesis(dir: string, roots: Roots): Promise<Genesis> {
  const text = await readFile(join(dir, 'genesis.json'), 'utf8')
  if (digest(text) !== roots.genesis) throw new AppError<NodeCode>('genesis-damaged')
  return parseWith(genesis, text)
}

/** The node's three key pairs; journal and operator must be those that roots and genesis name. */
async function readKeys(keys: string, vkey: string, origin: string, operatorKey: string) {
  const journal = await readKey(join(keys, 'journal.key'))
  const operator = await readKey(join(keys, 'operator.key'))
  const witness = await witnessOf(join(keys, 'witness.key'))
  const key = noteKey(origin, fromBase64url(journal.publicKey))
  if (formatVkey(key) !== vkey || operator.publicKey !== operatorKey) throw new AppError<NodeCode>('key-damaged')
  return {
    logKey: { key, privateKey: journal.privateKey },
    witnessKey: {
      key: witnessKey(witnessName(origin), fromBase64url(witness.publicKey)),
      privateKey: witness.privateKey,
    },
    operatorKey: operator,
  }
}

/** Where a folder's keys lie when nobody says otherwise. */
export const keysOf = (dir: string): string => join(dir, 'keys')

/**
 * Reads a founded folder: each file checked against the roots that every organisation signed, and what is wrong with one said
 * under that file's own code (N6).
 */
export async function readFounded(dir: string, keys = keysOf(dir), format = FORMAT): Promise<Founded> {
  const node = await reading('marker-damaged', () => readMarker(dir))
  if (node.format !== format) throw new AppError<NodeCode>('data-format-older', { format: node.format })
  const { file, roots } = await reading('roots-damaged', async () => {
    const file = await readFile(join(dir, 'consortium.json'), 'utf8')
    return { file, roots: await openConsortium(file) }
  })
  const first = await reading('genesis-damaged', () => readGenesis(dir, roots))
  const log = roots.journals.find((one) => one.origin === node.origin && one.operator === node.operator)
  const operator = first.organisations.find((one) => one.org === node.operator)
  if (!log || !operator) throw new AppError<NodeCode>('marker-damaged')
  const own = await reading('key-damaged', () => readKeys(keys, log.vkey, node.origin, operator.key))
  const consortium = parseJson(file) as unknown as Consortium
  return { ...own, consortium, roots, operator: node.operator, genesis: first }
}
