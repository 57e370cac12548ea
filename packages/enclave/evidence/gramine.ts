/**
 * SGX quotes by Gramine's pseudo-files: the enclave writes 64 bytes to `user_report_data` and reads `quote`. They exist
 * inside a Gramine enclave only, which emulates them; nothing of the host takes part in the files.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { exactQuote, type GeneratorCode, type Shown, writeWhole } from './tsm.ts'

const FOLDER = '/dev/attestation'

/** E14 Asks Gramine for a quote over 64 bytes of report data; only DCAP attestation is taken. */
export async function quoteByGramine(reportData: Uint8Array, folder: string = FOLDER): Promise<Shown> {
  if (reportData.length !== 64) throw new RangeError('report data')
  const kind = await attestationType(folder)
  if (kind !== 'dcap') throw new AppError<GeneratorCode>('gramine-attestation-other')
  await writeWhole(join(folder, 'user_report_data'), reportData)
  return { kind: 'sgx', quote: exactQuote(await readFile(join(folder, 'quote'))) }
}

async function attestationType(folder: string): Promise<string> {
  try {
    return text(await readFile(join(folder, 'attestation_type'))).trim()
  } catch (error) {
    throw new AppError<GeneratorCode>('gramine-absent', {}, { cause: error })
  }
}
