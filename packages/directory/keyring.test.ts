import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64url, fromHex } from '@salus/base/bytes'
import { type Compartment, compartments } from '@salus/base/categories'
import { systemRandom } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import { newId } from '@salus/base/ids'
import { digest } from '@salus/crypto/hash'
import { generateDeviceKey } from '@salus/crypto/keys'
import { personKeys } from '@salus/crypto/testing'
import fc from 'fast-check'
import type { Announced, Epoch, Keyring } from './contract.ts'
import { depositKey, extendKeyring, fingerprint, handleOf, lastEpoch, runningEpoch, startKeyring } from './keyring.ts'
import { epochOf, newKey } from './testing.ts'

const NOW = 1_800_000_000
const org = 'saint-roch' as never
const nonce = () => newId<never>(systemRandom)
const code = (wanted: string) => (error: unknown) => isAppError(error) && error.code === wanted
const [one, two] = await personKeys(2)
const person = one?.publicKey as NonNullable<Keyring['person']>
const device = (await generateDeviceKey()).publicKey

const started = (epochs: Epoch[] = [epochOf('allergies', 1, NOW)]) =>
  startKeyring('first', { kind: 'patient', org, nonce: nonce(), epochs })

function claimed(change: object = {}): Keyring {
  const state = started()
  const body = { n: 2, prev: state.head, device, person, inbox: newKey(), epochs: [epochOf('allergies', 2, NOW)] }
  return extendKeyring(state, 'claim', {
    type: 'KeyringClaimed',
    body: { ...body, approval: '', ...change } as never,
  })
}

const opening = (state: Keyring, epochs: Epoch[], more: object = {}) =>
  extendKeyring(state, `entry ${state.n + 1}`, {
    type: 'EpochOpened',
    body: { n: state.n + 1, prev: state.head as never, epochs, readers: [], packets: [], ...more },
  })

const team = (members: string[]) =>
  startKeyring('team', {
    kind: 'team',
    org,
    nonce: nonce(),
    person,
    name: 'Ward',
    members: members as never,
    packets: [],
  })
const changing = (state: Keyring, members: string[], key?: Keyring['person']) =>
  extendKeyring(state, 'change', {
    type: 'TeamChanged',
    body: { n: 2, prev: state.head as never, members: members as never, packets: [], ...(key ? { person: key } : {}) },
  })
const [ann, bob, cid] = ['A', 'B', 'C'].map((letter) => letter.repeat(26)) as [string, string, string]

test('D1 a handle follows from the first entry and the organisation, and from nothing else', () => {
  assert.match(handleOf('entry', 'saint-roch'), /^[0-9A-HJKMNP-TV-Z]{26}$/)
  assert.equal(handleOf('entry', 'saint-roch'), handleOf('entry', 'saint-roch'))
  const all = [handleOf('entry', 'saint-roch'), handleOf('entry', 'saint-rock'), handleOf('entry ', 'saint-roch')]
  assert.equal(new Set(all).size, 3)
  assert.equal(
    startKeyring('first', { kind: 'patient', org, nonce: nonce(), epochs: [] as never }).handle,
    handleOf('first', org),
  )
})

test('D1 property: no two pairs of entry and organisation run together into one handle', () => {
  const word = fc.string({ minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(word, word, word, word, (a, b, c, d) => {
      fc.pre(a !== c || b !== d)
      // An organisation's short name holds no line break, so the separator cannot be forged.
      fc.pre(![b, d].some((name) => name.includes('\n')))
      assert.notEqual(handleOf(a, b), handleOf(c, d))
    }),
  )
})

test('D2 epochs go up one by one in each compartment, end after they begin, and never reuse a key', () => {
  const state = claimed()
  const good = epochOf('allergies', 3, NOW, NOW + 10)
  assert.equal(lastEpoch(opening(state, [good]), 'allergies'), 3)
  assert.equal(lastEpoch(opening(state, [good, epochOf('allergies', 4, NOW + 10)]), 'allergies'), 4)
  const used = state.epochs[0]?.key as string
  const bad: Epoch[][] = [
    [epochOf('allergies', 2, NOW)],
    [epochOf('allergies', 4, NOW)],
    [epochOf('results', 2, NOW)],
    [epochOf('allergies', 3, NOW, NOW)],
    [{ ...good, key: used }],
    [good, { ...epochOf('results', 1, NOW), key: good.key }],
    [{ ...good, key: state.inbox as string }],
  ]
  for (const epochs of bad) assert.throws(() => opening(state, epochs), code('epoch-refused'))
})

test('D2 the inbox key is nobody’s epoch key, whichever comes first', () => {
  const key = started().epochs[0]?.key as string
  const state = started([{ ...epochOf('allergies', 1, NOW), key }])
  const body = {
    n: 2,
    prev: state.head,
    device,
    person,
    inbox: key,
    epochs: [epochOf('allergies', 2, NOW)],
    approval: '',
  }
  assert.throws(
    () => extendKeyring(state, 'claim', { type: 'KeyringClaimed', body: body as never }),
    code('epoch-refused'),
  )
})

test('D3 a gap, a fork, another past or a second beginning is refused', () => {
  const state = claimed()
  const epochs = [epochOf('allergies', 3, NOW)]
  assert.throws(() => opening(state, epochs, { n: 2 }), code('keyring-moved'))
  assert.throws(() => opening(state, epochs, { n: 4 }), code('keyring-moved'))
  assert.throws(() => opening(state, epochs, { prev: digest('another past') }), code('keyring-moved'))
  const next = opening(state, epochs)
  assert.throws(() => opening(next, [epochOf('allergies', 4, NOW)], { prev: state.head }), code('keyring-moved'))
  const again = { kind: 'patient' as const, org, nonce: nonce(), epochs }
  assert.throws(() => extendKeyring(state, 'x', { type: 'KeyringStarted', body: again }), code('keyring-broken'))
})

test('D3 each kind of keyring takes its own entries only', () => {
  assert.throws(() => opening(started(), [epochOf('allergies', 2, NOW)]), code('keyring-broken'))
  assert.throws(() => changing(started(), []), code('keyring-broken'))
  assert.throws(() => opening(team([ann]), [epochOf('allergies', 1, NOW)]), code('keyring-broken'))
  const taken = claimed()
  const body = {
    n: 3,
    prev: taken.head,
    device,
    person,
    inbox: newKey(),
    epochs: [epochOf('allergies', 3, NOW)],
    approval: '',
  }
  assert.throws(
    () => extendKeyring(taken, 'x', { type: 'KeyringClaimed', body: body as never }),
    code('keyring-claimed'),
  )
})

test('D4 whoever leaves a team takes the old key along: a leave without a new key is refused', () => {
  const state = team([ann, bob])
  assert.throws(() => changing(state, [ann]), code('keyring-broken'))
  assert.throws(() => changing(state, [ann, cid]), code('keyring-broken'), 'nor one that a newcomer hides')
  assert.deepEqual(changing(state, [ann, bob, cid]).person, person)
  const left = changing(state, [ann], two?.publicKey)
  assert.deepEqual(left.members, [ann])
  assert.deepEqual(left.person, two?.publicKey)
})

test('D4 a team names each member once', () => {
  assert.throws(() => team([ann, ann]), code('keyring-broken'))
  assert.throws(() => changing(team([ann]), [ann, bob, bob]), code('keyring-broken'))
})

const state = (epochs: Announced[]): Keyring => ({ ...claimed(), epochs })
const at = (epoch: number, from: number, until: number | undefined, entry: number): Announced => ({
  ...epochOf('allergies', epoch, from, until),
  entry,
})

test('D5 the running epoch is the last that has begun of the newest announcement', () => {
  const keyring = state([at(1, 0, undefined, 1), at(2, 100, 200, 2), at(3, 200, 300, 2), at(4, 300, undefined, 2)])
  const running = (now: number) => runningEpoch(keyring, 'allergies', now)?.epoch
  assert.deepEqual([100, 199, 200, 299, 300, 9_999].map(running), [2, 2, 3, 3, 4, 4])
})

test('D5 a clock that runs behind gets the newest announcement’s first epoch, never an older one', () => {
  const keyring = state([at(1, 0, undefined, 1), at(2, 100, 200, 2), at(3, 200, undefined, 2)])
  assert.equal(runningEpoch(keyring, 'allergies', 10)?.epoch, 2)
})

test('D5 when the newest announcement has ended nothing runs: the inbox, and before a claim a refusal', () => {
  const keyring = state([at(1, 0, undefined, 1), at(2, 100, 200, 2)])
  assert.equal(runningEpoch(keyring, 'allergies', 200), undefined)
  assert.deepEqual(depositKey(keyring, 'allergies', 200), { epoch: 0, key: keyring.inbox })
  assert.equal(runningEpoch(keyring, 'social', 150), undefined)
  const { inbox: _, ...intake } = keyring
  assert.throws(() => depositKey(intake, 'social', 150), code('epoch-refused'))
})

test('D5 property: what runs belongs to the newest announcement, has not ended, and has begun unless none has', () => {
  const span = fc.record({ gap: fc.nat(50), entry: fc.integer({ min: 1, max: 4 }), open: fc.boolean() })
  const key = newKey()
  fc.assert(
    fc.property(fc.array(span, { maxLength: 12 }), fc.nat(700), (spans, now) => {
      let from = 0
      const epochs = spans
        .sort((a, b) => a.entry - b.entry)
        .map(({ gap, entry, open }, i): Announced => {
          from += gap
          const until = open ? {} : { until: from + 40 }
          return { compartment: 'allergies', epoch: i + 1, key, from, entry, ...until }
        })
      const found = runningEpoch({ ...started(), epochs }, 'allergies', now) as Announced | undefined
      const newest = Math.max(0, ...epochs.map((each) => each.entry))
      const last = epochs.filter((each) => each.entry === newest)
      const begun = last.filter((each) => each.from <= now).at(-1) ?? last[0]
      if (!found) return assert.ok(!begun || (begun.until ?? now + 1) <= now)
      assert.equal(found.entry, newest)
      assert.ok(found.until === undefined || found.until > now)
      if (found.from > now) assert.ok(last.every((each) => each.from > now))
      else assert.ok(last.every((each) => each.from > now || each.epoch <= found.epoch))
    }),
  )
})

const hexKey = (hex: string) => base64url(fromHex(hex))
const zero = '00'.repeat(32)
const weakSigning = [
  hexKey(zero),
  hexKey(`01${'00'.repeat(31)}`),
  hexKey('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'),
  hexKey('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85'),
  hexKey(`ec${'ff'.repeat(30)}7f`),
]
const lowOrder = [
  hexKey(zero),
  hexKey(`01${'00'.repeat(31)}`),
  hexKey('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'),
  hexKey('5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157'),
  hexKey(`ec${'ff'.repeat(30)}7f`),
  hexKey(`ed${'ff'.repeat(30)}7f`),
]

test('D2 weak keys never enter a keyring: small-order device keys, low-order epoch and inbox keys, short moduli', () => {
  const founding = { kind: 'professional' as const, org, nonce: nonce(), person, name: 'Dr Sample' }
  assert.equal(startKeyring('pro', { ...founding, device }).devices[0], device)
  for (const weak of weakSigning) {
    assert.throws(() => startKeyring('pro', { ...founding, device: weak }), code('key-refused'))
    assert.throws(() => claimed({ device: weak }), code('key-refused'))
  }
  for (const weak of lowOrder) {
    assert.throws(() => started([{ ...epochOf('allergies', 1, NOW), key: weak }]), code('key-refused'))
    assert.throws(() => claimed({ inbox: weak }), code('key-refused'))
    assert.throws(() => opening(claimed(), [{ ...epochOf('allergies', 3, NOW), key: weak }]), code('key-refused'))
  }
  assert.ok(person.kty === 'RSA')
  const even = `${person.n.slice(0, -1)}A`
  assert.throws(() => startKeyring('pro', { ...founding, device, person: { ...person, n: even } }), code('key-refused'))
  assert.throws(() => changing(team([ann]), [ann], { ...person, n: 'A'.repeat(512) }), code('key-refused'))
})

test('fingerprints are three groups of four letters that differ with the key', () => {
  assert.match(fingerprint(device), /^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/)
  assert.notEqual(fingerprint(device), fingerprint(newKey()))
})

test('a first entry may hold an epoch for every compartment there is', () => {
  const all = compartments.map((each: Compartment) => epochOf(each, 1, NOW))
  assert.equal(started(all).epochs.length, compartments.length)
})
