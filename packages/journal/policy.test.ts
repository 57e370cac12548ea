import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@salus/base/testing'
import fc from 'fast-check'
import { formatVkey, noteKey } from './note.ts'
import { parsePolicy, quorumMet, witnessesFor } from './policy.ts'

const key = (name: string, seed: number, type = 4) => formatVkey(noteKey(name, seededRandom(seed)(32), type))
const LOG = `log ${key('log.example', 1, 1)}`
const witness = (name: string, seed: number) => `witness ${name} ${key(`${name}.example`, seed)}`
const FOUR = ['A', 'B', 'C', 'D'].map((name, i) => witness(name, 10 + i))
const policyOf = (...lines: string[]) => parsePolicy(`${lines.join('\n')}\n`)
const signed = (names: string) => new Set(['log.example', ...[...names].map((name) => `${name}.example`)])
const atLine = (line: number) => ({ name: 'AppError', code: 'policy-invalid', facts: { line } })

test('J3 a policy is read: logs, witnesses, URLs, comments, white space', () => {
  const policy = policyOf(
    '# who is trusted',
    `${LOG} https://log.example/#top`,
    '',
    ` \t${witness('A', 10)}\thttps://a.example/ `,
    '  # and the quorum',
    'quorum A',
  )
  assert.equal(policy.logs[0]?.url, 'https://log.example/#top')
  assert.equal(policy.logs[0]?.key.name, 'log.example')
  assert.equal(policy.nodes.get('A')?.kind, 'witness')
  assert.equal((policy.nodes.get('A') as { url?: string }).url, 'https://a.example/')
  assert.equal(policy.quorum, 'A')
})

test('J3 quorum none asks nobody; a witness asks for that one', () => {
  assert.equal(quorumMet(policyOf(LOG, 'quorum none'), new Set()), true)
  const one = policyOf(LOG, ...FOUR, 'quorum B')
  assert.equal(quorumMet(one, signed('B')), true)
  assert.equal(quorumMet(one, signed('ACD')), false)
})

test('J3 property: k of n, any and all count exactly', () => {
  const letters = fc.uniqueArray(fc.constantFrom('A', 'B', 'C', 'D'))
  fc.assert(
    fc.property(letters, fc.constantFrom('1', '2', '3', '4', 'any', 'all'), (who, k) => {
      const policy = policyOf(LOG, ...FOUR, `group G ${k} A B C D`, 'quorum G')
      const needed = k === 'any' ? 1 : k === 'all' ? 4 : Number(k)
      assert.equal(quorumMet(policy, signed(who.join(''))), who.length >= needed)
    }),
  )
})

test('J3 groups of groups', () => {
  const policy = policyOf(LOG, ...FOUR, 'group X 1 A B', 'group Y all C D', 'group Z 2 X Y', 'quorum Z')
  const met = (who: string) => quorumMet(policy, signed(who))
  assert.deepEqual([met('ACD'), met('BCD'), met('CD'), met('AC'), met('AB')], [true, true, false, false, false])
})

test('J3 what would count once too often or too seldom is refused, with its line', () => {
  const [a, b] = FOUR as [string, string]
  const wrong: [lines: string[], line: number][] = [
    [[LOG, 'quorum A', a], 2],
    [[LOG, 'group G any A', a, 'quorum G'], 2],
    [[LOG, a, 'group G any none', 'quorum G'], 3],
    [[LOG, a, a, 'quorum A'], 3],
    [[LOG, a, `witness A ${key('other.example', 40)}`, 'quorum A'], 3],
    [[LOG, a, `witness Z ${key('A.example', 10)}`, 'quorum A'], 3],
    [[LOG, a, `witness Z ${key('renamed.example', 10)}`, 'quorum A'], 3],
    [[LOG, `witness Z ${key('log.example', 1)}`, 'quorum Z'], 2],
    [[LOG, a, `witness Z ${key('A.example', 41)}`, 'quorum A'], 0],
    [[LOG, `witness Z ${key('log.example', 42)}`, 'quorum Z'], 0],
    [[LOG, a, b, 'group G 0 A B', 'quorum G'], 4],
    [[LOG, a, b, 'group G 3 A B', 'quorum G'], 4],
    [[LOG, a, b, 'group G 0x1 A B', 'quorum G'], 4],
    [[LOG, a, b, 'group G 1.0 A B', 'quorum G'], 4],
    [[LOG, a, b, 'group G 2 A A', 'quorum G'], 4],
    [[LOG, a, b, 'group G any A B', 'group H any A', 'quorum G'], 5],
    [[LOG, a, 'group none any A', 'quorum none'], 3],
    [[LOG, a, 'group G any', 'quorum none'], 3],
    [[LOG, a, 'quorum A', 'quorum A'], 4],
    [[LOG, a, 'quorum A B'], 3],
    [[LOG, a, 'quorum'], 3],
    [[`${LOG} https://log.example/ more`, 'quorum none'], 1],
    [['log', 'quorum none'], 1],
    [[LOG.replace('+', '-'), 'quorum none'], 1],
    [['logs x', 'quorum none'], 1],
    [[LOG, a], 0],
    [[LOG, 'quorum none\r'], 0],
    [[], 0],
  ]
  for (const [lines, line] of wrong) assert.throws(() => policyOf(...lines), atLine(line), lines.join(' | '))
})

test('J3 a log’s own witness never counts for it, and counts for the others', () => {
  const own = `witness A ${key('witness.log.example', 20)}`
  const policy = policyOf(LOG, own, witness('B', 11), 'group all all A B', 'quorum all')
  assert.deepEqual(
    witnessesFor(policy, 'log.example').map((one) => one.key.name),
    ['B.example'],
  )
  assert.equal(witnessesFor(policy, 'another.example').length, 2)
})
