/** Every parser that bytes from outside reach, each with good samples: what a day on a node leaves, and files people bring. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { fromBase32, fromBase64, fromBase64url, fromHex, utf8 } from '@salus/base/bytes'
import { systemClock, systemRandom } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import { parseJson } from '@salus/base/json'
import { parseWith, z } from '@salus/base/schema'
import { problemOf } from '@salus/cli/check'
import { handleFrom, untilSeconds } from '@salus/cli/verb'
import { verbs } from '@salus/cli/verbs'
import { openFile, sealFile } from '@salus/crypto/file'
import { joinShares, splitSecret } from '@salus/crypto/guardians'
import { decodeJws } from '@salus/crypto/jws'
import { newRecoveryCode, openKeychain, sealKeychain, unwrapWithCode, wrapWithCode } from '@salus/crypto/keychain'
import { openWithKey, packetHeader } from '@salus/crypto/packet'
import { openContent } from '@salus/crypto/seal'
import { codeDigest, codeText, newCode } from '@salus/directory/code'
import { logKeys, openConsortium } from '@salus/directory/consortium'
import { beginJoin, readInvite } from '@salus/directory/device/restore'
import { findKeyring, foldKeyring } from '@salus/directory/device/verify'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { readBundle } from '@salus/fhir/bundle'
import { parseExact } from '@salus/fhir/exact'
import { readFhirFile } from '@salus/fhir/file'
import { receipt, STATEMENT_TYP, submission } from '@salus/journal/contract'
import { parseCheckpoint, parseNote, parseVkey } from '@salus/journal/note'
import { parsePolicy } from '@salus/journal/policy'
import { parseProof } from '@salus/journal/proof'
import { parseStatement } from '@salus/journal/statement'
import { verifyCheckpoint, verifyReceipt } from '@salus/journal/verify'
import { genesis } from '@salus/ledger/contract'
import { startNode, type TestNode } from '@salus/node-app/testing'
import { fromConsent, toConsent } from '@salus/records/consent'
import { sharedFile } from '@salus/records/links/contract'
import { readLink } from '@salus/records/links/format'
import { linkTo, world } from '../tests/people.ts'
import { story } from '../tests/story.ts'

/** Reads one input; an AppError or nothing must come of it. Most parse text as it is; `bytes` may be no text at all. */
export type Parser = {
  readonly name: string
  readonly samples: readonly string[]
  readonly run: (input: string) => unknown
}

const proven = z.strictObject({ statement: z.string(), receipt })

/** What a node holds after a day, by kind. */
async function collected(at: TestNode) {
  const w = world(at)
  const told = await story(w)
  await at.node.advance()
  const { node } = at
  const tokens: string[] = []
  const receipts: string[] = []
  for (let i = 0; i < node.journal.log.size(); i++) {
    const found = await node.journal.receiptAt(i)
    if (!found) continue
    tokens.push(found.stored.token)
    receipts.push(JSON.stringify({ statement: found.stored.token, receipt: found.receipt }))
  }
  const rows = await node.sources.tx(async (s) => ({
    packets: await s.all<{ jwe: string }>('SELECT jwe FROM packet'),
    contents: await s.all<{ jwe: string }>('SELECT jwe FROM content'),
  }))
  const link = await linkTo(w, told.doctor.signer, told.doctor.keys.handle)
  const keyrings: string[] = []
  for (const { keys } of [told.patient, told.doctor]) {
    const { entries } = await link.call(directoryEndpoints.keyring, { input: { handle: keys.handle } })
    keyrings.push(JSON.stringify(entries))
  }
  await findKeyring(link, told.patient.keys.handle)
  const [packets, contents] = [rows.packets.map((one) => one.jwe), rows.contents.map((one) => one.jwe)]
  return { told, link, tokens, receipts, packets, contents, keyrings, handle: told.patient.keys.handle }
}

const bundle = JSON.stringify({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [
    {
      fullUrl: 'urn:uuid:a',
      resource: { resourceType: 'Patient', id: 'p', name: [{ family: 'Sample' }], birthDate: '1970-01-01' },
    },
    {
      fullUrl: 'urn:uuid:b',
      resource: { resourceType: 'Observation', id: 'o', status: 'final', subject: { reference: 'urn:uuid:a' } },
    },
    {
      resource: { resourceType: 'AllergyIntolerance', id: 'x', patient: { reference: 'Patient/p' } },
      request: { method: 'PUT', url: 'AllergyIntolerance/x' },
    },
  ],
})
const party = (id: string) => ({ handle: id, name: 'Sample (sample)' }) as never
const consent = JSON.stringify(
  toConsent(
    {
      id: 'AAAAAAAAAAAAAAAAAAAAAA',
      at: 1_700_000_000,
      until: 1_800_000_000,
      purpose: 'TREAT',
      categories: ['results'],
      records: [],
      except: [],
      standing: true,
    } as never,
    { patient: party('P'), reader: party('R'), organisation: party('O') },
  ),
)

/** A file on the disk, read as an import reads it. */
const fileReader = (dir: string, name: string) => async (input: string) => {
  const path = join(dir, name)
  writeFileSync(path, name.endsWith('.gz') ? Buffer.from(input, 'latin1') : input)
  for await (const _ of readFhirFile(path));
}

/** Each of them is asked, whatever the one before made of it; what is no refusal in words comes first. */
const all =
  (...reads: readonly ((input: string) => unknown)[]) =>
  async (input: string) => {
    const seen = await Promise.allSettled(reads.map(async (read) => read(input)))
    const reasons = seen.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    if (reasons.length > 0) throw reasons.find((one) => !isAppError(one)) ?? reasons[0]
  }

/** All of them, over one node's day. Close `at` afterwards. */
export async function makeParsers(): Promise<{ at: TestNode; parsers: Parser[] }> {
  const at = await startNode()
  const { told, link, tokens, receipts, packets, contents, keyrings, handle } = await collected(at)
  const { roots, journal } = at.node
  const [logs, key, dir] = [logKeys(roots), systemRandom(32), mkdtempSync(join(tmpdir(), 'salus-fuzz-'))]
  const secret = fromBase64url(told.patient.keys.epochs[0]?.privateKey ?? '')
  const code = newRecoveryCode(systemRandom)
  const keychains = [
    await sealKeychain(key, utf8('{"sample":1}'), systemRandom),
    await wrapWithCode(key, code, systemRandom),
  ]
  const proofs = receipts.map((one) => parseWith(proven, one).receipt.proof)
  const note = journal.checkpoint()
  const consortium = readFileSync(join(at.dir, 'consortium.json'), 'utf8')
  const resources = [
    { resourceType: 'Patient', id: 'p', name: [{ family: 'Sample' }] },
    { resourceType: 'Observation', id: 'o', status: 'final', subject: { reference: 'Patient/p' } },
  ]
    .map((one) => JSON.stringify(one))
    .join('\n')
  const cty = 'application/fhir+json'
  const sealed = await sealFile(key, utf8(bundle), { cty }, systemRandom)
  const deflated = await sealFile(key, utf8(bundle), { cty, zip: 'DEF' }, systemRandom)
  const links = Object.values(told.patient.book.shlinks ?? {}).flatMap((one) => [one, `https://viewer.example#${one}`])
  const typed = ['24h', '2030-12-31', handle, codeText(newCode(systemRandom)), code]
  const rows: [string, readonly string[], (input: string) => unknown][] = [
    [
      'json',
      [bundle, consortium, ...keyrings],
      all(parseJson, (text) => parseJson(Buffer.from(text, 'latin1')), parseExact),
    ],
    ['encodings', ['AAAA', 'AA==', '00ff', 'ABCDEFGH', handle], all(fromBase64, fromBase64url, fromHex, fromBase32)],
    ['statement', tokens, all(parseStatement, (text) => decodeJws(text, STATEMENT_TYP))],
    [
      'submission',
      tokens.map((statement) => JSON.stringify({ items: [{ statement }] })),
      async (text) => journal.accept(parseWith(submission, text)),
    ],
    ['note', [note], all((text) => verifyCheckpoint(text, logs), parseNote)],
    ['checkpoint', [`${note.split('\n\n')[0]}\n`], parseCheckpoint],
    ['vkey', roots.journals.map((one) => one.vkey), parseVkey],
    ['policy', [roots.policy, `${roots.policy}group g any\n`], parsePolicy],
    ['proof', proofs, parseProof],
    [
      'receipt',
      receipts,
      async (text) => {
        const { statement, receipt: one } = parseWith(proven, text)
        await verifyReceipt(statement, one, logs)
      },
    ],
    ['packet', packets, all(packetHeader, (text) => openWithKey(secret, text, {}))],
    ['content', contents, (text) => openContent(key, text)],
    [
      'keychain',
      keychains,
      async (text) => {
        await openKeychain(key, text).catch(() => unwrapWithCode(text, code))
      },
    ],
    ['link', links, readLink],
    ['file sealed', [sealed, deflated], (text) => openFile(key, text)],
    [
      'shared file',
      [JSON.stringify({ base: 'https://a.example', file: sealed })],
      (text) => parseWith(sharedFile, text),
    ],
    ['shares', await splitSecret(key, 2, 3), (text) => joinShares(text.split(' '))],
    ['consortium', [consortium], openConsortium],
    ['genesis', [readFileSync(join(at.dir, 'genesis.json'), 'utf8')], (text) => parseWith(genesis, text)],
    ['keyring', keyrings, (text) => foldKeyring(parseWith(z.array(z.string()), text), handle, roots)],
    ['invite', [(await beginJoin(link)).invite], readInvite],
    ['transaction', tokens, (text) => at.node.ledger.submit(text)],
    ['bundle', [bundle], (text) => readBundle(utf8(text))],
    ['file json', [bundle], fileReader(dir, 'one.json')],
    ['ndjson', [resources], fileReader(dir, 'lines.ndjson')],
    [
      'gzip',
      [gzipSync(bundle).toString('latin1'), gzipSync(resources).toString('latin1')],
      fileReader(dir, 'one.json.gz'),
    ],
    ['consent', [consent], (text) => fromConsent(parseExact(text), systemClock() / 1000)],
    [
      'typed',
      typed,
      (text) => {
        untilSeconds(text, 0)
        codeDigest(text)
        handleFrom(text)
      },
    ],
    [
      'arguments',
      typed,
      (text) => {
        for (const verb of verbs)
          problemOf(verb, {
            positionals: text.split(' '),
            options: Object.fromEntries(verb.options.map((one) => [one.name, text])),
          })
      },
    ],
  ]
  return { at, parsers: rows.map(([name, samples, run]) => ({ name, samples, run })) }
}
