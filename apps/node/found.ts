/** A node's founded folder: what is written when everybody has signed, and how it is read. Done once; a second founding is refused. */
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '@salus/base/errors'
import { parseJson } from '@salus/base/json'
import { field, parseWith, z } from '@salus/base/schema'
import { writeWhole } from '@salus/base/whole'
import { digest } from '@salus/crypto/hash'
import { type Consortium, openConsortium, type Roots } from '@salus/directory/consortium'
import { formatVkey, type NoteKey, parseVkey } from '@salus/journal/note'
import { type Genesis, genesis } from '@salus/ledger/contract'
import { type NodeCode, reading } from './errors.ts'
import { freshKey, keyFile, keysOf, logVerifier, readKey, readWitnessKey, witnessVerifier, writeKey } from './keys.ts'
import { type Founding, type Proposal, proposalOf } from './proposal.ts'

/** Format of the data folder. A newer one than this program knows is refused, not guessed at; an older one is upgraded (N12). */
export const FORMAT = 2

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
  /** The verifier under which it cosigns; folders of earlier versions do not say. */
  witness: z.string().optional(),
  /** Founded for a demonstration: never for people. */
  demonstration: z.literal(true).optional(),
  /** Its key on the ledger, where it joined later: the genesis names the founders' only. */
  key: field.key32.optional(),
})
type Marker = z.output<typeof marker>

/** Says what the folder is: last of all, so that what was cut short is none. */
export const writeMarker = (dir: string, said: Omit<Marker, 'format'> & { readonly format?: number }): Promise<void> =>
  writeWhole(join(dir, 'node.json'), JSON.stringify({ format: FORMAT, ...said }))

export const isFounded = (dir: string): boolean => existsSync(join(dir, 'node.json'))

/** Was a founding begun here, in steps, and not finished? */
export const isUnfinished = (dir: string): boolean => existsSync(join(dir, 'founding.json')) && !isFounded(dir)

/** Writes what was signed; `node.json` last, so that a founding that was cut short is none. */
export async function writeFounded(
  dir: string,
  { roots, genesis: first }: Proposal,
  signatures: string[],
  said: Omit<Marker, 'format'>,
): Promise<void> {
  const file: Consortium = { roots, signatures }
  await openConsortium(JSON.stringify(file))
  await writeWhole(join(dir, 'genesis.json'), JSON.stringify(first))
  await writeWhole(join(dir, 'consortium.json'), `${JSON.stringify(file, null, 2)}\n`)
  await writeMarker(dir, said)
}

/** Founds in one call, where every organisation's key is at hand: a demonstration, a test. Cut short, it starts again. */
export async function foundNode(
  dir: string,
  founding: Founding & {
    /** For a demonstration: the folder says so for good. */
    readonly demonstration?: true
    /** Each organisation's signature over the roots, made on its own device. */
    readonly sign: (roots: Roots) => Promise<string[]>
  },
): Promise<void> {
  if (isFounded(dir)) throw new AppError<NodeCode>('node-founded')
  // Somebody founds a real node here, in steps: its keys are not to be overwritten.
  if (isUnfinished(dir)) throw new AppError<NodeCode>('founding-unfinished')
  const keys = keysOf(dir)
  await mkdir(keys, { recursive: true, mode: 0o700 })
  const [journal, operator, witness] = [await freshKey(), await freshKey(), await freshKey()]
  await writeKey(keys, 'journal', journal)
  await writeKey(keys, 'operator', operator)
  await writeKey(keys, 'witness', witness)
  const made = proposalOf(founding, { journal: journal.publicKey, operator: operator.publicKey })
  const { origin, demonstration } = founding
  await writeFounded(dir, made, await founding.sign(made.roots), {
    ...{ operator: founding.operator, origin, witness: formatVkey(witnessVerifier(origin, witness.publicKey)) },
    ...(demonstration ? { demonstration } : {}),
  })
}

/** `node.json`, as a folder of a format this program knows. */
async function readMarker(dir: string): Promise<Marker> {
  const node = parseWith(marker, await readFile(join(dir, 'node.json'), 'utf8'))
  // Its letters carry a check of their own.
  if (node.witness !== undefined) parseVkey(node.witness)
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

/** Name of its journal. */
export const originOf = (dir: string): Promise<string> =>
  reading('marker-damaged', async () => (await readMarker(dir)).origin)

/** The format in which the folder stands. */
export const formatOf = (dir: string): Promise<number> =>
  reading('marker-damaged', async () => (await readMarker(dir)).format)

/** Says that it stands in another one now. */
export async function setFormat(dir: string, format: number): Promise<void> {
  await writeMarker(dir, { ...(await readMarker(dir)), format })
}

/** The genesis, exactly as the signed roots name it. */
async function readGenesis(dir: string, roots: Roots): Promise<Genesis> {
  const text = await readFile(join(dir, 'genesis.json'), 'utf8')
  if (digest(text) !== roots.genesis) throw new AppError<NodeCode>('genesis-damaged')
  return parseWith(genesis, text)
}

/** Journal and operator keys: those that roots and genesis name, or `key-damaged`. */
async function readNamedKeys(keys: string, vkey: string, origin: string, operatorKey: string) {
  const journal = await readKey(keys, 'journal')
  const operator = await readKey(keys, 'operator')
  const key = logVerifier(origin, journal.publicKey)
  if (formatVkey(key) !== vkey || operator.publicKey !== operatorKey) throw new AppError<NodeCode>('key-damaged')
  return { logKey: { key, privateKey: journal.privateKey }, operatorKey: operator }
}

/** The key it cosigns with: the one the marker names, where it names one. */
async function readNamedWitness(keys: string, { origin, witness }: Marker): Promise<Founded['witnessKey']> {
  const { publicKey, privateKey } = await readWitnessKey(keys)
  const key = witnessVerifier(origin, publicKey)
  if (witness !== undefined && formatVkey(key) !== witness) throw new AppError<NodeCode>('key-damaged')
  return { key, privateKey }
}

/** Everything but the witness key, in the given format: what an upgrade begins from. */
export async function readFormat(dir: string, keys: string, format: number) {
  const node = await reading('marker-damaged', () => readMarker(dir))
  if (node.format !== format) throw new AppError<NodeCode>('data-format-older', { format: node.format })
  const { file, roots } = await reading('roots-damaged', async () => {
    const file = await readFile(join(dir, 'consortium.json'), 'utf8')
    return { file, roots: await openConsortium(file) }
  })
  const first = await reading('genesis-damaged', () => readGenesis(dir, roots))
  const log = roots.journals.find((one) => one.origin === node.origin && one.operator === node.operator)
  const key = node.key ?? first.organisations.find((one) => one.org === node.operator)?.key
  if (!log || key === undefined) throw new AppError<NodeCode>('marker-damaged')
  const own = await reading('key-damaged', () => readNamedKeys(keys, log.vkey, node.origin, key))
  const consortium = parseJson(file) as unknown as Consortium
  return { node, ...own, consortium, roots, operator: node.operator, genesis: first }
}

/**
 * Reads a founded folder: each file checked against the roots that every organisation signed, and what is wrong with one said
 * under that file's own code (N6). It makes nothing: a key that is not there is named (N15).
 */
export async function readFounded(dir: string, keys = keysOf(dir)): Promise<Founded> {
  const { node, ...rest } = await readFormat(dir, keys, FORMAT)
  return { ...rest, witnessKey: await reading('key-damaged', () => readNamedWitness(keys, node)) }
}

/**
 * A folder of an earlier version may lack the key it cosigns with: makes it. One whose marker names a key has lost it, and must
 * get that one back. Was one made?
 */
export async function addWitnessKey(dir: string, keys: string): Promise<boolean> {
  const { witness } = await reading('marker-damaged', () => readMarker(dir))
  if (existsSync(keyFile(keys, 'witness'))) return false
  if (witness !== undefined) throw new AppError<NodeCode>('witness-key-missing')
  await writeKey(keys, 'witness', await freshKey())
  return true
}
