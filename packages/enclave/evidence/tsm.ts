/**
 * Quotes from the Linux kernel's report interface in configfs (Documentation/ABI/testing/configfs-tsm): a folder is a
 * request, writing `inblob` asks, reading `outblob` answers. Plain file access; TDX and SEV-SNP guests have it.
 */
import { constants } from 'node:fs'
import { mkdir as makeFolder, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hex, text } from '@salus/base/bytes'
import type { Random } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { quoteLength } from './quote.ts'

/** Why an enclave cannot show evidence of itself. */
export type GeneratorCode =
  /** The interface is not there: not a confidential guest, or configfs is not mounted. */
  | 'tsm-absent'
  /** Another process wrote to the same request, or the firmware was busy: asking again may help. */
  | 'tsm-busy'
  /** A provider this verifier does not know. */
  | 'tsm-provider-unknown'
  /** What came back is no quote of a version we read, or no certificate table. */
  | 'tsm-answer-invalid'
  | 'gramine-absent'
  /** Gramine runs without remote attestation, or with another kind than DCAP. */
  | 'gramine-attestation-other'

/** A quote or report as the hardware gave it. `certificates`: what an SNP host put beside it, none of it checked. */
export type Shown =
  | { readonly kind: 'sgx' | 'tdx'; readonly quote: Uint8Array }
  | { readonly kind: 'snp'; readonly report: Uint8Array; readonly certificates: Certificates }

/** DER by role; absent when the host gave none (then they come from AMD's service). */
export type Certificates = {
  readonly endorsement?: Uint8Array
  readonly ask?: Uint8Array
  readonly ark?: Uint8Array
  readonly crl?: Uint8Array
}

export type TsmPorts = {
  readonly random: Random
  /** Where requests are made. */
  readonly folder?: string
  /** Makes one; a kernel fills it by itself. */
  readonly mkdir?: (path: string) => Promise<unknown>
}

const FOLDER = '/sys/kernel/config/tsm/report'
const PROVIDERS = { tdx_guest: 'tdx', sev_guest: 'snp' } as const
/** Room for SNP's certificates and TDX's padding, and an end to reading. */
const MAX_BLOB = 131_072

/** E14 Asks the kernel for a quote over 64 bytes of report data. The request is removed again, whatever happens. */
export async function quoteByTsm(reportData: Uint8Array, ports: TsmPorts): Promise<Shown> {
  const { random, folder = FOLDER, mkdir = makeFolder } = ports
  if (reportData.length !== 64) throw new RangeError('report data')
  const request = join(folder, `salus-${hex(random(8))}`)
  try {
    await mkdir(request)
  } catch (error) {
    throw new AppError<GeneratorCode>('tsm-absent', {}, { cause: error })
  }
  try {
    return await ask(request, reportData)
  } catch (error) {
    throw asGenerator(error)
  } finally {
    await rmdir(request).catch(() => {})
  }
}

/** EBUSY and EWOULDBLOCK: somebody else is asking, or the firmware limits how often. */
function asGenerator(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'EBUSY' || code === 'EAGAIN')
    return new AppError<GeneratorCode>('tsm-busy', {}, { cause: error as Error })
  if (code === 'ENOENT') return new AppError<GeneratorCode>('tsm-absent', {}, { cause: error as Error })
  return error
}

/** Each write counts the generation up by one: if it is another at the end, the answer may be to somebody else's question. */
async function ask(request: string, reportData: Uint8Array): Promise<Shown> {
  const before = await generation(request)
  await writeWhole(join(request, 'inblob'), reportData)
  const provider = (await attribute(request, 'provider')) as keyof typeof PROVIDERS
  const kind = Object.hasOwn(PROVIDERS, provider) ? PROVIDERS[provider] : undefined
  if (!kind) throw new AppError<GeneratorCode>('tsm-provider-unknown')
  const answer = await blob(join(request, 'outblob'))
  const beside = kind === 'snp' ? await blob(join(request, 'auxblob')) : new Uint8Array(0)
  if ((await generation(request)) !== before + 1) throw new AppError<GeneratorCode>('tsm-busy')
  if (kind === 'tdx') return { kind, quote: exactQuote(answer) }
  return { kind, report: answer, certificates: readCertificates(beside) }
}

async function attribute(request: string, name: string): Promise<string> {
  return text(await readFile(join(request, name))).trim()
}

async function generation(request: string): Promise<number> {
  const value = await attribute(request, 'generation')
  if (!/^\d{1,15}$/.test(value)) throw new AppError<GeneratorCode>('tsm-answer-invalid')
  return Number(value)
}

/** One write of the whole value. Write-only: the kernel refuses to open a write-only attribute for reading too. */
export const writeWhole = (path: string, bytes: Uint8Array): Promise<void> =>
  writeFile(path, bytes, { flag: constants.O_WRONLY as unknown as string })

async function blob(path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(await readFile(path))
  if (bytes.length > MAX_BLOB) throw new AppError<GeneratorCode>('tsm-answer-invalid')
  return bytes
}

/** E14 The quote at the start of what a platform gave: padding of zeros is cut, anything else after it is refused. */
export function exactQuote(from: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(from)
  const length = quoteLength(bytes)
  const padded = length > 0 && length <= bytes.length && bytes.subarray(length).every((byte) => byte === 0)
  if (!padded) throw new AppError<GeneratorCode>('tsm-answer-invalid')
  return bytes.slice(0, length)
}

/** GUIDs of AMD's certificate table (GHCB specification), in the order their bytes stand there. */
const ROLES: Readonly<Record<string, keyof Certificates>> = {
  '63da758de6644564adc5f4b93be8accd': 'endorsement',
  a8074bc2a25a483eaae639c045a0b8a1: 'endorsement',
  '4ab7b379bbac4fe4a02f05aef327c782': 'ask',
  c0b406a4a803495297433fb6014cd0ae: 'ark',
  '92f81bc358114d3d97ffd19f88dc67ea': 'crl',
}
const ENTRY = 24

/** E14 Reads AMD's table: entries of GUID, offset and length, ended by zeros. Unknown ones are passed over. */
export function readCertificates(table: Uint8Array): Certificates {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength)
  const found: { -readonly [Role in keyof Certificates]: Uint8Array } = {}
  const wrong = () => new AppError<GeneratorCode>('tsm-answer-invalid')
  if (table.length === 0) return found
  for (let at = 0; ; at += ENTRY) {
    if (at + ENTRY > table.length) throw wrong()
    const guid = hex(table.subarray(at, at + 16))
    const [offset, length] = [view.getUint32(at + 16, true), view.getUint32(at + 20, true)]
    if (/^0+$/.test(guid)) return found
    if (offset + length > table.length || length === 0) throw wrong()
    const role = ROLES[guid]
    if (role && found[role]) throw wrong()
    if (role) found[role] = table.slice(offset, offset + length)
  }
}
