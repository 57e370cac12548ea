/** A deal's receipt verifies offline, and with anything dropped, changed or swapped in it does not (rule R1). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from '@salus/base/bytes'
import { digest } from '@salus/crypto/hash'
import { generateDeviceKey } from '@salus/crypto/keys'
import { signTx } from '@salus/ledger/device'
import { SAMPLE_CHAIN } from '@salus/ledger/samples'
import { runTask } from '@salus/market/host/run'
import { type DealReceipt, gatherReceipt, verifyDealReceipt } from '@salus/market/receipt'
import { sampleEnclave } from '@salus/market/testing'
import { deliverAll, hostOf, order, snp, startWorld, type World } from './world.ts'

async function served(w: World, kind: 'simulated' | 'snp'): Promise<DealReceipt> {
  const task = await order(w, undefined, kind)
  assert.equal(await runTask(hostOf(w, kind === 'snp' ? snp : undefined), task), 'done')
  await deliverAll(w, task)
  return gatherReceipt(w.traders.lab, w.store, task)
}
const w = await startWorld()
const [good, other] = [await served(w, 'simulated'), await served(w, 'simulated')]
const keyOf = (org: string) => [{ key: w.market.keys.get(org)?.publicKey ?? '' }]
const verify = (receipt: DealReceipt) => verifyDealReceipt(receipt, keyOf)
const refused = (receipt: DealReceipt, what: string) =>
  assert.throws(() => verify(receipt), { code: 'receipt-broken' }, what)
const typeOf = (tx: string): string => JSON.parse(Buffer.from(tx.split('.')[1] ?? '', 'base64url').toString()).type

test('R1 a receipt verifies with the pinned keys alone, and says that a simulated machine proves nothing', () => {
  const proven = verify(good)
  assert.equal(proven.simulated, true)
  assert.equal(proven.deal.task, good.task)
  assert.deepEqual(
    proven.verdicts.map(({ verdict }) => verdict.status),
    ['affirming', 'affirming'],
  )
  assert.equal(verify(JSON.parse(JSON.stringify(good))).envelope.outcome, 'released')
})

test('R1 hardware: the evidence is judged again, against the roots that are pinned', async () => {
  const receipt = await served(w, 'snp')
  // The chain of this test's machine ends in a root that nobody outside of this test believes.
  refused(receipt, 'a root that is not pinned')
})

/** Not needed for the proof: who vouched, and the shares that the lab opened. */
const besides = ['market.vouch', 'task.deliver', 'task.decide']

test('R1 each transaction dropped, or changed in its words, its signature or its signer: refused', () => {
  for (const [i, tx] of good.transactions.entries()) {
    const type = typeOf(tx)
    const without = { ...good, transactions: good.transactions.filter((_, at) => at !== i) }
    if (!besides.includes(type)) refused(without, `${type} dropped`)
    const [head, payload = '', signature = ''] = tx.split('.')
    const said = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const word = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const changed = [
      `${head}.${word({ ...said, body: { ...said.body, price: 1 } })}.${signature}`,
      `${head}.${word({ ...said, org: 'sample-gamma' })}.${signature}`,
      `${head}.${payload}.${signature.replace(/^./, (one) => (one === 'A' ? 'B' : 'A'))}`,
      'garbage',
    ]
    for (const one of changed) refused({ ...good, transactions: good.transactions.with(i, one) }, `${type} changed`)
  }
})

test('R1 the envelope, a verdict or its evidence changed: refused', () => {
  refused({ ...good, envelope: good.envelope.replace('"released"', '"held"') }, 'outcome')
  refused({ ...good, envelope: `${good.envelope} ` }, 'a space')
  refused({ ...good, envelope: '' }, 'none')
  refused({ ...good, verdicts: good.verdicts.slice(1) }, 'a verdict dropped')
  for (const [i, one] of good.verdicts.entries()) {
    const put = (change: Partial<typeof one>, what: string) =>
      refused({ ...good, verdicts: good.verdicts.with(i, { ...one, ...change }) }, what)
    const [head, payload = '', signature] = one.ear.split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const later = { ...claims, salus: { ...claims.salus, at: claims.salus.at + 1 } }
    put({ ear: `${head}.${Buffer.from(JSON.stringify(later)).toString('base64url')}.${signature}` }, 'claims')
    put({ ear: 'garbage' }, 'no verdict')
    put({ evidence: one.evidence.replace(/"measurement":"./, '"measurement":"z') }, 'evidence')
    put({ evidence: '' }, 'no evidence')
    put({ evidence: good.verdicts[1 - i]?.evidence as string }, 'the other hospital’s evidence')
  }
})

test('R1 parts of another deal of the same people swapped in: refused', () => {
  verify(other)
  refused({ ...good, envelope: other.envelope }, 'envelope')
  refused({ ...good, verdicts: other.verdicts }, 'verdicts')
  refused({ ...good, task: other.task }, 'task')
  refused({ ...good, transactions: other.transactions }, 'transactions')
  for (const type of ['market.request', 'market.match', 'task.reserve', 'task.result']) {
    const from = other.transactions.filter((tx) => typeOf(tx) === type)
    const at = good.transactions.findIndex((tx) => typeOf(tx) === type)
    refused({ ...good, transactions: good.transactions.with(at, from[0] as string) }, type)
  }
})

test('R1 a member without a part in the deal puts a result of its own in: refused, with or without the true one beside it', async () => {
  const stranger = w.market.keys.get('sample-gamma') as { privateKey: CryptoKey; publicKey: string }
  const enclave = await sampleEnclave()
  const says = (type: string, body: object) =>
    signTx(stranger.privateKey, stranger.publicKey, { chain: SAMPLE_CHAIN, org: 'sample-gamma', seq: 999, type, body })
  const envelope = good.envelope.replace('"reasons":[]', '"reasons":[{"rule":"rows"}]')
  assert.notEqual(envelope, good.envelope)
  const result = digest(utf8(envelope))
  const signature = await enclave.outcome(verify(good).envelope.deal, result, 'released')
  const [task, verdict] = [w.market.id(), result]
  const reserved = await says('task.reserve', { task, order: w.market.id(), units: 1, enclave: enclave.key, verdict })
  const ended = await says('task.result', { task: good.task, result, outcome: 'released', signature })
  const rest = good.transactions.filter((tx) => typeOf(tx) !== 'task.result')
  refused({ ...good, envelope, transactions: [reserved, ended, ...rest] }, 'instead')
  refused({ ...good, envelope, transactions: [reserved, ended, ...good.transactions] }, 'before')
  refused({ ...good, envelope, transactions: [reserved, ...good.transactions, ended] }, 'after')
})

test('R1 a party that changed its key meanwhile: its words hold under the pinned key and the one it led to, and no other way round', async () => {
  const old = w.market.keys.get('sample-host') as { privateKey: CryptoKey; publicKey: string }
  const next = await generateDeviceKey()
  const says = (by: typeof old, type: string, body: object) =>
    signTx(by.privateKey, by.publicKey, { chain: SAMPLE_CHAIN, org: 'sample-host', seq: 999, type, body })
  const result = good.transactions.find((tx) => typeOf(tx) === 'task.result') as string
  const { body } = JSON.parse(Buffer.from(result.split('.')[1] ?? '', 'base64url').toString())
  const rest = good.transactions.filter((tx) => tx !== result)
  const again = await says(next, 'task.result', body)
  const rotation = await says(old, 'org.rotate', { key: next.publicKey })
  verify({ ...good, transactions: [...rest, rotation, again] })
  refused({ ...good, transactions: [...rest, again] }, 'nobody said so')
  const claimed = await says(next, 'org.rotate', { key: old.publicKey })
  refused({ ...good, transactions: [...rest, claimed, again] }, 'the new key says that the old one follows it')
})

test('R1 roots that have the party’s new key and its old one verify a receipt of either; a key of the past names no successor', async () => {
  const old = w.market.keys.get('sample-host') as { privateKey: CryptoKey; publicKey: string }
  const [next, thief] = [await generateDeviceKey(), await generateDeviceKey()]
  const host = [{ key: next.publicKey }, { key: old.publicKey, until: 9_999_999_999 }]
  const after = (org: string) => (org === 'sample-host' ? host : keyOf(org))
  verifyDealReceipt(good, after)
  const says = (by: typeof old, type: string, body: object) =>
    signTx(by.privateKey, by.publicKey, { chain: SAMPLE_CHAIN, org: 'sample-host', seq: 999, type, body })
  const result = good.transactions.find((tx) => typeOf(tx) === 'task.result') as string
  const { body } = JSON.parse(Buffer.from(result.split('.')[1] ?? '', 'base64url').toString())
  const rest = good.transactions.filter((tx) => tx !== result)
  verifyDealReceipt({ ...good, transactions: [...rest, await says(next, 'task.result', body)] }, after)
  const stolen = await says(old, 'org.rotate', { key: thief.publicKey })
  const forged = { ...good, transactions: [...rest, stolen, await says(thief, 'task.result', body)] }
  assert.throws(() => verifyDealReceipt(forged, after), { code: 'receipt-broken' })
})

test('R1 a verdict from after the end of the key that signed it is none', () => {
  const ended = (until: number) => (org: string) => keyOf(org).map((one) => ({ ...one, until }))
  verifyDealReceipt(good, ended(9_999_999_999))
  assert.throws(() => verifyDealReceipt(good, ended(1)), { code: 'receipt-broken' })
})

test('R1 under other keys than the pinned ones nothing verifies', () => {
  assert.throws(() => verifyDealReceipt(good, () => []), { code: 'receipt-broken' })
  assert.throws(() => verifyDealReceipt(good, () => keyOf('sample-gamma')), { code: 'receipt-broken' })
})
