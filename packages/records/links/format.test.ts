import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { base64url, utf8 } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { needsShared, sharedFolder } from '@salus/base/testing'
import fc from 'fast-check'
import { openLink } from '../device/openlink.ts'
import { fits, readLink, verifierOf, writeLink } from './format.ts'

const key = base64url(systemRandom(32))
const link = { url: 'https://node.example/shl/x', key }
const raw = (payload: unknown) => `shlink:/${base64url(utf8(JSON.stringify(payload)))}`

const shared = (name: string) => readFileSync(join(sharedFolder('vectors/shl') ?? '', name), 'utf8')

test(
  'R32 the specification’s sample link reads as its payload, with and without a viewer before it',
  needsShared('vectors/shl'),
  () => {
    const { shlink, shlinkBare, shlinkJsonPayload } = JSON.parse(shared('IPS_IG-bundle-01-shl-details.json'))
    for (const text of [shlink, shlinkBare, shared('IPS_IG-bundle-01-shl.txt')])
      assert.deepEqual(readLink(text), shlinkJsonPayload)
    assert.equal(writeLink(shlinkJsonPayload), shlink, 'and is written the same')
  },
)

test(
  'R32 the specification’s sample opens over the wire exactly to its bundle',
  needsShared('vectors/shl'),
  async () => {
    const asked: string[] = []
    const fetch = async (url: string, init: RequestInit) => {
      asked.push(`${init.method} ${url}`)
      return new Response(shared('IPS_IG-bundle-01-enc.txt'))
    }
    const { files, label } = await openLink(shared('IPS_IG-bundle-01-shl.txt'), { recipient: 'Dr A (sample)', fetch })
    assert.equal(new TextDecoder().decode(files[0]?.bytes), shared('IPS_IG-bundle-01.json'))
    assert.equal(label, 'Demo SHL for IPS_IG-bundle-01')
    assert.match(asked.join(), /^GET https:\/\/raw\.githubusercontent\.com\/.*\?recipient=Dr\+A\+%28sample%29$/)
  },
)

test('R32 a link is written and read back; members of later versions are let by', () => {
  const run = fc.property(fc.string({ maxLength: 60 }), fc.option(fc.nat(), { nil: undefined }), (label, exp) => {
    const full = { ...link, label, ...(exp === undefined ? {} : { exp }), flag: 'P' }
    assert.deepEqual(readLink(`https://viewer.example/a?b#${writeLink(full)}`), full)
  })
  fc.assert(run)
  assert.deepEqual(readLink(raw({ ...link, v: 1, extension: { a: 1 }, _x: 2 })), { ...link, v: 1 })
})

test('R32 what is no link, or of a version to come, or leads to an unsafe place, is refused', () => {
  const invalid = [
    '',
    'shlink:/',
    'shlink:/%%%',
    'https://a.example/',
    raw([]),
    raw({ url: link.url }),
    raw({ ...link, v: 2 }),
  ]
  invalid.push(
    raw({ ...link, key: 'short' }),
    raw({ ...link, label: 'x'.repeat(81) }),
    raw({ ...link, url: `https://a.example/${'x'.repeat(120)}` }),
  )
  for (const text of invalid) assert.throws(() => readLink(text), { code: 'link-invalid' }, text)
  for (const url of [
    'http://node.example/x',
    'ftp://node.example',
    'javascript:1',
    'https://a:b@node.example/',
    'x',
    'http://localhost.example/',
  ]) {
    assert.throws(() => readLink(raw({ ...link, url })), { code: 'link-address' }, url)
    assert.throws(() => writeLink({ ...link, url }), { code: 'link-address' }, url)
  }
  for (const url of ['http://127.0.0.1:8080/shl/x', 'http://localhost/x', 'http://[::1]:1/x']) {
    assert.equal(readLink(writeLink({ ...link, url })).url, url)
  }
})

test('R34 a passcode fits its verifier only, however it is typed; too short ones are none', async () => {
  const verifier = await verifierOf('é-1234', systemRandom)
  assert.equal(await fits(verifier, ' e\u0301-1234 '), true)
  assert.equal(await fits(verifier, 'é-1235'), false)
  assert.notEqual((await verifierOf('é-1234', systemRandom)).hash, verifier.hash, 'salted')
  for (const short of ['', '123', '  12  ', 'x'.repeat(65)]) {
    await assert.rejects(verifierOf(short, systemRandom), { code: 'passcode-short' })
  }
})

test('R34 whoever keeps the file answers after the protocol, or is not understood', async () => {
  const asking = (answer: Response, more = {}) =>
    openLink(raw(link), { recipient: 'x', fetch: async () => answer, ...more })
  await assert.rejects(asking(Response.json({ remainingAttempts: 2 }, { status: 401 })), {
    code: 'passcode-wrong',
    facts: { remainingAttempts: 2 },
  })
  await assert.rejects(asking(new Response('', { status: 404 })), { code: 'link-unknown' })
  for (const answer of [new Response('no', { status: 500 }), new Response('<html>'), Response.json({ files: [{}] })]) {
    await assert.rejects(asking(answer), { code: 'link-unreadable' })
  }
  await assert.rejects(asking(Response.json({ files: [{ location: 'http://node.example/x' }] })), {
    code: 'link-address',
  })
  const wants = openLink(raw({ ...link, flag: 'LP' }), { recipient: 'x', fetch: () => assert.fail('nothing is asked') })
  await assert.rejects(wants, { code: 'passcode-missing' })
})
