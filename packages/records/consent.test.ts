import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { base64url } from '@salus/base/bytes'
import { type Category, categories } from '@salus/base/categories'
import type { Json } from '@salus/base/json'
import { needsShared, seededRandom, sharedFolder } from '@salus/base/testing'
import { purposes } from '@salus/grants/contract'
import fc from 'fast-check'
import {
  type ConsentCode,
  type ConsentGrant,
  type ConsentParties,
  consentProfiles,
  fromConsent,
  toConsent,
} from './consent.ts'
import { concept, systems, terminology } from './names.ts'
import { ANYONE, type Asking, answerBy, type ConsentProposal, type ConsentRule } from './proposal.ts'

const NOW = Date.UTC(2025, 0, 1) / 1000
const DAY = 86_400
const random = seededRandom(11)
const ids = Array.from({ length: 8 }, () => base64url(random(16)))
const handles = ['0'.repeat(26), '1'.repeat(26), '2'.repeat(26)] as const

const parties: ConsentParties = {
  patient: { kind: 'patient', id: handles[0] },
  reader: { kind: 'professional', id: handles[1], name: 'Dr Sample (sample)' },
  organisation: { kind: 'organisation', id: 'saint-roch', name: 'Saint-Roch (sample)' },
}
const grant = (fields: Partial<ConsentGrant> = {}): ConsentGrant => ({
  ...{ id: ids[0] as string, at: NOW - DAY, purpose: 'TREAT', until: NOW + DAY, standing: false },
  ...{ categories: ['allergies'], records: [], except: [] },
  ...fields,
})
const asking = (fields: Partial<Asking> = {}): Asking => ({
  ...{ actors: [handles[1]], categories: [...categories], records: ids, purpose: 'TREAT' },
  ...fields,
})
const proposalOf = (consent: Json, now = NOW): ConsentProposal => {
  const found = fromConsent(consent, now)
  return 'refused' in found ? assert.fail(found.refused.join()) : found
}
const refusedOf = (consent: Json, now = NOW): readonly ConsentCode[] => {
  const found = fromConsent(consent, now)
  return 'refused' in found ? found.refused : []
}

/** Any grant that the rules of grants let stand. */
const anyGrant: fc.Arbitrary<ConsentGrant> = fc
  .record({
    id: fc.constantFrom(...ids),
    at: fc.integer({ min: 1_600_000_000, max: NOW }),
    purpose: fc.constantFrom(...purposes),
    until: fc.integer({ min: NOW + 1, max: NOW + 366 * DAY }),
    standing: fc.boolean(),
    categories: fc.subarray([...categories]),
    records: fc.subarray(ids) as fc.Arbitrary<ConsentGrant['records']>,
    except: fc.subarray(ids) as fc.Arbitrary<ConsentGrant['except']>,
  })
  .filter(({ categories: some, records }) => some.length + records.length > 0)
  .map((one) => ({ ...one, standing: one.standing && one.records.length === 0 }))

test('R21 a grant by category is a Consent with class, one-off by the period of its data', () => {
  const consent = toConsent(grant(), parties)
  const { provision, ...head } = consent as { [element: string]: Json }
  assert.equal(head.status, 'active')
  assert.deepEqual(head.meta, { profile: [consentProfiles.categories] })
  assert.deepEqual(provision, {
    type: 'permit',
    actor: [
      {
        role: concept(terminology('v3-ParticipationType'), 'IRCP'),
        reference: {
          ...{ type: 'Practitioner', display: 'Dr Sample (sample)' },
          identifier: { system: systems.handle, value: handles[1] },
        },
      },
    ],
    purpose: [{ system: terminology('v3-ActReason'), code: 'TREAT' }],
    class: [{ system: systems.category, code: 'allergies' }],
    period: { start: '2024-12-31T00:00:00.000Z', end: '2025-01-02T00:00:00.000Z' },
    dataPeriod: { end: '2024-12-31T00:00:00.000Z' },
  })
})

test('R21 single records follow PCF: instances, no class; what was taken back is inactive', () => {
  const consent = toConsent(grant({ categories: [], records: [ids[1] as never], revokedAt: NOW }), parties)
  assert.deepEqual(consent.meta, { profile: [consentProfiles.records] })
  assert.ok(!JSON.stringify(consent).includes('"class"'))
  assert.deepEqual(refusedOf(consent), ['consent-inactive'])
})

test('R21 there and back: a grant comes out as it went in, and gives its reader what the grant gives', () => {
  fc.assert(
    fc.property(anyGrant, fc.constantFrom(...handles), fc.constantFrom(...purposes), (one, who, purpose) => {
      const proposal = proposalOf(JSON.parse(JSON.stringify(toConsent(one, parties))))
      const { at, until, standing } = one
      assert.deepEqual(
        { from: proposal.from, until: proposal.until, standing: proposal.standing },
        { from: at, until, standing },
      )
      const permit = { effect: 'permit', reader: handles[1], purposes: [one.purpose] } as const
      const expected: ConsentRule[] = [
        ...(one.categories.length > 0 ? [{ ...permit, categories: one.categories, records: [] }] : []),
        ...(one.records.length > 0 ? [{ ...permit, categories: [], records: one.records }] : []),
        ...one.except.map(
          (record): ConsentRule => ({
            ...{ effect: 'deny', reader: ANYONE, categories: [], records: [record], purposes: [] },
          }),
        ),
      ]
      assert.deepEqual(proposal.rules, expected)
      const mine =
        who === handles[1] && (purpose === one.purpose || (one.purpose === 'HPAYMT' && purpose === 'COVERAGE'))
      assert.deepEqual(answerBy(proposal, asking({ actors: [who], purpose }), NOW), {
        categories: mine ? categories.filter((category) => one.categories.includes(category)) : [],
        records: mine ? ids.filter((id) => one.records.includes(id as never) && !one.except.includes(id as never)) : [],
        except: mine && one.categories.length > 0 ? one.except : [],
      })
      for (const outside of [at - 1, until]) {
        assert.deepEqual(answerBy(proposal, asking(), outside), { categories: [], records: [], except: [] })
      }
      assert.deepEqual(refusedOf(toConsent(one, parties), until), ['consent-ended'])
    }),
  )
})

const theirs = { org53: 'Organization/53', org54: 'Organization/54', doctor: 'Practitioner/001' } as const
type Who = keyof typeof theirs
const all: readonly Category[] = categories
const noMedicines = all.filter((one) => one !== 'medications')

/** What a LEAP consent, named for its effect, gives to whom; or why it is refused. */
type Expected = { readonly gives: Readonly<Record<Who, readonly Category[]>> } | { readonly refused: ConsentCode[] }
const everyone = (but: Partial<Record<Who, readonly Category[]>>): Expected => ({
  gives: { org53: all, org54: all, doctor: all, ...but },
})
const optIn = everyone({ org54: [] })

const leap: Readonly<Record<string, Expected>> = {
  'deny-practitioner': everyone({ doctor: [] }),
  // A LOINC code of one document type: our rules know categories and records, no codes.
  'deny-restricted-clinical-code': { refused: ['consent-clinical-code'] },
  // Confidentiality labels: our records carry none, so nobody could tell what such a rule is about.
  'deny-restricted-content-class-and-sec-label': { refused: ['consent-label'] },
  'deny-restricted-content-class': { refused: ['consent-label'] },
  'deny-restricted-label': { refused: ['consent-label'] },
  'multiple-deny-labels': { refused: ['consent-label'] },
  'provision-array': { refused: ['consent-label'] },
  // MedicationStatement lies in medications: the whole category stays out for that organisation.
  'deny-restricted-content-class-only': everyone({ org54: noMedicines }),
  // Over since 2016; withdrawn; research, withdrawn and over.
  expired: { refused: ['consent-ended'] },
  inactive: { refused: ['consent-inactive'] },
  research: { refused: ['consent-not-privacy', 'consent-inactive', 'consent-ended'] },
  'optin-with-pou-in-root-provision': everyone({}),
  'optin-with-scope-in-category': optIn,
  optin: optIn,
  optout: everyone({ org53: [], org54: [], doctor: [] }),
}

const leapConsents = (): [string, Json][] => {
  const folder = sharedFolder('vectors/leap-cds') as string
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => [
      name.replace(/^consent-boris-|\.json$/g, ''),
      JSON.parse(readFileSync(join(folder, name), 'utf8')) as Json,
    ])
}

test(
  'R21 the 15 LEAP consents have the effect that their names tell, or are refused for a reason',
  needsShared('vectors/leap-cds'),
  () => {
    const consents = leapConsents()
    assert.deepEqual(consents.map(([name]) => name).sort(), Object.keys(leap).sort())
    assert.equal(consents.length, 15)
    for (const [name, consent] of consents) {
      const expected = leap[name] as Expected
      if ('refused' in expected) {
        assert.deepEqual(refusedOf(consent), expected.refused, name)
        continue
      }
      const proposal = proposalOf(consent)
      for (const who of Object.keys(theirs) as Who[]) {
        const answer = answerBy(proposal, asking({ actors: [theirs[who]] }), NOW)
        assert.deepEqual(answer, { categories: expected.gives[who], records: [], except: [] }, `${name}: ${who}`)
      }
    }
  },
)

test('R21 a purpose at the root holds: treatment yes, research no', needsShared('vectors/leap-cds'), () => {
  const consent = leapConsents().find(([name]) => name === 'optin-with-pou-in-root-provision')?.[1] as Json
  const proposal = proposalOf(consent)
  assert.deepEqual(answerBy(proposal, asking({ purpose: 'TREAT' }), NOW).categories, all)
  assert.deepEqual(answerBy(proposal, asking({ purpose: 'HRESCH' }), NOW).categories, [])
})

const provision = (fields: { [element: string]: Json }): Json => ({
  ...(toConsent(grant(), parties) as { [element: string]: Json }),
  provision: { type: 'permit', ...fields },
})
const denying = (fields: { [element: string]: Json }) => provision({ provision: [{ type: 'deny', ...fields }] })
const typeClass = (code: string) => [{ system: 'http://hl7.org/fhir/resource-types', code }]
const actor = (reference: Json, role = 'IRCP') => [
  { role: concept(terminology('v3-ParticipationType'), role), reference },
]

test('R21 each thing that our rules cannot say has its reason', () => {
  const instance = {
    meaning: 'instance',
    reference: { identifier: { system: systems.record, value: ids[1] as string } },
  }
  const cases: [ConsentCode, Json][] = [
    ['consent-malformed', { resourceType: 'Patient' }],
    ['consent-malformed', { ...(provision({}) as object), provision: { period: {} } } as Json],
    ['consent-malformed', { ...(provision({}) as object), modifierExtension: [{ url: 'x' }] } as Json],
    ['consent-malformed', provision({ modifierExtension: [{ url: 'x' }] })],
    ...(['actor', 'class', 'data', 'purpose', 'provision'] as const).map((one): [ConsentCode, Json] => [
      'consent-malformed',
      provision({ [one]: [] }),
    ]),
    ['consent-malformed', provision({ purpose: [{}] })],
    ['consent-malformed', provision({ provision: [{}] })],
    [
      'consent-not-privacy',
      { ...(provision({}) as object), scope: concept(terminology('consentscope'), 'adr') } as Json,
    ],
    ['consent-dates', provision({ period: { end: 'soon' } })],
    ['consent-dates', denying({ period: { end: '2030' } })],
    ['consent-reader', provision({ actor: actor({ display: 'somebody' }) })],
    ['consent-reader', provision({ actor: actor({ reference: 'Practitioner/7' }, 'CST') })],
    ['consent-reader', provision({ actor: actor({ reference: ANYONE }) })],
    ['consent-label', denying({ securityLabel: [{ code: 'R' }] })],
    ['consent-class', provision({ class: typeClass('MedicationStatement') })],
    ['consent-class', denying({ class: typeClass('Observation') })],
    ['consent-class', denying({ class: typeClass('Patient') })],
    ['consent-class', denying({ class: typeClass('Nonsense') })],
    ['consent-class', denying({ class: [{ system: systems.category, code: 'hidden' }] })],
    ['consent-clinical-code', denying({ code: [concept('http://loinc.org', '1')] })],
    ['consent-action', provision({ action: [concept(terminology('consentaction'), 'correct')] })],
    ['consent-data', provision({ dataPeriod: { start: '2020' } })],
    ['consent-data', denying({ dataPeriod: { end: '2020' } })],
    ['consent-data', denying({ data: [{ ...instance, meaning: 'related' }] })],
    ['consent-data', denying({ data: [{ meaning: 'instance', reference: { reference: 'Observation/1' } }] })],
    ['consent-data', denying({ data: [instance], class: [{ system: systems.category, code: 'social' }] })],
    ['consent-nested', denying({ provision: [{ type: 'permit' }] })],
    ['consent-nested', provision({ provision: [{ type: 'permit' }] })],
  ]
  for (const [code, consent] of cases) assert.deepEqual(refusedOf(consent), [code], JSON.stringify(consent))
})

test('R21 a part of a date starts with its first moment and ends after its last', () => {
  const ending = (end: string) => proposalOf(provision({ period: { start: '2024', end } })).until
  assert.equal(proposalOf(provision({ period: { start: '2024-02' } })).from, Date.UTC(2024, 1) / 1000)
  assert.equal(ending('2029'), Date.UTC(2030, 0) / 1000)
  assert.equal(ending('2029-12'), Date.UTC(2030, 0) / 1000)
  assert.equal(ending('2029-12-31'), Date.UTC(2030, 0) / 1000)
  assert.equal(ending('2029-12-31T23:00:00+01:00'), Date.UTC(2029, 11, 31, 22) / 1000)
})

test('R21 a rule on payment holds for insurance cover, one on operations for the coordination of care', () => {
  const answer = (code: string, purpose: Asking['purpose']) =>
    answerBy(proposalOf(denying({ purpose: [{ code }] })), asking({ purpose }), NOW).categories.length
  assert.deepEqual(
    [answer('HPAYMT', 'COVERAGE'), answer('HOPERAT', 'CAREMGT'), answer('PurposeOfUse', 'TREAT')],
    [0, 0, 0],
  )
  assert.deepEqual([answer('HPAYMT', 'TREAT'), answer('HMARKT', 'TREAT')], [16, 16])
})

test('R21 any JSON is judged; nothing that is not whole gives more than it says', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => assert.deepEqual(refusedOf(value as Json), ['consent-malformed'])))
  const junk = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>
  const elements = ['actor', 'class', 'data', 'purpose', 'period', 'provision', 'action', 'dataPeriod'] as const
  const whole = (toConsent(grant(), parties) as { [element: string]: { [element: string]: Json } }).provision
  fc.assert(
    fc.property(fc.constantFrom(...elements), junk, (element, value) => {
      const found = fromConsent(provision({ ...whole, [element]: value }), NOW)
      if ('refused' in found) return
      const answer = answerBy(found, asking({ actors: [handles[2]] }), NOW)
      assert.deepEqual(answer.categories, [], `${element}: ${JSON.stringify(value)}`)
    }),
    { numRuns: 2000 },
  )
})
