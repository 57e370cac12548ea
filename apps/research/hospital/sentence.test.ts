import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Rules } from '@salus/market/offer'
import { sentenceOf } from './sentence.ts'

const rules: Rules = {
  ...{ price: 20, uses: 1_000, until: 4_000_000_000, labs: [], kinds: ['sgx', 'snp'], purposes: ['DUO:0000006'] },
  ...{ duties: [], byHand: false, k: 10, budget: 100 },
}

test('behavior: a rule is said in one plain sentence, in both languages', () => {
  assert.equal(
    sentenceOf(rules, [], 'en'),
    'Any laboratory may order for 20 credits, for health research, on a machine of kind Intel SGX or AMD SEV-SNP; you are not asked each time.',
  )
  assert.equal(
    sentenceOf({ ...rules, price: 0, byHand: true, kinds: ['simulated'] }, ['Cœur Lab', 'Institut'], 'en'),
    'Only Cœur Lab and Institut may order for nothing, for health research, on a machine of kind simulated; each order waits for your yes.',
  )
  assert.equal(
    sentenceOf({ ...rules, price: 1 }, ['Cœur Lab'], 'fr'),
    'Seul Cœur Lab peut commander pour 1 crédit, pour : recherche en santé, sur machine Intel SGX ou AMD SEV-SNP ; on ne vous demande pas à chaque fois.',
  )
})
