import assert from 'node:assert/strict'
import { test } from 'node:test'
import { professions } from '@salus/directory/matrix'
import fc from 'fast-check'
import { type EmergencyChosen, type Glass, type GlassBroken, MAX_GLASS } from './contract.ts'
import {
  type Breaking,
  decideChoice,
  decideGlass,
  decideRelease,
  decideReview,
  decideSecond,
  standing,
} from './rules.ts'

const NOW = 1_000_000
const patient = { kind: 'patient', handle: 'p' } as never
const credential = (profession: string, until = NOW + 1) => ({ profession, until }) as never
const refused = (work: () => unknown, code: string) => assert.throws(work, { code }, code)

const glass: Glass = {
  ...{ id: 'g', patient: 'p', asker: 'a', org: 'o', reason: 'unconscious', key: 'k', at: NOW, until: NOW + 60 },
  ...{ statement: 's', second: null, release: null, endedAt: null, review: null },
}
const escrow = { keeper: 'keeper', key: 'kk', escrow: 'e' } as never

test('E1 a choice is whole: every category and keeper once, a packet each, or nothing at all', () => {
  const row = (n: number) => ({ keeper: `k${n}`, key: `key${n}`, escrow: `e${n}` })
  const body = (categories: string[], keepers: object[], packets = keepers.map((_, i) => `p${i}`)) =>
    ({ categories, keepers, packets, policy: 1 }) as never as EmergencyChosen
  const yes = () => true
  decideChoice(body([], []), yes)
  decideChoice(body(['allergies'], [row(1), row(2)]), yes)
  for (const wrong of [
    body(['allergies'], []),
    body([], [row(1)]),
    body(['allergies', 'allergies'], [row(1)]),
    body(['allergies'], [row(1), { ...row(2), keeper: 'k1' }]),
    body(['allergies'], [row(1), { ...row(2), escrow: 'e1' }]),
    body(['allergies'], [row(1)], []),
  ]) {
    refused(() => decideChoice(wrong, yes), 'emergency-choice-wrong')
  }
  refused(
    () => decideChoice(body(['allergies'], [row(1), row(2)]), (one) => (one.keeper as string) === 'k1'),
    'keeper-unknown',
  )
})

test('E2 every profession: those who treat people in an emergency, and no others', () => {
  const body = { reason: 'unconscious', reader: 'k', until: NOW + 60, packets: [] } as never as GlassBroken
  const state = (more: Partial<Breaking> = {}): Breaking => ({
    ...{ patient, credential: credential('nurse'), readerKey: 'k', chosen: true },
    ...more,
  })
  const may = professions.filter((profession) => {
    try {
      decideGlass(state({ credential: credential(profession) }), body, NOW, NOW)
      return true
    } catch {
      return false
    }
  })
  assert.deepEqual(may, ['physician', 'emergency-physician', 'nurse', 'midwife'])
  refused(() => decideGlass(state({ credential: credential('nurse', NOW) }), body, NOW, NOW), 'emergency-not-for-role')
  refused(() => decideGlass(state({ credential: undefined }), body, NOW, NOW), 'emergency-not-for-role')
  refused(() => decideGlass(state({ chosen: false }), body, NOW, NOW), 'emergency-not-chosen')
  refused(() => decideGlass(state({ patient: undefined }), body, NOW, NOW), 'emergency-not-chosen')
  refused(() => decideGlass(state({ readerKey: 'other' }), body, NOW, NOW), 'emergency-release-wrong')
  decideGlass(state(), { ...body, until: NOW + MAX_GLASS }, NOW, NOW)
  refused(() => decideGlass(state(), { ...body, until: NOW + MAX_GLASS + 1 }, NOW, NOW), 'emergency-too-long')
  refused(() => decideGlass(state(), { ...body, reason: 'other' }, NOW, NOW), 'emergency-text-missing')
})

test('E3 it stands from its beginning to its end, for its patient, unless ended', () => {
  assert.equal(standing(glass, 'p', NOW), glass)
  refused(() => standing(glass, 'other', NOW), 'emergency-unknown')
  refused(() => standing(undefined, 'p', NOW), 'emergency-unknown')
  refused(() => standing(glass, 'p', NOW + 60), 'emergency-over')
  refused(() => standing({ ...glass, endedAt: NOW }, 'p', NOW), 'emergency-over')
})

test('E4 E5 property: nothing is released without two different people of one organisation', () => {
  const who = fc.constantFrom('a', 'b', 'o')
  const org = fc.constantFrom('o', 'x')
  const profession = fc.constantFrom(...professions)
  fc.assert(
    fc.property(who, org, profession, fc.boolean(), fc.constantFrom('s', 't'), (by, at, role, officer, statement) => {
      const seconding = { who: by, org: at, officer, credential: officer ? undefined : credential(role) }
      let code = ''
      try {
        decideSecond(glass, seconding, statement, NOW)
      } catch (error) {
        code = (error as { code: string }).code
      }
      const may = officer || ['physician', 'emergency-physician', 'nurse', 'midwife'].includes(role)
      assert.equal(code === '', by !== 'a' && at === 'o' && may && statement === 's')
    }),
  )
  const body = { escrow: 'e', reader: 'a', key: 'k', until: NOW + 60 } as never
  refused(() => decideRelease(glass, { handle: 'keeper', org: 'o', escrow }, body), 'emergency-not-seconded')
})

test('E5 the release: once, by the chosen keeper of that organisation, to the asker’s key, no longer than asked', () => {
  const seconded = { ...glass, second: { who: 'b', at: NOW } }
  const keeper = { handle: 'keeper', org: 'o', escrow }
  const body = { escrow: 'e', reader: 'a', key: 'k', until: NOW + 60 } as never as Parameters<typeof decideRelease>[2]
  decideRelease(seconded, keeper, body)
  refused(() => decideRelease({ ...seconded, release: 'r' }, keeper, body), 'emergency-released')
  refused(() => decideRelease(seconded, { ...keeper, org: 'x' }, body), 'emergency-not-chosen')
  refused(() => decideRelease(seconded, { ...keeper, handle: 'other' }, body), 'emergency-not-chosen')
  refused(() => decideRelease(seconded, { ...keeper, escrow: undefined }, body), 'emergency-not-chosen')
  for (const wrong of [{ until: NOW + 61 }, { reader: 'b' }, { key: 'l' }, { escrow: 'f' }]) {
    refused(() => decideRelease(seconded, keeper, { ...body, ...(wrong as object) }), 'emergency-release-wrong')
  }
})

test('E8 one review, by the organisation whose people broke the glass', () => {
  decideReview(glass, 'p', 'o')
  refused(() => decideReview(glass, 'p', 'x'), 'emergency-unknown')
  refused(() => decideReview(glass, 'q', 'o'), 'emergency-unknown')
  refused(() => decideReview(undefined, 'p', 'o'), 'emergency-unknown')
  const done = { ...glass, review: { found: 'justified', who: 'o', at: NOW } as const }
  refused(() => decideReview(done, 'p', 'o'), 'emergency-reviewed')
})
