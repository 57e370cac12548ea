/** Hardware as its files behave: the enclave asks a folder for its quote, the host adds the collateral, the broker judges both. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { open as openFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fromBase64, fromBase64url, utf8 } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { newId } from '@salus/base/ids'
import type { WrittenPolicy } from '@salus/enclave/evidence/contract'
import { sampleDcap, sampleSnp } from '@salus/enclave/evidence/testing'
import { quotePort } from '@salus/enclave/task/quote'
import { type CollateralFile, createCollate } from '@salus/market/host/collate'
import { runTask } from '@salus/market/host/run'
import { acceptance, deliverAll, ended, type Hospital, hostOf, open, order, startWorld } from './world.ts'

const zeros = new Uint8Array(64)
const sgx = sampleDcap('sgx', zeros)
const policy: WrittenPolicy = acceptance({
  measurements: sgx.policy.measurements,
  roots: sgx.policy.roots,
})
const collateral: CollateralFile = { kind: 'sgx', collateral: sgx.evidence.collateral }

/** A world with an SGX host, and a folder that answers as Gramine's does: what was written to one file is quoted in the other. */
async function gramineWorld() {
  const w = await startWorld({ offers: [{ public: false, kinds: ['sgx'] }], policy })
  const terms = { uses: 9, until: 4_000_000_000, labs: [], price: 3, minutes: 5, kind: 'sgx' }
  assert.equal(await w.say('host', 'market.host', { ...terms, order: newId(systemRandom) }), 'ok')
  const folder = join(w.dir, 'attestation')
  mkdirSync(folder)
  writeFileSync(join(folder, 'attestation_type'), 'dcap')
  writeFileSync(join(folder, 'user_report_data'), zeros)
  execFileSync('mkfifo', [join(folder, 'quote')])
  const answer = async () => {
    const quote = await openFile(join(folder, 'quote'), 'w')
    const { evidence } = sampleDcap('sgx', new Uint8Array(readFileSync(join(folder, 'user_report_data'))))
    await quote.writeFile(fromBase64url(evidence.quote))
    await quote.close()
  }
  return { w, folder, answer }
}

test('E14 B3 a host on Gramine: the quote through its files, the collateral from a file, secret data computed, nothing simulated', async () => {
  const { w, folder, answer } = await gramineWorld()
  const task = await order(w, undefined, 'sgx')
  const collate = createCollate(async () => collateral)
  const ports = hostOf(w, undefined, { machine: { source: 'gramine', folder }, collate })
  const [end] = await Promise.all([runTask(ports, task), answer()])
  assert.equal(end, 'done')
  await deliverAll(w, task)
  assert.equal((await open(w, task)).simulated, false)
  await w.stop()
})

test('E3 collateral older than what this broker has seen is refused, whatever its dates say', async () => {
  const { w, folder, answer } = await gramineWorld()
  const ports = hostOf(w, undefined, {
    machine: { source: 'gramine', folder },
    collate: createCollate(async () => collateral),
  })
  const run = async () => {
    const [end] = await Promise.all([runTask(ports, await order(w, undefined, 'sgx')), answer()])
    return end
  }
  assert.equal(await run(), 'done')
  const { evaluations } = (w.hospitals[0] as Hospital).ports
  const seen = await evaluations.highest('sgx')
  assert.ok(seen > 0, 'it remembers')
  await evaluations.saw('sgx', seen + 1)
  assert.equal(await run(), 'evidence-refused')
  await w.stop()
})

test('E14 no such interface here: the run ends as host-stopped, no evidence is made up, nothing is paid', async () => {
  const { w } = await gramineWorld()
  for (const source of ['gramine', 'tsm'] as const) {
    const task = await order(w, undefined, 'sgx')
    const machine = { source, folder: join(w.dir, 'absent') }
    assert.equal(await runTask(hostOf(w, undefined, { machine }), task), 'host-stopped')
    assert.deepEqual(await ended(w, task), { state: 'refunded', cause: 'host-stopped', reserved: 0, released: 0 })
  }
  assert.equal((await w.balances()).lab, 1_000)
  assert.throws(() => quotePort('toaster'), RangeError)
  await w.stop()
})

test('E14 collateral is of the same kind as the quote; an SNP report brings its certificates, and the file’s word goes before theirs', async () => {
  const { evidence } = sampleSnp(zeros)
  const { crl = '', ...certificates } = evidence.collateral
  const raw = { kind: 'snp' as const, report: evidence.report, certificates }
  const listed = createCollate(async () => ({ kind: 'snp', collateral: { crl } }))
  assert.deepEqual(await listed(raw), evidence)
  const beside = { ...raw, certificates: { ...certificates, crl: Buffer.from(fromBase64(crl)).toString('base64url') } }
  assert.deepEqual(await createCollate(async () => ({ kind: 'snp', collateral: {} }))(beside), evidence)
  const wrong = { code: 'evidence-refused' }
  await assert.rejects(createCollate(async () => collateral)(raw), wrong, 'another kind')
  await assert.rejects(listed({ ...raw, certificates: {} }), wrong, 'no chain anywhere')
  await assert.rejects(createCollate(async () => collateral)({ kind: 'simulated', evidence } as never), wrong)
  const older = { ...raw, certificates: { ...certificates, ark: Buffer.from(utf8('old')).toString('base64url') } }
  const renewed = createCollate(async () => ({ kind: 'snp', collateral: { ark: certificates.ark, crl } }))
  assert.deepEqual(await renewed(older), evidence)
})
