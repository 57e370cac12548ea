import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { newId } from '@salus/base/ids'
import { digest } from '@salus/crypto/hash'
import { generateKeyPair } from '@salus/crypto/keys'
import fc from 'fast-check'
import { type Deal, dealDigest, defaultGate } from '../deal.ts'
import { envelopeText, join, openResult, passShare, readEnvelope, refusalOf, sealResult, split } from './result.ts'

const id = () => newId(systemRandom) as never
const pair = () => generateKeyPair(systemRandom, 1)
const [lab, alpha, beta] = [pair(), pair(), pair()]
const deal: Deal = {
  ...{ chain: 'salus-sample', task: id(), lab: 'sample-lab' as never, key: lab.publicKey },
  ...{ analysis: digest('analysis'), params: digest('{}'), purpose: 'DUO:0000042' },
  ...{ host: 'sample-host' as never, kind: 'simulated' },
  legs: [alpha, beta].map(({ publicKey }, i) => ({
    ...{ order: id(), org: (['sample-alpha', 'sample-beta'] as const)[i] as never, data: digest(`data ${i}`) },
    ...{ key: publicKey, public: true, gate: defaultGate },
  })),
}
const answer = {
  ...{ format: 'salus-answer/1' as const, deal, params: {}, analysis: { name: 'heartify', version: '1' } },
  ...{ simulated: true, notes: [], result: { oddsRatio: 4.417 } },
}
const seal = () => sealResult(deal, { outcome: 'released', reasons: [], answer }, systemRandom)
const orders = deal.legs.map(({ order }) => order as string) as [string, string]
const cannot = { code: 'cannot-open' }

test('N5 the lab opens its result with every hospital’s share, and what it reads belongs to the deal', async () => {
  const sealed = readEnvelope(utf8(envelopeText(await seal())), dealDigest(deal))
  const passed = {
    [orders[0]]: await passShare(sealed, { order: orders[0], privateKey: alpha.privateKey, lab: deal.key }),
    [orders[1]]: await passShare(sealed, { order: orders[1], privateKey: beta.privateKey, lab: deal.key }),
  }
  assert.deepEqual((await openResult(sealed, lab.privateKey, passed)).result, answer.result)
  await assert.rejects(openResult(sealed, alpha.privateKey, passed), cannot)
  const { [orders[0]]: _, ...half } = passed
  await assert.rejects(openResult(sealed, lab.privateKey, half), { code: 'share-invalid' })
  const swapped = { [orders[0]]: passed[orders[1]] as string, [orders[1]]: passed[orders[0]] as string }
  await assert.rejects(openResult(sealed, lab.privateKey, swapped), cannot)
  const other = await seal()
  await assert.rejects(openResult(other, lab.privateKey, passed), { code: 'share-invalid' })
})

test('N5 with all that lies in the store and every hospital’s key, or the lab’s alone, nothing opens', async () => {
  const sealed = await seal()
  const share = (i: 0 | 1, key: typeof alpha, to: string) =>
    passShare(sealed, { order: orders[i], privateKey: key.privateKey, lab: to })
  const passed = {
    [orders[0]]: await share(0, alpha, alpha.publicKey),
    [orders[1]]: await share(1, beta, alpha.publicKey),
  }
  await assert.rejects(openResult(sealed, alpha.privateKey, passed), cannot, 'hospitals together')
  await assert.rejects(share(0, lab, deal.key), cannot, 'the lab takes no share by itself')
  await assert.rejects(share(0, beta, deal.key), cannot, 'nor does another hospital')
  assert.ok(!envelopeText(sealed).includes('4.417'))
})

test('N5 a refusal holds no answer; an envelope of another deal, or no envelope, is refused', async () => {
  const refused = refusalOf(deal, [{ rule: 'rows', org: 'sample-alpha' as never }])
  assert.equal(refused.sealed, undefined)
  assert.deepEqual(refused.shares, [])
  assert.throws(() => readEnvelope(utf8(envelopeText(refused)), digest('other')), { code: 'result-other' })
  assert.throws(() => readEnvelope(utf8('garbage'), dealDigest(deal)), { code: 'result-invalid' })
})

test('N5 a share alone, or all but one, says nothing of the key', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.integer({ min: 1, max: 16 }), (bytes, count) => {
      const key = Uint8Array.from(bytes)
      const shares = split(key, count, systemRandom)
      assert.deepEqual(join(shares), key)
      if (count > 1) assert.notDeepEqual(join(shares.slice(1)), key)
    }),
  )
})
