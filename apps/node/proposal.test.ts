import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { fromBase32 } from '@salus/base/bytes'
import { digest } from '@salus/crypto/hash'
import { generateDeviceKey } from '@salus/crypto/keys'
import { formatVkey } from '@salus/journal/note'
import { witnessVerifier } from './keys.ts'
import {
  checkProposal,
  type FoundingPlan,
  policyOf,
  proposalOf,
  rootsDigest,
  rootsFingerprint,
  witnessesOf,
} from './proposal.ts'

const [roch, lilas, stranger, other] = await Promise.all([1, 2, 3, 4].map(() => generateDeviceKey()))
assert.ok(roch && lilas && stranger && other)
const row = (org: string, { publicKey: key }: { publicKey: string }) =>
  ({ org, name: `${org} (sample)`, kind: 'hospital', country: 'FR', key }) as FoundingPlan['organisations'][number]
const plan: FoundingPlan = {
  ...{ chain: 'sample-chain', origin: 'journal.sample.example', operator: 'sample-node' as never },
  organisations: [row('saint-roch', roch), row('lilas', lilas)],
}
const theirs = formatVkey(witnessVerifier('journal.other.example', other.publicKey))
const witnessed = {
  ...{ witnesses: [{ name: 'other', vkey: theirs, url: 'http://other.example/witness' }], quorum: 1 },
}
const NOW = 1_900_000_000_000
/** Policies that say no more than `policyOf` makes, or other than it does. */
const otherPolicies = (() => {
  const lines = [1, 2, 3].map(
    (i) => `witness w${i} ${formatVkey(witnessVerifier(`w${i}.example`, digest(`key ${i}`)))}`,
  )
  const named = lines.map((line, i) => `${line} http://w${i}.example/witness`)
  const [one = '', two = '', three = ''] = named
  return [
    '# words\nquorum none\n',
    'quorum none',
    `${one}\nquorum w1\n`,
    `${one}\ngroup witnesses 1 w1\nquorum witnesses\n\n`,
    `${one}\ngroup others 1 w1\nquorum others\n`,
    `${one}\n${two}\ngroup witnesses 2 w2 w1\nquorum witnesses\n`,
    `${one}\n${two}\ngroup witnesses any w1 w2\nquorum witnesses\n`,
    `${one}\n${two}\n${three}\ngroup a 1 w1\ngroup witnesses 2 a w2 w3\nquorum witnesses\n`,
    `${one}\n${two}\ngroup witnesses 1 w1\nquorum witnesses\n`,
    `${one}\n${two}\nquorum none\n`,
    `${lines[0]}\ngroup witnesses 1 w1\nquorum witnesses\n`,
    `${one}\u202e\ngroup witnesses 1 w1\nquorum witnesses\n`,
  ]
})()

const proposalDigest = (first: unknown) => rootsDigest(first as never)

test('N15 a desk signs no proposal whose parts do not belong together', () => {
  const own = { journal: other.publicKey, operator: stranger.publicKey }
  const made = proposalOf({ ...plan, time: NOW }, own)
  checkProposal(made, NOW)
  checkProposal(proposalOf({ ...plan, time: NOW, suite: 2, policy: policyOf(witnessed) }, own), NOW)
  const { roots, genesis } = made
  const [operator, ...desks] = genesis.organisations
  assert.ok(operator && desks[0])
  const renamed = (first: typeof genesis) => ({ roots: { ...roots, genesis: proposalDigest(first) }, genesis: first })
  const planted = [
    { roots, genesis: { ...genesis, time: NOW + 1 } },
    renamed({ ...genesis, chain: 'another-chain' }),
    renamed({
      ...genesis,
      organisations: [...genesis.organisations, { ...desks[0], org: 'more' as never, key: roch.publicKey }],
    }),
    renamed({ ...genesis, organisations: [operator, ...desks.slice(1)] }),
    renamed({ ...genesis, organisations: [operator, { ...desks[0], key: stranger.publicKey }, ...desks.slice(1)] }),
    renamed({ ...genesis, organisations: desks }),
    { genesis, roots: { ...roots, policy: 'nonsense' } },
    { genesis, roots: { ...roots, policy: 'quorum none\n' } },
    { genesis, roots: { ...roots, policy: `log ${theirs}\nquorum none\n` } },
    { genesis, roots: { ...roots, journals: [...roots.journals, ...roots.journals] } },
    { genesis, roots: { ...roots, organisations: roots.organisations.slice(1) } },
    // What the fingerprint would cover and nobody is shown: room for whoever looks for two proposals with one of them.
    { genesis, roots: { ...roots, version: 2 } },
    { genesis, roots: { ...roots, version: Number.MAX_SAFE_INTEGER } },
    renamed({ ...genesis, organisations: [{ ...operator, legal: rootsDigest('x' as never) }, ...desks] }),
    renamed({
      ...genesis,
      organisations: [operator, { ...desks[0], legal: rootsDigest('x' as never) }, ...desks.slice(1)],
    }),
    renamed({ ...genesis, organisations: [{ ...operator, kind: 'practice' as const }, ...desks] }),
    renamed({ ...genesis, organisations: [...desks, operator] }),
    ...otherPolicies.map((policy) => proposalOf({ ...plan, time: NOW, policy }, own)),
    proposalOf({ ...plan, organisations: [row('saint-roch', roch), row('twice', roch)], time: NOW }, own),
    proposalOf({ ...plan, operator: 'lilas', time: NOW }, own),
  ]
  for (const [i, one] of planted.entries())
    assert.throws(() => checkProposal(one, NOW), { code: 'proposal-wrong' }, String(i))
})

test('N15 a desk signs no proposal that was begun long before, or after, its own clock', () => {
  const own = { journal: other.publicKey, operator: stranger.publicKey }
  const day = 24 * 3_600_000
  for (const [days, signs] of [
    [-29, true],
    [29, true],
    [-31, false],
    [31, false],
    [90_000, false],
  ] as const) {
    const made = proposalOf({ ...plan, time: NOW + days * day }, own)
    if (signs) checkProposal(made, NOW)
    else assert.throws(() => checkProposal(made, NOW), { code: 'proposal-old' }, `${days} days`)
  }
})

test('N15 the fingerprint of the whole is 160 bits of the roots’ digest, in letters for the telephone', async () => {
  const { roots } = proposalOf({ ...plan, time: NOW }, { journal: other.publicKey, operator: stranger.publicKey })
  const shown = rootsFingerprint(roots)
  assert.match(shown, /^([0-9A-HJKMNP-TV-Z]{4}-){7}[0-9A-HJKMNP-TV-Z]{4}$/)
  const bits = createHash('sha256').update(JSON.stringify(roots)).digest().subarray(0, 20)
  assert.deepEqual(Buffer.from(fromBase32(shown)), bits)
  assert.notEqual(rootsFingerprint({ ...roots, suite: 2 }), shown)
})

test('N15 a quorum of at most half of the witnesses is known for what it is: two groups could witness two pasts', () => {
  const all = Array.from({ length: 5 }, (_, i) => ({
    ...{ name: `w${i}`, vkey: formatVkey(witnessVerifier(`w${i}.example`, digest(`key ${i}`))) },
    url: `http://w${i}.example/witness`,
  }))
  const isHalf = (quorum: number, count: number) =>
    witnessesOf(policyOf({ witnesses: all.slice(0, count), quorum })).half
  for (const [quorum, count] of [
    [1, 2],
    [1, 3],
    [2, 4],
    [1, 5],
    [2, 5],
  ] as const)
    assert.ok(isHalf(quorum, count), `${quorum} of ${count}`)
  for (const [quorum, count] of [
    [1, 1],
    [2, 2],
    [2, 3],
    [3, 4],
    [3, 5],
  ] as const)
    assert.ok(!isHalf(quorum, count), `${quorum} of ${count}`)
  assert.ok(!witnessesOf('quorum none\n').half, 'nobody witnesses anything')
})
