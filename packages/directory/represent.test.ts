import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Epoch, Keyring, Representative } from './contract.ts'
import { changeRepresentatives, checkGivenTo, mayOpen, representativeBy } from './represent.ts'
import { newKey } from './testing.ts'
import { deviceThumbprint } from './thumbprint.ts'

const refused = { code: 'representative-refused' }
const NOW = 1_000
const key = (letter: string) => letter.repeat(43)
const epochOf = (compartment: Epoch['compartment'], until?: number): Epoch => ({
  ...{ compartment, epoch: 2, key: newKey(), from: NOW },
  ...(until === undefined ? {} : { until }),
})
const row = (more: Partial<Representative> = {}): Representative =>
  ({
    ...{ id: 'AAAAAAAAAAAAAAAAAAAAAA', handle: 'B'.repeat(26), devices: [key('B')], key: key('K'), until: NOW + 100 },
    ...(more as object),
  }) as never
const state = {
  ...{ handle: 'A'.repeat(26), kind: 'patient', devices: [key('A')], past: [key('P')], members: [] },
  recovery: { key: key('R') },
  epochs: [
    { ...epochOf('results'), entry: 1 },
    { ...epochOf('hidden'), entry: 1 },
  ],
} as unknown as Keyring
const change = (representatives: Representative[], epochs = [epochOf('results', NOW + 100)], at: Keyring = state) =>
  changeRepresentatives(at, { representatives, epochs, readers: [], packets: [], n: 2, prev: '' } as never)

test('D29 nobody represents with a key that is the person’s own, once was, or is another’s here', () => {
  assert.equal(change([row()]).representatives?.length, 1)
  for (const own of ['A', 'P', 'R']) assert.throws(() => change([row({ devices: [key(own)] })]), refused, own)
  const other = row({ id: 'CCCCCCCCCCCCCCCCCCCCCC' as never, handle: 'C'.repeat(26) as never })
  assert.throws(() => change([row(), other]), refused, 'one key twice')
  assert.throws(() => change([row(), row({ id: 'CCCCCCCCCCCCCCCCCCCCCC' as never, devices: [key('C')] })]), refused)
  assert.throws(() => change([row({ handle: state.handle })]), refused, 'oneself')
})

test('D29 a row stays as it was or gets another id; an id that was taken back does not come again', () => {
  const after: Keyring = { ...state, ...change([row()]) }
  assert.deepEqual(change([row()], undefined, after).representatives, [row()])
  assert.throws(() => change([row({ until: NOW + 200 })], undefined, after), refused)
  assert.throws(() => change([row({ devices: [key('D')] })], undefined, after), refused)
  const gone: Keyring = { ...after, ...change([], undefined, after) }
  assert.deepEqual(gone.pastRepresentatives, [row()])
  assert.throws(() => change([row()], undefined, gone), refused)
})

test('D31 every compartment but the hidden one turns over with each change, and that one never', () => {
  assert.throws(() => change([row()], [epochOf('allergies', NOW + 100)]), refused)
  assert.throws(() => change([row()], [epochOf('results', NOW + 100), epochOf('hidden', NOW + 100)]), refused)
})

test('D30 they are given no hidden epoch, and none that outlives them or has no end', () => {
  const given = (epoch: Epoch) => () =>
    checkGivenTo([row()], { epochs: [epoch], readers: [{ grant: row().id, epochs: [0] }] })
  given(epochOf('results', NOW + 100))()
  assert.throws(given(epochOf('hidden', NOW + 100)), refused)
  assert.throws(given(epochOf('results', NOW + 101)), refused)
  assert.throws(given(epochOf('results')), refused)
  checkGivenTo([row()], { epochs: [epochOf('hidden')], readers: [{ grant: 'a grant of somebody else', epochs: [0] }] })
})

test('D30 they open no hidden epoch, and none that outlives them or has no end', () => {
  assert.ok(mayOpen(row(), [epochOf('results', NOW + 100)]))
  assert.ok(!mayOpen(row(), [epochOf('hidden', NOW + 100)]))
  assert.ok(!mayOpen(row(), [epochOf('results', NOW + 101)]))
  assert.ok(!mayOpen(row(), [epochOf('results', NOW + 100), epochOf('results')]))
})

test('D29 a key acts until its date, and not after it was taken back', () => {
  const kid = deviceThumbprint(key('B'))
  const after: Keyring = { ...state, representatives: [row()] }
  assert.equal(representativeBy(after, kid, NOW + 99)?.id, row().id)
  assert.equal(representativeBy(after, kid, NOW + 100), undefined)
  assert.equal(representativeBy({ ...state, pastRepresentatives: [row()] }, kid, NOW), undefined)
  assert.equal(representativeBy({ ...state, pastRepresentatives: [row()] }, kid, NOW, 'ever')?.id, row().id)
})
