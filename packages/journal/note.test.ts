import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64, base64url, concat, fromBase64, hex, utf8 } from '@salus/base/bytes'
import { verifyEd25519 } from '@salus/crypto/jws'
import { generateDeviceKey } from '@salus/crypto/keys'
import fc from 'fast-check'
import {
  formatCheckpoint,
  formatVkey,
  type NoteKey,
  noteKey,
  openNote,
  parseCheckpoint,
  parseNote,
  parseVkey,
  signNote,
} from './note.ts'
import { verifyCheckpoint } from './verify.ts'

const invalid = { name: 'AppError', code: 'note-invalid', facts: {} }
const verify = (key: Uint8Array, message: Uint8Array, signature: Uint8Array) =>
  verifyEd25519(base64url(key), message, signature)

// The known answer of facts/journal.md §2, made by another implementation.
const VKEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
const TEXT = 'This is an example message.\n'
const LINE =
  '— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n'
const NOTE = `${TEXT}\n${LINE}`

type Keys = { key: NoteKey; sign: (message: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>> }
async function signer(name: string): Promise<Keys> {
  const { publicKey, privateKey } = await generateDeviceKey()
  const key = noteKey(name, fromBase64(base64(Buffer.from(publicKey, 'base64url'))))
  return { key, sign: async (m) => new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, m)) }
}
const line = async ({ key, sign }: Keys, text: string) =>
  `— ${key.name} ${base64(concat(key.id, await sign(utf8(text))))}\n`

test('J1 the signed note known answer verifies, and no other text does', async () => {
  const key = parseVkey(VKEY)
  assert.deepEqual(await openNote(NOTE, [key], verify), { text: TEXT, signers: ['example.com/foo'] })
  await assert.rejects(openNote(NOTE.replace('message', 'massage'), [key], verify), invalid)
})

test('J1 a vkey states name, id and key; its id is recomputed', () => {
  const key = parseVkey(VKEY)
  assert.equal(hex(key.id), '530d903a')
  assert.equal(formatVkey(key), VKEY)
  const wrong = [
    VKEY.replace('530d903a', '530d903b'),
    VKEY.replace('example.com/foo', 'example.com/fool'),
    VKEY.replace('530d903a', '530D903A'),
    VKEY.replace('+Aeky', '+Beky'),
    VKEY.replace('+530d903a', ''),
    VKEY.slice(0, -1),
    `${VKEY}\n`,
    `a b${VKEY}`,
    '',
  ]
  for (const one of wrong) assert.throws(() => parseVkey(one), invalid, one)
})

test('J1 property: every key comes back from its vkey', () => {
  const names = fc.stringMatching(/^[a-z0-9./-]{1,60}$/)
  fc.assert(
    fc.property(names, fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.constantFrom(1, 4), (name, raw, type) => {
      const key = noteKey(name, raw, type)
      assert.deepEqual(parseVkey(formatVkey(key)), key)
    }),
  )
})

test('J1 a name has no space and no plus, a key 32 bytes', () => {
  const raw = new Uint8Array(32)
  for (const name of ['', 'a b', 'a+b', 'a\u00a0b', 'a\u0085b', 'a\u0001', '\ud800', 'a'.repeat(101)]) {
    assert.throws(() => noteKey(name, raw), invalid, JSON.stringify(name))
  }
  assert.throws(() => noteKey('a', new Uint8Array(31)), invalid)
})

test('J1 unknown signatures are ignored, a known one that fails spoils the note, none known is none', async () => {
  const [one, two, other] = [await signer('one.example'), await signer('two.example'), await signer('one.example')]
  const text = 'a text\n'
  const by = { one: await line(one, text), two: await line(two, text), other: await line(other, text) }
  const keys = [one.key, two.key]
  assert.deepEqual((await openNote(`${text}\n${by.other}${by.one}`, keys, verify)).signers, ['one.example'])
  assert.deepEqual((await openNote(`${text}\n${by.two}${by.one}`, keys, verify)).signers, [
    'two.example',
    'one.example',
  ])
  await assert.rejects(openNote(`${text}\n${by.other}`, keys, verify), invalid)
  const bad = await line(two, 'another text\n')
  await assert.rejects(openNote(`${text}\n${by.one}${bad}`, keys, verify), invalid)
  assert.deepEqual((await openNote(`${text}\n${by.one}${bad}`, [one.key], verify)).signers, ['one.example'])
})

test('J1 each of two known keys of one name must verify', async () => {
  const [old, now] = [await signer('log.example'), await signer('log.example')]
  const text = 'a text\n'
  const note = `${text}\n${await line(old, text)}${await line(now, 'not this text\n')}`
  await assert.rejects(openNote(note, [old.key, now.key], verify), invalid)
  assert.deepEqual((await openNote(note, [old.key], verify)).signers, ['log.example'])
})

test('J1 a known key of a type that is not for notes verifies nothing', async () => {
  const one = await signer('one.example')
  const cosigner = { ...one, key: noteKey('one.example', one.key.publicKey, 4) }
  await assert.rejects(openNote(`a\n\n${await line(cosigner, 'a\n')}`, [cosigner.key], verify), invalid)
})

test('J1 the text ends at the last empty line and may hold others', async () => {
  const one = await signer('one.example')
  const text = 'first\n\n\nsecond\n'
  const note = await signNote(text, one.key, one.sign)
  assert.deepEqual(await openNote(note, [one.key], verify), { text, signers: ['one.example'] })
})

test('J1 a note in any other form is refused', async () => {
  const one = await signer('one.example')
  for (const text of ['no newline', 'tab\there\n', 'return\r\n', '\ud800\n']) {
    await assert.rejects(signNote(text, one.key, one.sign), invalid, JSON.stringify(text))
  }
  const wrong = {
    'no empty line': NOTE.replace('\n\n', '\n'),
    'no last newline': NOTE.slice(0, -1),
    'no signature': `${TEXT}\n`,
    'a hyphen for the dash': NOTE.replace('—', '-'),
    'two spaces': NOTE.replace('foo ', 'foo  '),
    'base64 without its padding': NOTE.replace('aQM=', 'aQM'),
    'base64 of other last bits': NOTE.replace('aQM=', 'aQN='),
    'a line after the signatures': `${NOTE}more\n`,
    'a name with a plus': NOTE.replace('— example', '— exa+mple'),
    'a control letter in a name': NOTE.replace('— example', '— exa\u0001mple'),
    'an id alone': `${TEXT}\n— example.com/foo Uw2QOg==\n`,
    '65 signatures': `${TEXT}\n${LINE.repeat(65)}`,
  }
  for (const [name, note] of Object.entries(wrong)) assert.throws(() => parseNote(note), invalid, name)
  assert.equal(parseNote(`${TEXT}\n${LINE.repeat(64)}`).signatures.length, 64)
})

test('J2 property: a checkpoint comes back from its text', () => {
  const sizes = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
  fc.assert(
    fc.property(sizes, fc.uint8Array({ minLength: 32, maxLength: 32 }), (size, root) => {
      const checkpoint = { origin: 'log.example', size, root: Uint8Array.from(root) }
      assert.deepEqual(parseCheckpoint(formatCheckpoint(checkpoint)), checkpoint)
    }),
  )
})

test('J2 a checkpoint has one text', () => {
  const text = formatCheckpoint({ origin: 'log.example', size: 12, root: new Uint8Array(32) })
  const wrong = [
    text.replace('\n12\n', '\n012\n'),
    text.replace('\n12\n', '\n-12\n'),
    text.replace('\n12\n', '\n12 \n'),
    text.replace('\n12\n', '\n9007199254740992\n'),
    text.replace('A=\n', 'B=\n'),
    text.replace('=\n', '\n'),
    text.replace('log.example', ''),
    `${text}extension\n`,
    text.slice(0, -1),
  ]
  for (const one of wrong) assert.throws(() => parseCheckpoint(one), invalid, one)
})

test('J2 a checkpoint counts only when signed in the name of its origin', async () => {
  const [log, other] = [await signer('log.example'), await signer('other.example')]
  const text = formatCheckpoint({ origin: 'log.example', size: 0, root: new Uint8Array(32) })
  const keys = [log.key, other.key]
  assert.equal((await verifyCheckpoint(await signNote(text, log.key, log.sign), keys)).size, 0)
  await assert.rejects(verifyCheckpoint(await signNote(text, other.key, other.sign), keys), invalid)
})
