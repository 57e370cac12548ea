import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex, hex, utf8 } from '@salus/base/bytes'
import { needsShared } from '@salus/base/testing'
import { importRsaKey } from './keys.ts'
import { oaepOpen, oaepSeal } from './oaep.ts'
import { personKeys, readVectors } from './testing.ts'

type Case = { tcId: number; msg: string; ct: string; label: string; result: string }
type File = { testGroups: { privateKeyPkcs8: string; tests: Case[] }[] }

for (const [bits, cases] of [
  [2048, 37],
  [3072, 37],
  [4096, 37],
] as const) {
  test(`Wycheproof RSA-OAEP-${bits}: ${cases} cases`, needsShared('vectors/wycheproof'), async () => {
    const file = readVectors<File>(`wycheproof/rsa_oaep_${bits}_sha256_mgf1sha256_test.json`)
    let ran = 0
    for (const { privateKeyPkcs8, tests } of file.testGroups) {
      const pkcs8 = fromHex(privateKeyPkcs8)
      const usage = { name: 'RSA-OAEP', hash: 'SHA-256' }
      const ours = bits === 3072
      if (!ours) await assert.rejects(importRsaKey(pkcs8), { code: 'key-invalid' })
      const key = ours
        ? await importRsaKey(pkcs8)
        : await crypto.subtle.importKey('pkcs8', pkcs8, usage, false, ['decrypt'])
      for (const { tcId, msg, ct, label, result } of tests) {
        // RFC 7518 §4.3 has no label: the valid cases with one must not open.
        if (result === 'valid' && label === '') assert.equal(hex(await oaepOpen(key, fromHex(ct))), msg, `tcId ${tcId}`)
        else await assert.rejects(oaepOpen(key, fromHex(ct)), `tcId ${tcId}`)
        ran++
      }
    }
    assert.equal(ran, cases)
  })
}

test('default: what is sealed to a person key opens with its private half and no other', async () => {
  const [own, other] = await personKeys(2)
  const sealed = await oaepSeal(own!.publicKey, utf8('32 bytes'))
  assert.equal(sealed.length, 384)
  assert.deepEqual(await oaepOpen(await importRsaKey(own!.pkcs8), sealed), utf8('32 bytes'))
  await assert.rejects(oaepOpen(await importRsaKey(other!.pkcs8), sealed))
})
