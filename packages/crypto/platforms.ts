/**
 * What each Ed25519 implementation makes of the C2SP/CCTV edge cases, as a table of accepted signatures. Node only;
 * `node platforms.ts` prints it, the README holds it and a test compares the two.
 */
import { createPublicKey, verify } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'
import { base64url, fromHex, utf8 } from '@salus/base/bytes'
import { verifyEd25519 } from './jws.ts'
import { assertStrongEd25519 } from './keys.ts'
import { type CctvCase, readVectors } from './testing.ts'

type Verdict = (key: string, message: Uint8Array, signature: Uint8Array) => boolean | Promise<boolean>

const sure = (check: () => boolean): boolean => {
  try {
    return check()
  } catch {
    return false
  }
}

function byNode(key: string, message: Uint8Array, signature: Uint8Array): boolean {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: base64url(fromHex(key)) }
  return sure(() => verify(null, message, createPublicKey({ key: jwk, format: 'jwk' }), signature))
}

/** The columns: each says whether it takes the signature, the last whether registration takes the key at all. */
export const columns: Readonly<Record<string, Verdict>> = {
  'node:crypto': byNode,
  WebCrypto: (key, message, signature) => verifyEd25519(base64url(fromHex(key)), message, signature),
  'noble, ZIP 215': (key, message, signature) => sure(() => ed25519.verify(signature, message, fromHex(key))),
  'noble, strict': (key, message, signature) =>
    sure(() => ed25519.verify(signature, message, fromHex(key), { zip215: false })),
  registration: (key) => sure(() => assertStrongEd25519(base64url(fromHex(key))) === undefined),
}

// Rows in words of our own, so that the table is read without the vectors' notes.
const words: readonly (readonly [flag: string, word: string])[] = [
  ['low_order_A', 'A small'],
  ['low_order_component_A', 'A has torsion'],
  ['non_canonical_A', 'A not canonical'],
  ['low_order_R', 'R small'],
  ['low_order_component_R', 'R has torsion'],
  ['non_canonical_R', 'R not canonical'],
  ['low_order_residue', 'residue'],
  ['reencoded_k', 're-encoded k'],
]

/** The table as Markdown: one row per combination of flags, cells are accepted cases. */
export async function platformTable(): Promise<string> {
  const rows = new Map<string, { cases: number; accepted: number[] }>()
  for (const { key, sig, msg, flags } of readVectors<CctvCase[]>('cctv-ed25519/ed25519vectors.json')) {
    const name =
      words
        .filter(([flag]) => flags?.includes(flag))
        .map(([, word]) => word)
        .join(', ') || 'none'
    const row = rows.get(name) ?? { cases: 0, accepted: Object.keys(columns).map(() => 0) }
    rows.set(name, row)
    row.cases++
    const verdicts = await Promise.all(Object.values(columns).map((verdict) => verdict(key, utf8(msg), fromHex(sig))))
    row.accepted = row.accepted.map((count, i) => count + Number(verdicts[i]))
  }
  const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1))
  const total = sorted.reduce(
    (sum, [, row]) => sum.map((n, i) => n + [row.cases, ...row.accepted][i]!),
    Array(6).fill(0),
  )
  const lines = sorted.map(([name, row]) => `| ${[name, row.cases, ...row.accepted].join(' | ')} |`)
  const head = `| flags | cases | ${Object.keys(columns).join(' | ')} |`
  return [head, '| --- | --- | --- | --- | --- | --- | --- |', ...lines, `| all | ${total.join(' | ')} |`].join('\n')
}

if (import.meta.main) console.log(await platformTable())
