import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { base64url, text, utf8 } from '@salus/base/bytes'
import { verifyEd25519 } from '@salus/crypto/jws'
import { exportDeviceKey, generateDeviceKey, personThumbprint } from '@salus/crypto/keys'
import { openUnwrapping, sealToPerson } from '@salus/crypto/packet'
import { personKeys } from '@salus/crypto/testing'
import { fileKeys, fileMemory, writeKeyFile } from './file.ts'
import { signerOf } from './keys.ts'

const dir = mkdtempSync(join(tmpdir(), 'salus-keeper-file-'))
const path = join(dir, 'keys.json')
const [pair] = await personKeys(1)
assert.ok(pair)
const made = await generateDeviceKey(true)
const keys = {
  ...{ handle: 'A'.repeat(26) as never, org: 'saint-roch' as never, name: 'Keeper (sample)' },
  device: { publicKey: made.publicKey, privateKey: base64url(await exportDeviceKey(made.privateKey)) },
  person: { publicKey: pair.publicKey, privateKey: base64url(pair.pkcs8) },
}

test('K8 keys in a file are their owner’s alone; a file that others may read, or none, is refused', async () => {
  await assert.rejects(fileKeys(path), { code: 'keeper-keys-missing' })
  await writeKeyFile(path, keys)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  for (const mode of [0o640, 0o604, 0o660]) {
    chmodSync(path, mode)
    await assert.rejects(fileKeys(path), { code: 'keeper-keys-open' })
  }
  chmodSync(path, 0o600)
  assert.equal((await fileKeys(path)).handle, keys.handle)
})

test('K8 the port unwraps what was sealed to its key and signs; no key can be read from it', async () => {
  await writeKeyFile(path, keys)
  const port = await fileKeys(path)
  const bind = { kind: 'emergency', escrow: 'e' } as const
  const packet = await sealToPerson(pair.publicKey, bind, utf8('sample'))
  assert.equal(text(await openUnwrapping(port.unwrap, packet, bind, port.person)), 'sample')
  assert.equal(port.person, personThumbprint(pair.publicKey))
  const wrong = openUnwrapping(port.unwrap, packet, { ...bind, escrow: 'f' }, port.person)
  await assert.rejects(wrong, { code: 'cannot-open' })
  await assert.rejects(openUnwrapping(port.unwrap, packet, bind, 'other' as never), { code: 'cannot-open' })
  const { privateKey, kid } = signerOf(port)
  assert.ok(typeof privateKey === 'function' && kid === port.device)
  const signature = await privateKey(utf8('message'))
  assert.ok(await verifyEd25519(made.publicKey, utf8('message'), signature))
  assert.ok(!JSON.stringify(port).includes(keys.device.privateKey))
})

test('K5 how far chains were seen is there again after a restart, however many were kept at once', async () => {
  const file = join(dir, 'seen.json')
  const memory = fileMemory(file)
  assert.equal(await memory.seen('p1'), undefined)
  await Promise.all(['p1', 'p2', 'p3'].map((one, number) => memory.keep(one, { number, entry: one })))
  await memory.keep('p2', { number: 9, entry: 'later' })
  const again = fileMemory(file)
  assert.deepEqual(await again.seen('p1'), { number: 0, entry: 'p1' })
  assert.deepEqual(await again.seen('p2'), { number: 9, entry: 'later' })
  assert.equal(statSync(file).mode & 0o777, 0o600)
})
