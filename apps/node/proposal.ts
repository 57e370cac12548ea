/**
 * What a founding proposes (N15): the file an administrator writes, and the genesis and roots that follow from it. Pure:
 * the founder makes a proposal with it, each organisation's own device looks at it before it signs.
 */
import { base32, base64url, fromBase64url } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import { checkWith, field, z } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import { organisationCard, type Roots, roots } from '@salus/directory/consortium'
import { formatVkey, parseVkey } from '@salus/journal/note'
import { parsePolicy } from '@salus/journal/policy'
import { chainId, type Genesis, genesis, origin } from '@salus/ledger/contract'
import type { NodeCode } from './errors.ts'
import { logVerifier } from './keys.ts'

/** Type of a witness's signature on a checkpoint (tlog-cosignature.md); a log's own has another. */
export const COSIGNATURE = 0x04
export const MAX_WITNESSES = 15
/** How long a proposal may lie, either way from the clock of the device that signs it. */
export const PROPOSAL_LIFE = 30 * 24 * 3_600 * 1_000
/** Printable letters of ASCII. */
const PRINTED = /^[!-~]+$/

/** A witness as a policy names it. */
export const witness = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,38}[a-z0-9]$/),
  // Letters as they are read: nothing that turns a line around, or is not seen.
  vkey: z.string().max(200).regex(PRINTED),
  /** Where it is asked: its node's address with `/witness` behind it. */
  url: z
    .string()
    .regex(/^https?:\/\/[^\s?#@]+[^\s?#@/]$/)
    .regex(PRINTED),
})

/** The file that `salus found` reads. An organisation is its desk's card, or the name of the file that holds it. */
export const foundingFile = z.strictObject({
  chain: chainId,
  origin,
  operator: field.org,
  suite: z.union([z.literal(1), z.literal(2)]).optional(),
  organisations: z
    .array(z.union([organisationCard, z.string().min(1)]))
    .min(1)
    .max(999),
  witnesses: z.array(witness).max(MAX_WITNESSES).optional(),
  /** How many of the witnesses must have cosigned. */
  quorum: z.int().min(1).max(MAX_WITNESSES).optional(),
})
export type FoundingFile = z.output<typeof foundingFile>

/** The same, every card in its place. */
export type FoundingPlan = Omit<FoundingFile, 'organisations'> & { readonly organisations: Roots['organisations'] }

export const proposal = z.strictObject({ roots, genesis })
export type Proposal = z.output<typeof proposal>

/** One organisation's signature over the proposed roots, as its desk writes it. */
export const rootsSignature = z.strictObject({
  org: field.org,
  roots: field.digest,
  signature: z.string().max(400_000),
  /** The same over the same, with the key that the version before names and this one no longer does. */
  previous: z.string().max(400_000).optional(),
})
export type RootsSignature = z.output<typeof rootsSignature>

/** Stands for exactly these roots. */
export const rootsDigest = (document: Roots) => digest(JSON.stringify(document))

/** What people compare by telephone before they sign: 160 bits of the roots' digest, in groups of four letters. */
export const rootsFingerprint = (document: Roots): string =>
  base32(fromBase64url(rootsDigest(document)).subarray(0, 20))
    .match(/.{4}/g)
    ?.join('-') ?? ''

const wrong = (at: string) => new AppError<NodeCode>('founding-wrong', { at })
const isTwice = (all: readonly string[]): boolean => new Set(all).size !== all.length

/** The policy as tlog-policy lines. Throws `founding-wrong`, which says where. */
export function policyOf({ witnesses = [], quorum }: Pick<FoundingFile, 'witnesses' | 'quorum'>): string {
  const named = witnesses.map((one) => one.name)
  if (isTwice(named) || named.includes('none') || named.includes('witnesses')) throw wrong('witness-name')
  if (quorum === undefined ? named.length > 0 : quorum > named.length) throw wrong('quorum')
  if (named.length === 0) return 'quorum none\n'
  for (const { vkey } of witnesses) if (!isWitness(vkey)) throw wrong('witness-vkey')
  const lines = witnesses.map(({ name, vkey, url }) => `witness ${name} ${vkey} ${url}`)
  return `${[...lines, `group witnesses ${quorum} ${named.join(' ')}`, 'quorum witnesses'].join('\n')}\n`
}

function isWitness(vkey: string): boolean {
  try {
    return parseVkey(vkey).type === COSIGNATURE
  } catch (error) {
    if (isAppError(error)) return false
    throw error
  }
}

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
  readonly suite?: 1 | 2 | undefined
}

/** The ledger's first state: the node itself, which owns the log, and the organisations. */
function genesisOf(founding: Founding, operatorKey: string, vkey: string): Genesis {
  const { chain, origin, operator, time, organisations } = founding
  const [first] = organisations
  const node = { org: operator, kind: 'hospital', country: first?.country ?? 'FR', key: operatorKey }
  return genesis.parse({
    ...{ chain, time },
    organisations: [
      { ...node, legal: digest(`operator ${operator}`), journal: { origin, vkey } },
      ...organisations.map(({ name: _, ...one }) => ({ ...one, legal: digest(`legal ${one.org}`) })),
    ],
  })
}

/** What there is to sign. The log's own key is the first line of the policy. */
export function proposalOf(founding: Founding, own: { readonly journal: string; readonly operator: string }): Proposal {
  const { chain, origin, operator, organisations, policy, suite } = founding
  const vkey = formatVkey(logVerifier(origin, own.journal))
  const first = genesisOf(founding, own.operator, vkey)
  const document = roots.parse({
    ...{ version: 1, chain, genesis: digest(JSON.stringify(first)), organisations },
    journals: [{ origin, vkey, operator }],
    policy: `log ${vkey}\n${policy ?? 'quorum none\n'}`,
    ...(suite === undefined ? {} : { suite }),
  })
  return { roots: document, genesis: first }
}

/** Refuses a plan that contradicts itself, in words for its author (`founding-wrong`). */
export function checkPlan({ operator, organisations }: FoundingPlan): void {
  const names = organisations.map((one) => one.org as string)
  if (isTwice(names)) throw wrong('organisation-twice')
  if (isTwice(organisations.map((one) => one.key))) throw wrong('key-twice')
  if (names.includes(operator)) throw wrong('operator')
}

/** The plan that would make this proposal, read as strictly as the founder's own file. */
function planOf({ roots: document }: Proposal): FoundingPlan {
  const [journal] = document.journals
  const [log, ...rest] = document.policy.split('\n')
  if (log !== `log ${journal?.vkey}`) throw wrong('policy')
  const { asked, quorum } = witnessesOf(rest.join('\n'))
  const file = checkWith(foundingFile, {
    ...{ chain: document.chain, origin: journal?.origin, operator: journal?.operator },
    organisations: document.organisations,
    ...(asked.length > 0 || quorum > 0 ? { witnesses: asked, quorum } : {}),
    ...(document.suite === undefined ? {} : { suite: document.suite }),
  })
  const plan = { ...file, organisations: document.organisations }
  checkPlan(plan)
  return plan
}

/** What the same facts make here: nothing in a proposal is left to whoever wrote it. */
function madeAgain(made: Proposal): Proposal {
  const plan = planOf(made)
  const operator = made.genesis.organisations.find((one) => one.org === plan.operator)
  const journal = base64url(parseVkey(made.roots.journals[0]?.vkey ?? '').publicKey)
  const founding = { ...plan, time: made.genesis.time, policy: policyOf(plan) }
  return proposalOf(founding, { journal, operator: operator?.key ?? '' })
}

/**
 * Looks at a proposal as a desk does that trusts nobody: made here from what it shows, it must be the same to the letter (first
 * version, genesis, legal names, the form of the policy). Throws `proposal-wrong`; `proposal-old` where it was not begun within
 * thirty days of `now` (milliseconds).
 */
export function checkProposal(made: Proposal, now: number): void {
  if (!isMadeAgain(made)) throw new AppError<NodeCode>('proposal-wrong')
  if (Math.abs(made.genesis.time - now) > PROPOSAL_LIFE) throw new AppError<NodeCode>('proposal-old')
}

function isMadeAgain(made: Proposal): boolean {
  try {
    return JSON.stringify(madeAgain(made)) === JSON.stringify(proposal.parse(made))
  } catch (error) {
    if (isAppError(error) || error instanceof z.ZodError) return false
    throw error
  }
}

/** Who is asked to cosign, and how many must: what a person is shown before signing, and doctor says. */
export function witnessesOf(policyText: string) {
  const policy = parsePolicy(policyText)
  const group = policy.nodes.get(policy.quorum)
  const asked = [...policy.nodes].flatMap(([name, one]) =>
    one.kind === 'witness' ? [{ name, vkey: formatVkey(one.key), url: one.url }] : [],
  )
  const quorum = group === undefined ? 0 : group.kind === 'group' ? group.threshold : 1
  // Two groups, each a quorum, may then have nobody in common: two pasts can both be witnessed.
  return { asked, quorum, half: quorum > 0 && 2 * quorum <= asked.length }
}
