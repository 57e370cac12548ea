import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Compartment } from '@salus/base/categories'
import fc from 'fast-check'
import { planEpochs, type Standing } from './epochs.ts'

const NOW = 1_000
const some: readonly Compartment[] = ['allergies', 'results', 'people']

test('G10 one epoch from now, one after each reader’s end, the last without end and without readers', () => {
  const standing: Standing[] = [
    { grant: 'short', compartments: ['allergies'], until: 1_100 },
    { grant: 'long', compartments: ['allergies'], until: 1_300 },
    { grant: 'same', compartments: ['allergies'], until: 1_300 },
    { grant: 'other', compartments: ['results'], until: 1_200 },
    { grant: 'over', compartments: ['allergies'], until: NOW },
  ]
  assert.deepEqual(
    planEpochs(['allergies'], standing, () => 4, NOW),
    [
      { compartment: 'allergies', epoch: 5, from: 1_000, until: 1_100, readers: ['short', 'long', 'same'] },
      { compartment: 'allergies', epoch: 6, from: 1_100, until: 1_300, readers: ['long', 'same'] },
      { compartment: 'allergies', epoch: 7, from: 1_300, readers: [] },
    ],
  )
  assert.deepEqual(
    planEpochs(['social'], standing, () => 0, NOW),
    [{ compartment: 'social', epoch: 1, from: 1_000, readers: [] }],
  )
  assert.deepEqual(
    planEpochs([], standing, () => 0, NOW),
    [],
  )
})

const reader = fc.record({
  compartments: fc.uniqueArray(fc.constantFrom(...some)),
  until: fc.integer({ min: NOW - 50, max: NOW + 500 }),
})
const readers = fc
  .array(reader, { maxLength: 8 })
  .map((all) => all.map((one, i) => ({ ...one, grant: `g${i}` }) satisfies Standing))
const touched = fc.uniqueArray(fc.constantFrom(...some), { minLength: 1 })

test('G10 property: no epoch outlives a reader, every entitled reader has it, and others never', () => {
  fc.assert(
    fc.property(touched, readers, (compartments, standing) => {
      for (const planned of planEpochs(compartments, standing, () => 0, NOW)) {
        for (const one of standing) {
          const entitled = one.compartments.includes(planned.compartment) && one.until > planned.from && one.until > NOW
          assert.equal(planned.readers.includes(one.grant), entitled)
          if (entitled) assert.ok(planned.until !== undefined && planned.until <= one.until)
        }
      }
    }),
  )
})

test('G10 property: in each touched compartment epochs are numbered on, without gap or overlap, and the last never ends', () => {
  fc.assert(
    fc.property(touched, readers, fc.nat(9), (compartments, standing, last) => {
      const plan = planEpochs(compartments, standing, () => last, NOW)
      assert.deepEqual(new Set(plan.map((one) => one.compartment)), new Set(compartments))
      for (const compartment of compartments) {
        const own = plan.filter((one) => one.compartment === compartment)
        assert.equal(own[0]?.from, NOW)
        for (const [i, one] of own.entries()) {
          assert.equal(one.epoch, last + 1 + i)
          assert.equal(one.until, own[i + 1]?.from)
        }
        assert.deepEqual(own.at(-1)?.readers, [])
      }
    }),
  )
})

test('G10 a reader without an end (a keeper) has every epoch, the last one too, and cuts none short', () => {
  const standing: Standing[] = [
    { grant: 'keeper', compartments: ['allergies'] },
    { grant: 'short', compartments: ['allergies'], until: 1_100 },
  ]
  assert.deepEqual(
    planEpochs(['allergies', 'results'], standing, () => 0, NOW),
    [
      { compartment: 'allergies', epoch: 1, from: 1_000, until: 1_100, readers: ['keeper', 'short'] },
      { compartment: 'allergies', epoch: 2, from: 1_100, readers: ['keeper'] },
      { compartment: 'results', epoch: 1, from: 1_000, readers: [] },
    ],
  )
})
