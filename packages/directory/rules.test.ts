import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAppError } from '@salus/base/errors'
import { digest } from '@salus/crypto/hash'
import type { Credential, Keyring } from './contract.ts'
import { claimable, credentialInForce, ownOrganisation } from './rules.ts'
import { newKey } from './testing.ts'

const code = (wanted: string) => (error: unknown) => isAppError(error) && error.code === wanted
const head = digest('intake')
const intake: Keyring = {
  ...{
    handle: 'A'.repeat(26) as never,
    kind: 'patient',
    org: 'saint-roch' as never,
    n: 1,
    head,
    epochs: [],
    members: [],
    devices: [],
    past: [],
  },
}

test('D6 a desk acts for its own organisation only', () => {
  assert.equal(ownOrganisation(intake, 'saint-roch'), intake)
  assert.throws(() => ownOrganisation(intake, 'cabinet-lilas'), code('organisation-other'))
  assert.throws(() => ownOrganisation(intake, ''), code('organisation-other'))
  assert.throws(() => ownOrganisation(undefined, 'saint-roch'), code('keyring-unknown'))
})

test('D7 an intake keyring is claimed once, with the device and the head that were countersigned', () => {
  const approved = { device: newKey(), prev: head }
  claimable(intake, approved, approved)
  const refused = (
    state: Keyring | undefined,
    shown: typeof approved | undefined,
    body: typeof approved,
    why: string,
  ) => assert.throws(() => claimable(state, shown, body), code(why))
  refused(undefined, approved, approved, 'keyring-unknown')
  refused({ ...intake, kind: 'team' }, approved, approved, 'keyring-unknown')
  refused({ ...intake, devices: [newKey()] }, approved, approved, 'keyring-claimed')
  refused(intake, undefined, approved, 'claim-not-approved')
  refused(intake, { ...approved, device: newKey() }, approved, 'claim-not-approved')
  refused(intake, { ...approved, prev: digest('later') }, approved, 'claim-not-approved')
})

test('D8 a credential counts until its second comes or it is taken back', () => {
  const credential = { until: 100, revokedAt: null } as Credential & { revokedAt: number | null }
  assert.deepEqual(
    [99, 100, 101].map((now) => credentialInForce(credential, now)),
    [true, false, false],
  )
  assert.equal(credentialInForce({ ...credential, revokedAt: 5 }, 50), false)
  assert.equal(credentialInForce({ ...credential, revokedAt: 0 }, 50), false)
})

test('D37 as of a moment before it was taken back a credential counts', () => {
  const credential = { until: 100, revokedAt: 50 } as Credential & { revokedAt: number | null }
  assert.deepEqual(
    [49, 50, 51].map((now) => credentialInForce(credential, now)),
    [true, false, false],
  )
})
