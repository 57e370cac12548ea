/**
 * A machine that behaves as the kernel's report folder or Gramine's: its files are named pipes, so that a reader waits
 * for the answer and an answer is made from what was written. Arguments: folder, files, what to be.
 */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { concat, fromBase64url, utf8 } from '@salus/base/bytes'
import { sampleDcap, sampleSnp } from './testing.ts'

const [folder, part] = process.argv.slice(2) as [string, string]
const PADDING = new Uint8Array(70)

/** Waits for a reader of `name` and answers it; `gone` are the files that then stop being there, as the kernel's do. */
function answer(name: string, content: Uint8Array, gone: readonly string[] = []): void {
  const file = openSync(join(folder, name), 'w')
  for (const one of gone) rmSync(join(folder, one))
  // A pipe takes 64 KiB at a time.
  for (let at = 0; at < content.length; ) at += writeSync(file, content, at)
  closeSync(file)
}

/** Waits for a writer of `name`. */
const asked = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, name)))

const quote = (kind: 'sgx' | 'tdx', data: Uint8Array) => fromBase64url(sampleDcap(kind, data).evidence.quote)

/** GUID, offset, length of each certificate, zeros, then the certificates. */
function certificateTable(guids: readonly string[], ders: readonly Uint8Array[]): Uint8Array {
  const head = 24 * (guids.length + 1)
  const entries = guids.map((guid, index) => {
    const entry = Buffer.alloc(24)
    entry.write(guid.replaceAll('-', ''), 'hex')
    entry.writeUInt32LE(
      ders.slice(0, index).reduce((sum, one) => sum + one.length, head),
      16,
    )
    entry.writeUInt32LE(ders[index]!.length, 20)
    return entry
  })
  return concat(...entries, new Uint8Array(24), ...ders)
}

/** The kernel's folder. `busy`: somebody else writes in between. */
function kernel(provider: string, busy: boolean): void {
  const files = ['generation', 'inblob', 'provider', 'outblob', 'auxblob']
  answer('generation', utf8('41\n'))
  const data = asked('inblob')
  if (provider !== 'tdx_guest' && provider !== 'sev_guest') {
    answer('provider', utf8(`${provider}\n`), files)
    return
  }
  answer('provider', utf8(`${provider}\n`))
  if (provider === 'tdx_guest') answer('outblob', concat(quote('tdx', data), PADDING))
  else {
    const { report, collateral } = sampleSnp(data).evidence
    const ders = [collateral.endorsement, collateral.ask, collateral.ark, 'AAAA'].map(fromBase64url)
    answer('outblob', fromBase64url(report))
    const known = ['63da758d-e664-4564-adc5-f4b93be8accd', '4ab7b379-bbac-4fe4-a02f-05aef327c782']
    const others = ['c0b406a4-a803-4952-9743-3fb6014cd0ae', '01020304-0506-0708-090a-0b0c0d0e0f10']
    answer('auxblob', certificateTable([...known, ...others], ders))
  }
  answer('generation', utf8(busy ? '43\n' : '42\n'), files)
}

/** Gramine's folder, inside an enclave. */
function gramine(): void {
  answer('attestation_type', utf8('dcap'))
  answer('quote', quote('sgx', asked('user_report_data')))
}

if (part === 'gramine') gramine()
else kernel(part.replace('!', ''), part.endsWith('!'))
