import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { base64url, concat, fromBase64url } from '@salus/base/bytes'
import { seededRandom } from '@salus/base/testing'
import type { Evidence } from './contract.ts'
import { quoteByGramine } from './gramine.ts'
import { filled } from './testing/certificates.ts'
import { sampleDcap, sampleEvidence, sampleSnp } from './testing.ts'
import { exactQuote, quoteByTsm, readCertificates } from './tsm.ts'
import { verifyEvidence } from './verify.ts'

const reportData = filled(0xc4, 64)
const random = seededRandom(6)

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'salus-tsm-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Fills `folder` with pipes and starts what answers them. */
function machine(t: TestContext, folder: string, part: string, files: readonly string[]): void {
  execFileSync(
    'mkfifo',
    files.map((one) => join(folder, one)),
  )
  const child = spawn(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    join(import.meta.dirname, 'machine.child.ts'),
    folder,
    part,
  ])
  child.stderr.pipe(process.stderr)
  t.after(() => child.kill())
}

const FILES = ['generation', 'inblob', 'provider', 'outblob', 'auxblob']
/** As the kernel does it: making the folder puts the files in. */
const kernel = (t: TestContext, part: string) => async (path: string) => {
  mkdirSync(path)
  machine(t, path, part, FILES)
}

/** The same policy and collateral as a sample of that kind has, for a quote made elsewhere. */
function verdictOf(kind: 'sgx' | 'tdx' | 'snp', bytes: Uint8Array) {
  const { evidence, policy, now } = sampleEvidence(kind, reportData)
  const shown = { ...evidence, [kind === 'snp' ? 'report' : 'quote']: base64url(bytes) } as Evidence
  return verifyEvidence(shown, { reportData, policy }, now)
}

test('E14 a TDX guest asks the kernel: padding is cut, the request is removed', async (t) => {
  const folder = folderOf(t)
  const shown = await quoteByTsm(reportData, { random, folder, mkdir: kernel(t, 'tdx_guest') })
  assert.ok(shown.kind === 'tdx')
  const { step, code } = verdictOf('tdx', shown.quote)
  // The machine has keys of its own, so its root is another than ours; form and report data are as asked.
  assert.deepEqual([step, code], [2, 'root-unknown'])
  assert.deepEqual(shown.quote.subarray(48 + 520, 48 + 584), reportData)
  assert.deepEqual(readdirSync(folder), [])
})

test('E14 an SNP guest gets its report and the certificates the host put beside it', async (t) => {
  const folder = folderOf(t)
  const shown = await quoteByTsm(reportData, { random, folder, mkdir: kernel(t, 'sev_guest') })
  assert.ok(shown.kind === 'snp')
  assert.deepEqual(shown.report.subarray(0x50, 0x90), reportData)
  assert.deepEqual(Object.keys(shown.certificates).sort(), ['ark', 'ask', 'endorsement'])
  const { endorsement, ask, ark } = shown.certificates
  const collateral = { endorsement: base64url(endorsement!), ask: base64url(ask!), ark: base64url(ark!) }
  const { policy, now } = sampleSnp(reportData)
  const evidence = { kind: 'snp', report: base64url(shown.report), collateral }
  const believed = {
    ...policy,
    requireRevocation: false,
    roots: [{ of: 'Milan' as const, sha256: fingerprint(ark!) }],
  }
  assert.equal(verifyEvidence(evidence, { reportData, policy: believed }, now).status, 'affirming')
  assert.deepEqual(readdirSync(folder), [])
})

const fingerprint = (der: Uint8Array) =>
  execFileSync('openssl', ['dgst', '-sha256', '-r'], { input: der }).toString().slice(0, 64)

test('E14 an answer that may be to somebody else’s question is refused; an unknown provider too', async (t) => {
  const folder = folderOf(t)
  const ask = (part: string) => quoteByTsm(reportData, { random, folder, mkdir: kernel(t, part) })
  await assert.rejects(ask('tdx_guest!'), { code: 'tsm-busy' })
  await assert.rejects(ask('sev_guest!'), { code: 'tsm-busy' })
  await assert.rejects(ask('arm_cca_guest'), { code: 'tsm-provider-unknown' })
  assert.deepEqual(readdirSync(folder), [])
})

test('E14 where there is no such folder, or an empty one, that is what is said', async (t) => {
  const folder = folderOf(t)
  await assert.rejects(quoteByTsm(reportData, { random, folder: join(folder, 'none') }), { code: 'tsm-absent' })
  await assert.rejects(quoteByTsm(reportData, { random, folder }), { code: 'tsm-absent' })
  assert.deepEqual(readdirSync(folder), [])
  await assert.rejects(quoteByGramine(reportData, join(folder, 'none')), { code: 'gramine-absent' })
  await assert.rejects(quoteByTsm(reportData.subarray(1), { random, folder }), RangeError)
})

test('E14 Gramine: report data in, quote out; other kinds of attestation are refused', async (t) => {
  const folder = folderOf(t)
  machine(t, folder, 'gramine', ['attestation_type', 'user_report_data', 'quote'])
  const shown = await quoteByGramine(reportData, folder)
  assert.ok(shown.kind === 'sgx')
  assert.deepEqual(shown.quote.subarray(48 + 320, 48 + 384), reportData)
  assert.equal(verdictOf('sgx', shown.quote).code, 'root-unknown')
  const none = folderOf(t)
  writeFileSync(join(none, 'attestation_type'), 'none\n')
  await assert.rejects(quoteByGramine(reportData, none), { code: 'gramine-attestation-other' })
  assert.equal(existsSync(join(none, 'user_report_data')), false)
})

test('E14 only zeros may follow a quote', () => {
  const quote = fromBase64url(sampleDcap('tdx', reportData).evidence.quote)
  assert.deepEqual(exactQuote(concat(quote, new Uint8Array(100))), quote)
  for (const wrong of [
    concat(quote, Uint8Array.of(0, 1)),
    quote.subarray(0, -1),
    new Uint8Array(0),
    new Uint8Array(700),
  ]) {
    assert.throws(() => exactQuote(wrong), { code: 'tsm-answer-invalid' })
  }
})

test('E14 a certificate table holds what it says and ends', () => {
  const entry = (offset: number, length: number, guid = '63da758de6644564adc5f4b93be8accd') => {
    const bytes = Buffer.alloc(24)
    bytes.write(guid, 'hex')
    bytes.writeUInt32LE(offset, 16)
    bytes.writeUInt32LE(length, 20)
    return bytes
  }
  const end = Buffer.alloc(24)
  assert.deepEqual(readCertificates(new Uint8Array(0)), {})
  assert.deepEqual(readCertificates(end), {})
  assert.deepEqual(readCertificates(concat(entry(48, 2), end, Uint8Array.of(7, 8))), {
    endorsement: Uint8Array.of(7, 8),
  })
  const wrong = [
    ...[entry(48, 2), concat(entry(48, 2), end, Uint8Array.of(7)), concat(entry(0xffffffff, 0xffffffff), end)],
    ...[concat(entry(48, 0), end), concat(entry(0, 1), entry(0, 1), end), Uint8Array.of(1)],
  ]
  for (const one of wrong) assert.throws(() => readCertificates(one), { code: 'tsm-answer-invalid' })
})
