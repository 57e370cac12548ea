/** A patient names who keeps a copy of the record. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAppError } from '@salus/base/errors'
import { newRecoveryCode } from '@salus/crypto/keychain'
import { circleOf } from '@salus/directory/circle'
import { setCircle } from '@salus/directory/device/circle'
import { changeWays } from '@salus/directory/device/keychain'
import { admitDevice, beginJoin, readInvite } from '@salus/directory/device/restore'
import { deviceThumbprint } from '@salus/directory/keyring'
import { createSigners } from '@salus/directory/slice'
import { startNode } from '@salus/node-app/testing'
import { erase, sync } from '@salus/records/device/patient'
import { renew } from '@salus/records/device/renew'
import { linkTo, newPatient, newPro, world } from './people.ts'

const refusedWith = (code: string) => (error: unknown) => isAppError(error) && error.code === code

test('D38 the patient alone names the care circle, of organisations that are known, the whole list at once', async () => {
  const at = await startNode()
  const w = world(at)
  const patient = await newPatient(w)
  const { handle } = patient.keys
  const circle = () => at.node.views.tx((v) => circleOf(v, handle))
  await setCircle(patient.link, patient.keys, ['cabinet-lilas', 'saint-roch'] as never)
  assert.deepEqual(await circle(), ['cabinet-lilas', 'saint-roch'])
  await setCircle(patient.link, patient.keys, ['cabinet-lilas'] as never)
  assert.deepEqual(await circle(), ['cabinet-lilas'])
  for (const wrong of [['cabinet-lilas', 'cabinet-lilas'], ['nobody-knows']])
    await assert.rejects(setCircle(patient.link, patient.keys, wrong as never), refusedWith('organisation-unknown'))
  const other = await newPatient(w)
  const forged = { ...other.keys, handle }
  await assert.rejects(setCircle(other.link, forged, []), refusedWith('signer-unknown'))
  await sync(patient)
  assert.equal(patient.book.log.at(-1)?.type, 'CareCircleSet')
  await erase(patient)
  assert.deepEqual(await circle(), [])
  await at.node.close()
})

test('D37 a key that spoke for its person once is found for what was taken then, and signs nothing now', async () => {
  const at = await startNode()
  const w = world(at)
  const patient = await newPatient(w)
  const before = patient.keys.device.publicKey
  const kid = deviceThumbprint(before)
  await changeWays(
    patient.link,
    patient.keys,
    { add: [{ way: 'code', code: newRecoveryCode(w.random) }], keep: () => true },
    patient.save,
  )
  const lost = await linkTo(w)
  const { invite } = await beginJoin(lost)
  await admitDevice(patient.link, patient.keys, readInvite(invite))
  const signers = createSigners({ key: () => undefined })
  const ask = (which: 'find' | 'earlier', name: string) =>
    at.node.views.tx(async (v) => (await signers[which]?.(v, patient.keys.handle, name as never, 0))?.publicKey)
  assert.equal(await ask('find', kid), before)
  assert.equal(await ask('earlier', kid), undefined, 'it speaks now')
  await renew(patient, [{ way: 'code', code: newRecoveryCode(w.random) }])
  const gone = await at.node.views.tx((v) =>
    v.get<{ state: string }>('SELECT state FROM keyring WHERE handle = ?', patient.keys.handle),
  )
  const { past } = JSON.parse(gone?.state ?? '{}') as { past: string[] }
  assert.ok(past.length > 0)
  for (const one of past) {
    assert.equal(await ask('find', deviceThumbprint(one)), undefined)
    assert.equal(await ask('earlier', deviceThumbprint(one)), one)
  }
  assert.equal(await ask('earlier', deviceThumbprint((await newPro(w)).keys.device.publicKey)), undefined)
  await at.node.close()
})
