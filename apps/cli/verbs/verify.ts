/** `salus verify`: receipts, proofs, exports and read logs, offline, against pinned roots. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { seconds, systemClock } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import { parseJson } from '@salus/base/json'
import { checkWith, z } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import { verifyEd25519 } from '@salus/crypto/jws'
import { logKeys, openConsortium, orgKeyAt, orgKeys, type Roots } from '@salus/directory/consortium'
import type { Keyring } from '@salus/directory/contract'
import { checkKeyring } from '@salus/directory/device/verify'
import { keyringView } from '@salus/directory/endpoints'
import { deviceThumbprint, signedOnce } from '@salus/directory/keyring'
import { receipt } from '@salus/journal/contract'
import { parsePolicy } from '@salus/journal/policy'
import { parseProof } from '@salus/journal/proof'
import { parseStatement, type Statement } from '@salus/journal/statement'
import { verifyCheckpoint, verifyReceipt, witnessedBy } from '@salus/journal/verify'
import { type DealReceipt, dealReceipt, verifyDealReceipt } from '@salus/market/receipt'
import { checkExport } from '@salus/records/device/export'
import type { Both, Language } from '@salus/ui/language'
import { statementWords } from '@salus/ui/vocabulary'
import type { CliCode } from '../errors.ts'
import { readInput } from '../files.ts'
import { option, type Screen, type Verb } from '../verb.ts'

const pair = z.object({ statement: z.string(), receipt })

/** The roots one names, or those of one's own data folder: never a file that lies beside what is to be verified. */
async function rootsFor(given: string | undefined, screen: Screen): Promise<Roots> {
  const path = given ?? join(process.env.SALUS_DATA ?? 'data', 'consortium.json')
  if (!existsSync(path)) throw new AppError('roots-missing')
  const file = await readInput(path)
  const roots = await openConsortium(file).catch((cause) => {
    throw isAppError(cause) ? new AppError<CliCode>('roots-wrong', {}, { cause }) : cause
  })
  screen.say(`${screen.language === 'fr' ? 'racines' : 'roots'}: ${roots.chain}, ${digest(file).slice(0, 12)}…`)
  return roots
}

/** Everything of one form in a document, however deep: what `--json` printed is a file to verify too. */
function findAll<T>(schema: z.ZodType<T>, value: unknown, depth = 0): T[] {
  if (depth > 8 || value === null || typeof value !== 'object') return []
  const one = schema.safeParse(value)
  if (one.success) return [one.data]
  return Object.values(value).flatMap((child) => findAll(schema, child, depth + 1))
}

/** Device keys by issuer, from the keyrings that came along (each checked, with its receipt) and the pinned roots. */
async function signerKeys(document: unknown, roots: Roots): Promise<(statement: Statement) => string | undefined> {
  const known = new Map<string, Keyring>()
  for (const view of findAll(keyringView, document)) {
    const { keyring } = await checkKeyring(view, view.handle, roots, logKeys(roots))
    known.set(view.handle, keyring)
  }
  return ({ iss, kid, iat }) => {
    const keyring = known.get(iss)
    const key = orgKeyAt(roots, iss, kid, iat)
    // D43 With a key of before, and from after its end: that is no signature of this organisation.
    if (key === undefined && orgKeyAt(roots, iss, kid) !== undefined) throw new AppError('signature-invalid')
    return key ?? (keyring && signedOnce(keyring, kid))
  }
}

async function verifyPairs(document: unknown, roots: Roots, screen: Screen) {
  const pairs = findAll(pair, document)
  if (pairs.length === 0) throw new AppError('not-a-proof')
  const keyOf = await signerKeys(document, roots)
  const policy = parsePolicy(roots.policy)
  const out = []
  for (const { statement: token, receipt: one } of pairs) {
    const { checkpoint } = await verifyReceipt(token, one, logKeys(roots))
    const statement = parseStatement(token)
    const key = keyOf(statement)
    // Without the signer's keyring in the file the place in the journal is proven, the signature is not: said, not hidden.
    const signed = key !== undefined && deviceThumbprint(key) === statement.kid
    if (signed && !(await verifyEd25519(key, statement.signingInput, statement.signature)))
      throw new AppError('signature-invalid')
    const signature = signed ? 'verified' : 'not-checked'
    // Counted here, under the pinned policy: what the node says of it proves nothing.
    const counted = await witnessedBy(token, one, policy, seconds(systemClock()))
    const witnesses = counted === 'not-asked' ? 'not-witnessed' : counted
    const place = { index: one.index, size: checkpoint.size }
    out.push({ type: statement.type, ...place, status: witnesses, signature })
    screen.say(`✓ ${sentence(statement.type, place, witnesses, signature, screen.language)}`)
  }
  if (out.some(({ status }) => status === 'missed' || status === 'late')) screen.say(missedMeans[screen.language])
  return out
}

const states = {
  'not-witnessed': { en: 'not witnessed', fr: 'sans témoin' },
  missed: {
    en: 'due to be witnessed by now, and not witnessed in this file',
    fr: 'aurait dû être attesté depuis, et ne l’est pas dans ce fichier',
  },
  late: {
    en: 'witnessed after its time, by the witnesses’ clocks in this file',
    fr: 'attesté après son délai, d’après les horloges des témoins dans ce fichier',
  },
  provisional: { en: 'provisional, witnesses still to come', fr: 'provisoire, témoins à venir' },
  witnessed: { en: 'witnessed', fr: 'attesté par des témoins' },
}

const signatures: Readonly<Record<'verified' | 'not-checked', Both>> = {
  verified: { en: 'signature verified', fr: 'signature vérifiée' },
  'not-checked': {
    en: 'signature not checked: the signer’s keys are not in the file',
    fr: 'signature non vérifiée : les clés du signataire ne sont pas dans le fichier',
  },
}

/** What a miss in a file is worth to whoever is shown it: lines can be left out of a file, and a later checkpoint put in. */
const missedMeans: Both = {
  en: `Such a file proves no fault of the node’s: signatures can be left out of it, or a later checkpoint put in. Ask the node for the
receipt of that entry again: what it does not show then, cosigned in time, was not witnessed in time.`,
  fr: `Un tel fichier ne prouve aucune faute du nœud : on peut en ôter des signatures, ou y mettre un point de contrôle plus récent.
Redemandez au nœud le reçu de cette entrée : ce qu’il ne montre pas alors, cosigné à temps, n’a pas été attesté à temps.`,
}

/** One proven statement: what it is, where it stands, how far it is witnessed, who vouches for the signature. */
function sentence(
  type: string,
  { index, size }: { index: number; size: number },
  status: keyof typeof states,
  signature: keyof typeof signatures,
  language: Language,
): string {
  const what = statementWords[type]?.[language] ?? type
  return [what, `#${index} / ${size}`, states[status][language], signatures[signature][language]].join(' · ')
}

/** A deal of the market: who agreed on what, which machine proved itself to whom, and what came of it. */
function verifyDeal(receipt: DealReceipt, roots: Roots, { language, say }: Screen) {
  const { deal, envelope, verdicts, simulated } = verifyDealReceipt(receipt, (org) => orgKeys(roots, org))
  const fr = language === 'fr'
  say(`✓ ${fr ? 'marché' : 'deal'} ${deal.task} · ${deal.lab} · ${deal.legs.map(({ org }) => org).join(', ')}`)
  for (const { org, verdict } of verdicts) {
    const when = new Date(verdict.at * 1000).toISOString().slice(0, 16)
    const what = verdict.simulated
      ? fr
        ? 'machine SIMULÉE : ne prouve rien'
        : 'SIMULATED machine: proves nothing'
      : verdict.kind
    say(`✓ ${org}: ${what} · ${verdict.tcbStatus ?? ''} ${when}`)
  }
  say(`✓ ${fr ? 'résultat signé par l’enclave' : 'result signed by the enclave'}: ${envelope.outcome}`)
  return {
    kind: 'deal',
    task: deal.task,
    outcome: envelope.outcome,
    simulated,
    hospitals: verdicts.map(({ org }) => org),
  }
}

/** A document of any of the forms; what is no JSON is no proof. */
function documentIn(text: string): { format?: string } {
  try {
    return parseJson(text) as { format?: string }
  } catch (cause) {
    throw isAppError(cause) ? new AppError('not-a-proof', {}, { cause }) : cause
  }
}

export const verifyVerb: Verb = {
  name: 'verify',
  positionals: 'FILE',
  least: 1,
  options: [
    { name: 'roots', value: 'FILE', words: { en: 'consortium.json to trust', fr: 'consortium.json de confiance' } },
  ],
  words: {
    en: 'check a receipt, a proof or an export, offline',
    fr: 'vérifier un reçu, une preuve ou un export, hors ligne',
  },
  async run(args, screen) {
    const path = args.positionals[0] ?? ''
    const text = new TextDecoder().decode(await readInput(path))
    const proof = text.startsWith('c2sp.org/tlog-proof@v1')
    const value = proof ? {} : documentIn(text)
    const roots = await rootsFor(option(args, 'roots'), screen)
    const fr = screen.language === 'fr'
    if (proof) {
      const { size } = await verifyCheckpoint(parseProof(text).checkpoint, logKeys(roots))
      screen.say(
        fr
          ? `✓ point de contrôle authentique, taille ${size} (l’inclusion demande aussi le document)`
          : `✓ authentic checkpoint, size ${size} (inclusion needs the statement too)`,
      )
      return { kind: 'proof', size, inclusion: 'needs-statement' }
    }
    if (value?.format === 'salus-deal-receipt/1') return verifyDeal(checkWith(dealReceipt, value), roots, screen)
    if (value?.format === 'salus-export@v1') {
      const result = await checkExport(text, roots)
      screen.say(
        fr
          ? `✓ export : ${result.records} versions, ${result.entries} documents, tous prouvés`
          : `✓ export: ${result.records} versions, ${result.entries} documents, all proven`,
      )
      return { kind: 'export', ...result }
    }
    return { kind: 'receipts', verified: await verifyPairs(value, roots, screen) }
  },
}
