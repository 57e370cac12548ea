/**
 * Founding a node in steps (N15): its keys and a proposal; each organisation signs that on a device of its own; then the folder
 * is finished, `node.json` last. Cut short, it goes on where it was: the draft names the keys that were made for it.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { AppError, isAppError } from '@salus/base/errors'
import { checkWith, field, parseWith, z } from '@salus/base/schema'
import { writeWhole } from '@salus/base/whole'
import { organisationCard, rootsSigner } from '@salus/directory/consortium'
import { formatVkey } from '@salus/journal/note'
import { parsePolicy } from '@salus/journal/policy'
import { type NodeCode, reading } from './errors.ts'
import { isFounded, isUnfinished, writeFounded } from './found.ts'
import {
  type FreshKey,
  freshKey,
  keyFile,
  keysOf,
  logVerifier,
  type OwnKey,
  ownKeys,
  readKey,
  witnessVerifier,
  writeKey,
} from './keys.ts'
import { lockFolder } from './lock.ts'
import {
  checkPlan,
  type FoundingFile,
  type FoundingPlan,
  foundingFile,
  PROPOSAL_LIFE,
  type Proposal,
  policyOf,
  proposalOf,
  type RootsSignature,
  rootsDigest,
} from './proposal.ts'

/** What stands in the folder until it is finished: when it was begun, and the public halves of the keys made for it. */
const DRAFT = 'founding.json'
const PROPOSAL = 'proposal.json'
/** What members vote on where the node joins others: its desk and machine, then the node under its own name. */
export const MOTIONS = ['desk.motion.json', 'node.motion.json'] as const
const halves = z.strictObject({ journal: field.key32, operator: field.key32, witness: field.key32 })
const draft = z.strictObject({
  time: z.int(),
  keys: halves,
  /** Where the keys are put; drafts of earlier versions do not say. */
  folder: z.string().optional(),
  /** They are still being written: cut short here, they are made anew. */
  writing: z.literal(true).optional(),
})
export type Draft = z.output<typeof draft>

export type FoundingPorts = { readonly dir: string; readonly keys?: string; readonly now: number }

/** A proposal as it lies in the folder, and the two verifiers that others need of this node. */
export type Proposed = {
  readonly proposal: Proposal
  readonly path: string
  readonly log: string
  readonly witness: string
}

/** Reads the founder's file; `card` fetches what an organisation's entry names. */
export async function readPlan(
  text: string | Uint8Array,
  card: (name: string) => Promise<unknown>,
): Promise<FoundingPlan> {
  const file: FoundingFile = parseWith(foundingFile, text)
  const cards = await Promise.all(
    file.organisations.map(async (one) => {
      if (typeof one !== 'string') return one
      // One form, whether it stands in the file or beside it.
      return checkWith(organisationCard, await card(one))
    }),
  )
  const plan = { ...file, organisations: cards }
  checkPlan(plan)
  policyOf(plan)
  return plan
}

/** Which of the draft's keys lie in the key folder; throws `keys-there` where another lies under such a name. */
export async function keysThere(keys: string, known: Draft['keys'] | undefined): Promise<boolean> {
  const found = ownKeys.filter((name) => existsSync(keyFile(keys, name)))
  for (const name of found) {
    const own = await reading('key-damaged', () => readKey(keys, name))
    if (own.publicKey !== known?.[name]) throw new AppError<NodeCode>('keys-there')
  }
  return found.length === ownKeys.length
}

export async function readDraft(dir: string): Promise<Draft | undefined> {
  if (!isUnfinished(dir)) return undefined
  return reading('marker-damaged', async () => parseWith(draft, await readFile(join(dir, DRAFT), 'utf8')))
}

const writeDraft = (dir: string, next: Draft): Promise<void> =>
  writeWhole(join(dir, DRAFT), `${JSON.stringify(next)}\n`)

/** The same keys; one that lay for too long begins now, since no desk would sign it any more. */
async function goOn({ dir, now }: FoundingPorts, folder: string, { time, keys }: Draft): Promise<Draft> {
  const next: Draft = { time: Math.abs(now - time) > PROPOSAL_LIFE ? now : time, keys, folder }
  await writeDraft(dir, next)
  return next
}

/**
 * The draft goes first: a key that lies there without one is another node's. Keys that were cut short are made anew; keys that
 * were whole, or are looked for in another folder, are not: `keys-elsewhere`.
 */
export async function beginKeys(ports: FoundingPorts): Promise<Draft> {
  const { dir, keys = keysOf(dir), now } = ports
  const before = await readDraft(dir)
  const folder = resolve(keys)
  const there = await keysThere(keys, before?.keys)
  if (before && there) return goOn(ports, folder, before)
  if (before && !(before.writing && before.folder === folder)) throw new AppError<NodeCode>('keys-elsewhere')
  const made: Record<OwnKey, FreshKey> = {
    journal: await freshKey(),
    operator: await freshKey(),
    witness: await freshKey(),
  }
  const { journal, operator, witness } = made
  const publics = { journal: journal.publicKey, operator: operator.publicKey, witness: witness.publicKey }
  for (const name of ownKeys) rmSync(keyFile(keys, name), { force: true })
  const next: Draft = { time: now, keys: publics, folder }
  await writeDraft(dir, { ...next, writing: true })
  for (const name of ownKeys) await writeKey(keys, name, made[name])
  await writeDraft(dir, next)
  return next
}

/** Files that may lie in a folder that is to be founded. */
const expected: ReadonlySet<string> = new Set([
  'node.lock',
  'node.lock-journal',
  DRAFT,
  PROPOSAL,
  'keys',
  `${DRAFT}.new`,
  `${PROPOSAL}.new`,
])
const halfDone: ReadonlySet<string> = new Set([
  'genesis.json',
  'consortium.json',
  'genesis.json.new',
  'consortium.json.new',
  'node.json.new',
])

/** Files of a folder that is to join others: CometBFT's, the motions, the roots before; never there before its draft. */
const joined = /^(comet|comet\.json(\.new)?|(desk|node)\.motion\.json(\.new)?|consortium-\d+\.json(\.new)?)$/

/** Nothing lies there but what this founding, or `joining`, was begun with. */
export function checkEmpty(dir: string, joining?: 'joining'): void {
  if (isFounded(dir)) throw new AppError<NodeCode>('node-founded')
  const begun = isUnfinished(dir)
  const half = (one: string) => halfDone.has(one) || (joining !== undefined && joined.test(one))
  const strange = readdirSync(dir).some((one) => !expected.has(one) && !(begun && half(one)))
  if (strange) throw new AppError<NodeCode>('data-there')
}

/** The proposal that `plan` and the draft's keys make. */
function proposalFrom(plan: FoundingPlan, { time, keys }: Draft): Proposed['proposal'] {
  const made = proposalOf({ ...plan, time, policy: policyOf(plan) }, keys)
  try {
    const { nodes } = parsePolicy(made.roots.policy)
    const own = formatVkey(witnessVerifier(plan.origin, keys.witness))
    for (const one of nodes.values())
      if (one.kind === 'witness' && formatVkey(one.key) === own)
        throw new AppError<NodeCode>('founding-wrong', { at: 'witness-own' })
  } catch (error) {
    if (isAppError(error) && error.code === 'policy-invalid')
      throw new AppError<NodeCode>('founding-wrong', { at: 'witness-vkey' }, { cause: error })
    throw error
  }
  return made
}

export const verifiers = ({ origin }: Pick<FoundingPlan, 'origin'>, { keys }: Draft) => ({
  log: formatVkey(logVerifier(origin, keys.journal)),
  witness: formatVkey(witnessVerifier(origin, keys.witness)),
})

/** First step, as often as the plan changes: keys once, the proposal anew. The same plan makes the same proposal. */
export async function proposeNode(ports: FoundingPorts, plan: FoundingPlan): Promise<Proposed> {
  const { dir } = ports
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const unlock = lockFolder(dir)
  try {
    checkEmpty(dir)
    const begun = await beginKeys(ports)
    const made = proposalFrom(plan, begun)
    const path = join(dir, PROPOSAL)
    await writeWhole(path, `${JSON.stringify(made, null, 2)}\n`)
    return { proposal: made, path, ...verifiers(plan, begun) }
  } finally {
    unlock()
  }
}

/** Names whose file it is: the others' may be kept. */
export const signedOther = ({ org }: RootsSignature) => new AppError<NodeCode>('founding-signature-other', { org })

/** Which organisations have signed exactly these roots. Refuses what is signed by another key, or over others. */
async function signaturesOf(
  { roots }: Pick<Proposal, 'roots'>,
  given: readonly RootsSignature[],
): Promise<Map<string, string>> {
  const signed = new Map<string, string>()
  for (const one of given) {
    if (one.roots !== rootsDigest(roots)) throw new AppError<NodeCode>('founding-roots-other')
    const by = await rootsSigner(roots, one.signature).catch(() => undefined)
    if (by === undefined || by !== one.org) throw signedOther(one)
    signed.set(by, one.signature)
  }
  return signed
}

/** The signature of each organisation, in the order of the roots. Throws `founding-signature-missing`, which names who is still to sign. */
export async function allSigned(made: Pick<Proposal, 'roots'>, given: readonly RootsSignature[]): Promise<string[]> {
  const signed = await signaturesOf(made, given)
  const { organisations } = made.roots
  const missing = organisations.filter(({ org }) => !signed.has(org)).map(({ org }) => org)
  if (missing.length > 0) throw new AppError<NodeCode>('founding-signature-missing', { missing: missing.join(', ') })
  return organisations.map(({ org }) => signed.get(org) ?? '')
}

/** The folder is founded: what led to it goes. */
export const dropDraft = (dir: string): void => {
  for (const one of [PROPOSAL, DRAFT]) rmSync(join(dir, one), { force: true })
}

/** Last step: every organisation has signed what `plan` proposes. The folder is founded when this returns, and not before. */
export async function finishNode(ports: FoundingPorts, plan: FoundingPlan, given: readonly RootsSignature[]) {
  const { dir, keys = keysOf(dir) } = ports
  if (isFounded(dir)) throw new AppError<NodeCode>('node-founded')
  if (!isUnfinished(dir)) throw new AppError<NodeCode>('founding-none')
  const unlock = lockFolder(dir)
  try {
    checkEmpty(dir)
    const begun = await readDraft(dir)
    if (!begun) throw new AppError<NodeCode>('founding-none')
    if (!(await keysThere(keys, begun.keys))) throw new AppError<NodeCode>('keys-elsewhere')
    const made = proposalFrom(plan, begun)
    const signatures = await allSigned(made, given)
    const { witness, log } = verifiers(plan, begun)
    await writeFounded(dir, made, signatures, { operator: plan.operator, origin: plan.origin, witness })
    dropDraft(dir)
    return { roots: made.roots, log, witness }
  } finally {
    unlock()
  }
}
