import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
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

const handle = (letter: string) => letter.repeat(26)
const head = (letter: string) => `${letter.repeat(42)}A`

test('K5 how far chains were seen is there again after a restart, however many were kept at once', async () => {
  const file = join(dir, 'seen.json')
  const memory = await fileMemory(file)
  assert.equal(await memory.seen(handle('A')), undefined)
  await Promise.all(['A', 'B', 'C'].map((one, number) => memory.keep(handle(one), { number, entry: head(one) })))
  await memory.keep(handle('B'), { number: 9, entry: head('x') })
  const again = await fileMemory(file)
  assert.deepEqual(await again.seen(handle('A')), { number: 0, entry: head('A') })
  assert.deepEqual(await again.seen(handle('B')), { number: 9, entry: head('x') })
  assert.equal(statSync(file).mode & 0o777, 0o600)
})

test('K5 a memory that is not what was written is refused when it is opened, and when it is asked', async () => {
  const file = join(dir, 'spoilt.json')
  const memory = await fileMemory(file)
  await memory.keep(handle('A'), { number: 3, entry: head('A') })
  const whole = readFileSync(file, 'utf8')
  for (const spoilt of [
    whole.slice(0, -5),
    '',
    '[]',
    whole.replace('3', '-3'),
    whole.replace('"number"', '"nunber"'),
    whole.replace(handle('A'), 'A'),
    whole.replace('}}', ',"more":1}}'),
    `{"${handle('A')}":{"number":3}}`,
  ]) {
    writeFileSync(file, spoilt)
    await assert.rejects(fileMemory(file), { code: 'keeper-memory-damaged' }, spoilt)
    await assert.rejects(memory.seen(handle('A')), { code: 'keeper-memory-damaged' })
    await assert.rejects(memory.keep(handle('B'), { number: 1, entry: head('B') }), { code: 'keeper-memory-damaged' })
    assert.equal(readFileSync(file, 'utf8'), spoilt, 'it is not written over')
  }
})

test('K8 a key file that is not what was written is named', async () => {
  const file = join(dir, 'spoilt.keys')
  await writeKeyFile(file, keys)
  const whole = JSON.parse(readFileSync(file, 'utf8'))
  const { name: _, ...nameless } = whole
  const cut = { ...whole, device: { ...whole.device, privateKey: whole.device.privateKey.slice(0, -4) } }
  const open = { ...whole, person: { ...whole.person, privateKey: 'A'.repeat(1_000) } }
  const other = { ...whole, device: { ...whole.device, publicKey: (await generateDeviceKey()).publicKey } }
  for (const spoilt of ['', '{', JSON.stringify(nameless), JSON.stringify({ ...whole, more: 1 }), cut, open, other]) {
    writeFileSync(file, typeof spoilt === 'string' ? spoilt : JSON.stringify(spoilt))
    await assert.rejects(fileKeys(file), { code: 'keeper-keys-damaged' })
  }
})
