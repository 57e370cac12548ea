/** `salus verify`: receipts, proofs, exports and read logs, offline, against pinned roots. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '@salus/base/errors'
import { parseJson } from '@salus/base/json'
import { z } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import { verifyEd25519 } from '@salus/crypto/jws'
import { logKeys, openConsortium, orgKey, type Roots } from '@salus/directory/consortium'
import { checkKeyring } from '@salus/directory/device/verify'
import { keyringView } from '@salus/directory/endpoints'
import { deviceThumbprint } from '@salus/directory/keyring'
import { receipt } from '@salus/journal/contract'
import { parseProof } from '@salus/journal/proof'
import { parseStatement } from '@salus/journal/statement'
import { verifyCheckpoint, verifyReceipt } from '@salus/journal/verify'
import { checkExport } from '@salus/records/device/export'
import { option, type Screen, type Verb } from '../verb.ts'

const pair = z.object({ statement: z.string(), receipt })

/** The roots one names, or those of one's own data folder: never a file that lies beside what is to be verified. */
async function rootsFor(given: string | undefined, screen: Screen): Promise<Roots> {
  const path = given ?? join(process.env.SALUS_DATA ?? 'data', 'consortium.json')
  if (!existsSync(path)) throw new AppError('roots-missing')
  const file = await readFile(path)
  const roots = await openConsortium(file)
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
async function signerKeys(document: unknown, roots: Roots): Promise<(issuer: string) => string | undefined> {
  const devices = new Map<string, string>()
  for (const view of findAll(keyringView, document)) {
    const { keyring } = await checkKeyring(view, view.handle, roots, logKeys(roots))
    if (keyring.device) devices.set(view.handle, keyring.device)
  }
  return (issuer) => orgKey(roots, issuer) ?? devices.get(issuer)
}

async function verifyPairs(document: unknown, roots: Roots, screen: Screen) {
  const pairs = findAll(pair, document)
  if (pairs.length === 0) throw new AppError('not-a-proof')
  const keyOf = await signerKeys(document, roots)
  const out = []
  for (const { statement: token, receipt: one } of pairs) {
    const { checkpoint } = await verifyReceipt(token, one, logKeys(roots))
    const statement = parseStatement(token)
    const key = keyOf(statement.iss)
    // Without the signer's keyring in the file the place in the journal is proven, the signature is not: said, not hidden.
    const signed = key !== undefined && deviceThumbprint(key) === statement.kid
    if (signed && !(await verifyEd25519(key, statement.signingInput, statement.signature)))
      throw new AppError('signature-invalid')
    const signature = signed ? 'verified' : 'not-checked'
    out.push({ type: statement.type, index: one.index, size: checkpoint.size, status: one.status, signature })
    screen.say(`✓ ${statement.type}  #${one.index} / ${checkpoint.size}  ${one.status}  signature ${signature}`)
  }
  return out
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
    if (!existsSync(path)) throw new AppError('file-missing')
    const text = await readFile(path, 'utf8')
    const roots = await rootsFor(option(args, 'roots'), screen)
    const fr = screen.language === 'fr'
    if (text.startsWith('c2sp.org/tlog-proof@v1')) {
      const { size } = await verifyCheckpoint(parseProof(text).checkpoint, logKeys(roots))
      screen.say(
        fr
          ? `✓ point de contrôle authentique, taille ${size} (l’inclusion demande aussi le document)`
          : `✓ authentic checkpoint, size ${size} (inclusion needs the statement too)`,
      )
      return { kind: 'proof', size, inclusion: 'needs-statement' }
    }
    const value = parseJson(text) as { format?: string }
    if (value.format === 'salus-export@v1') {
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
