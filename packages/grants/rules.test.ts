import assert from 'node:assert/strict'
import { test } from 'node:test'
import { categories, compartments } from '@salus/base/categories'
import { isAppError } from '@salus/base/errors'
import type { Credential, Keyring } from '@salus/directory/contract'
import { mayAsk, professions } from '@salus/directory/matrix'
import fc from 'fast-check'
import { type AccessRequested, type Grant, type GrantGiven, MAX_GRANT, type Placement } from './contract.ts'
import {
  answerable,
  decideGrant,
  decideRequest,
  decideRevoke,
  freshId,
  holdsEpoch,
  inPacket,
  mayRead,
  mayUse,
  nextPolicy,
  type Request,
} from './rules.ts'

const NOW = 1_800_000_000
const code = (wanted: string) => (error: unknown) => isAppError(error) && error.code === wanted
const [doctor, ward, ann] = ['D', 'W', 'A'].map((letter) => letter.repeat(26)) as [never, never, never]

const asking = {
  patient: { kind: 'patient' } as Keyring,
  credential: { profession: 'physician' } as Credential,
  readerKey: 'key',
  teams: [ward as string],
}
const wanted: AccessRequested = {
  ...{ categories: ['allergies', 'results'], records: [], purpose: 'TREAT', until: NOW + 60, reader: 'key' as never },
}

test('G1 a professional with a credential asks inside the matrix, with the key that is the own now', () => {
  const refused = (state: object, body: object, why: string) =>
    assert.throws(() => decideRequest({ ...asking, ...state }, { ...wanted, ...body }, NOW), code(why))
  decideRequest(asking, wanted, NOW)
  decideRequest(asking, { ...wanted, team: ward }, NOW)
  decideRequest(asking, { ...wanted, until: NOW + MAX_GRANT }, NOW)
  refused({ credential: undefined }, {}, 'credential-missing')
  refused({ patient: undefined }, {}, 'patient-unknown')
  refused({ patient: { kind: 'professional' } }, {}, 'patient-unknown')
  refused({}, { categories: [] }, 'request-empty')
  refused({ credential: { profession: 'secretary' } }, {}, 'category-not-for-role')
  refused({ teams: [] }, { team: ward }, 'team-not-member')
  refused({ readerKey: 'other' }, {}, 'reader-key-changed')
  refused({ readerKey: undefined }, {}, 'reader-key-changed')
  refused({}, { until: NOW }, 'request-ended')
  refused({}, { until: NOW + MAX_GRANT + 1 }, 'grant-too-long')
})

test('G1 property: what is asked passes exactly when every category stands in the profession’s row', () => {
  const some = fc.uniqueArray(fc.constantFrom(...categories), { minLength: 1 })
  fc.assert(
    fc.property(fc.constantFrom(...professions), some, (profession, asked) => {
      const run = () =>
        decideRequest({ ...asking, credential: { profession } as Credential }, { ...wanted, categories: asked }, NOW)
      if (asked.every((one) => mayAsk(profession, one))) run()
      else assert.throws(run, code('category-not-for-role'))
    }),
  )
})

const request: Request = { ...wanted, id: 'r', patient: ann, asker: doctor, status: 'waiting' }

test('G2 a request is answered once, by the person it was made to, while it stands', () => {
  assert.equal(answerable(request, ann, NOW), request)
  assert.throws(() => answerable(undefined, ann, NOW), code('request-unknown'))
  assert.throws(() => answerable(request, doctor, NOW), code('request-unknown'))
  for (const status of ['granted', 'refused'] as const) {
    assert.throws(() => answerable({ ...request, status }, ann, NOW), code('request-answered'))
  }
  assert.throws(() => answerable(request, ann, request.until), code('request-ended'))
})

const given: GrantGiven = {
  ...{ request: 'r' as never, reader: doctor, key: 'key' as never, categories: ['allergies'], records: [], except: [] },
  ...{ head: 3, standing: false, until: NOW + 60, policy: 1, packets: [] as never },
}
const granting =
  (body: object, on: Request = request, policy = 0) =>
  () =>
    decideGrant(on, { ...given, ...body }, policy, NOW)

test('G3 a grant gives what was asked or less, to the key that was named, no longer than asked', () => {
  granting({})()
  granting({ categories: ['allergies', 'results'], until: NOW + 1 })()
  assert.throws(granting({ categories: ['allergies', 'social'] }), code('grant-beyond-request'))
  assert.throws(granting({ categories: [] }), code('request-empty'))
  assert.throws(granting({ reader: ann }), code('reader-key-changed'))
  assert.throws(granting({ key: 'other' }), code('reader-key-changed'))
  assert.throws(granting({ until: NOW + 61 }), code('grant-too-long'))
  assert.throws(granting({ until: NOW }), code('grant-ended'))
})

test('G3 a request in a team’s name is granted to the team, not to whoever typed it', () => {
  const team = { ...request, team: ward }
  granting({ reader: ward }, team)()
  assert.throws(granting({ reader: doctor }, team), code('reader-key-changed'))
})

test('G3 single records: those that were asked for, or any where categories were', () => {
  const single = { ...request, categories: [], records: ['one', 'two'] as never }
  granting({ categories: [], records: ['one'] }, single)()
  assert.throws(granting({ categories: [], records: ['three'] }, single), code('grant-beyond-request'))
  granting({ categories: [], records: ['any'] })()
})

test('G4 standing is for whole categories', () => {
  granting({ standing: true })()
  assert.throws(granting({ standing: true, records: ['one'] }), code('grant-beyond-request'))
})

test('G5 the policy head goes up by one and never back', () => {
  nextPolicy(4, 5)
  for (const wrong of [0, 3, 4, 6]) assert.throws(() => nextPolicy(4, wrong), code('policy-head-old'))
  assert.throws(granting({ policy: 1 }, request, 1), code('policy-head-old'))
})

const grant: Grant = {
  ...{ id: 'g', patient: ann, reader: doctor, categories: ['allergies'], records: ['single'], except: ['broken'] },
  ...{ head: 10, standing: true, from: NOW, until: NOW + 100, revokedAt: null, epochs: { 'allergies:3': NOW + 5 } },
}

test('G6 the patient takes back a standing grant of the own, once', () => {
  decideRevoke(grant, ann, 1, 2)
  assert.throws(() => decideRevoke(undefined, ann, 1, 2), code('grant-unknown'))
  assert.throws(() => decideRevoke(grant, doctor, 1, 2), code('grant-unknown'))
  assert.throws(() => decideRevoke({ ...grant, revokedAt: NOW }, ann, 1, 2), code('grant-revoked'))
  assert.throws(() => decideRevoke(grant, ann, 2, 2), code('policy-head-old'))
})

test('G7 a grant serves its reader, or the team’s members, from its beginning to its end unless taken back', () => {
  const use =
    (over: Partial<Grant>, reader: string = doctor, teams: string[] = [], now = NOW) =>
    () =>
      mayUse({ ...grant, ...over }, { handle: reader, teams }, now)
  assert.equal(use({})().id, 'g')
  assert.equal(use({ reader: ward }, doctor, [ward])().id, 'g')
  assert.equal(use({}, doctor, [], NOW + 99)().id, 'g')
  assert.throws(() => mayUse(undefined, { handle: doctor, teams: [] }, NOW), code('grant-unknown'))
  assert.throws(use({}, ann), code('grant-other-reader'))
  assert.throws(use({ reader: ward }, doctor, []), code('grant-other-reader'))
  assert.throws(use({ revokedAt: NOW }), code('grant-revoked'))
  assert.throws(use({ revokedAt: 0 }), code('grant-revoked'))
  assert.throws(use({}, doctor, [], NOW + 100), code('grant-ended'))
  assert.throws(use({}, doctor, [], NOW - 1), code('grant-ended'))
})

const lying = (over: Partial<Placement> = {}): Placement => ({
  ...{ record: 'r', version: 1, compartment: 'allergies', epoch: 2, placed: 5, superseded: null, ...over },
})

// Each row: what it is, where it lies, what opens it before and after the epoch of this grant has begun.
const table: readonly (readonly [string, Partial<Placement>, string | undefined, string | undefined])[] = [
  ['a record of a granted category', {}, 'packet', 'packet'],
  ['the same, placed last before the signature', { placed: 10 }, 'packet', 'packet'],
  ['placed after the signature', { placed: 11 }, undefined, undefined],
  ['placed after it, into the granted epoch', { placed: 11, epoch: 3 }, undefined, 'epoch'],
  ['a version replaced before the signature', { superseded: 10 }, undefined, undefined],
  ['a version replaced since', { superseded: 11 }, 'packet', 'packet'],
  ['another category', { compartment: 'social' }, undefined, undefined],
  [
    'another category’s epoch of the same number',
    { compartment: 'social', epoch: 3, placed: 11 },
    undefined,
    undefined,
  ],
  ['people go along with any grant', { compartment: 'people' }, 'packet', 'packet'],
  ['hidden', { compartment: 'hidden' }, undefined, undefined],
  ['hidden, in an epoch of any number', { compartment: 'hidden', epoch: 3, placed: 11 }, undefined, undefined],
  ['named singly, wherever it lies', { record: 'single', compartment: 'social' }, 'packet', 'packet'],
  ['named singly, hidden', { record: 'single', compartment: 'hidden' }, 'packet', 'packet'],
  [
    'named singly, hidden after the signature',
    { record: 'single', compartment: 'hidden', placed: 11 },
    undefined,
    undefined,
  ],
  ['the inbox: only the patient opens it', { epoch: 0 }, undefined, undefined],
  ['left out, because its packet did not open', { record: 'broken' }, undefined, undefined],
]

test('G8 G9 what opens what: in the packet, through an epoch that has begun, or not at all', () => {
  for (const [what, where, before, after] of table) {
    const placement = lying(where)
    assert.equal(mayRead(grant, placement, NOW + 4), before, what)
    assert.equal(mayRead(grant, placement, NOW + 5), after, what)
    assert.equal(inPacket(grant, placement), before === 'packet', what)
  }
})

test('G9 property: nothing that is neither named, nor of a granted category, nor people, is ever read', () => {
  const placement = fc.record({
    ...{
      record: fc.constantFrom('r', 'single', 'broken'),
      version: fc.constant(1),
      compartment: fc.constantFrom(...compartments),
    },
    ...{ epoch: fc.nat(4), placed: fc.nat(20), superseded: fc.option(fc.nat(20)) },
  })
  // Epochs that only a wrong view could hold: of compartments beyond the categories.
  const epochs = fc.dictionary(fc.constantFrom('allergies:3', 'people:3', 'social:3', 'hidden:3'), fc.constant(NOW))
  fc.assert(
    fc.property(placement, epochs, fc.nat(30), (p, held, late) => {
      const answer = mayRead({ ...grant, epochs: held }, p, NOW + late)
      if (p.epoch === 0) assert.equal(answer, undefined)
      if (p.compartment === 'hidden' && p.record !== 'single') assert.equal(answer, undefined)
      const covered = ['allergies', 'people'].includes(p.compartment) || p.record === 'single'
      if (!covered) assert.equal(answer, undefined)
    }),
  )
})

test('G12 an epoch counts for a grant of that same patient that stands, covers it and lasts into it', () => {
  const epoch = { compartment: 'allergies', from: NOW }
  const held = (over: Partial<Grant>, of = epoch, patient: string = ann) =>
    holdsEpoch({ ...grant, ...over }, patient, of)
  assert.equal(held({}), true)
  assert.equal(held({}, { ...epoch, compartment: 'people' }), true)
  assert.equal(held({}, { ...epoch, from: NOW + 99 }), true)
  assert.equal(holdsEpoch(undefined, ann, epoch), false)
  assert.equal(held({}, epoch, doctor), false, 'somebody else’s grant')
  assert.equal(held({ standing: false }), false)
  assert.equal(held({ revokedAt: NOW }), false)
  assert.equal(held({}, { ...epoch, compartment: 'social' }), false)
  assert.equal(held({}, { ...epoch, compartment: 'hidden' }), false)
  assert.equal(held({}, { ...epoch, from: NOW + 100 }), false)
})

test('G13 an id that is taken is refused, whosever it is', () => {
  freshId(undefined)
  assert.throws(() => freshId(request), code('not-allowed'))
})
