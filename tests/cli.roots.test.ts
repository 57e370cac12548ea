/** `salus roots update` as it is typed: what a device trusts gives way to its valid successor, and to nothing else. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, test } from 'node:test'
import { fromBase64url } from '@salus/base/bytes'
import { checkWith } from '@salus/base/schema'
import { makeDevice, openDevice } from '@salus/cli/device'
import { digest } from '@salus/crypto/hash'
import { generateDeviceKey } from '@salus/crypto/keys'
import { type Consortium, type Roots, roots, signRoots } from '@salus/directory/consortium'
import { formatVkey, noteKey } from '@salus/journal/note'
import { createCommands } from './commands.ts'

const c = await createCommands('roots')
const french = { LANG: 'fr_FR.UTF-8' }
type Holder = Awaited<ReturnType<typeof generateDeviceKey>>
const [roch, lilas, sud, nord] = (await Promise.all([1, 2, 3, 4].map(() => generateDeviceKey()))) as Four
type Four = [Holder, Holder, Holder, Holder]

const card = (org: string, { publicKey: key }: Holder): Roots['organisations'][number] => ({
  ...{ org: org as never, name: `${org} (sample)`, kind: 'hospital', country: 'FR', key },
})
const ORIGIN = 'journal.sample.example'
const first: Roots = checkWith(roots, {
  ...{ version: 1, chain: 'sample-chain', genesis: digest('genesis') as never, policy: 'quorum none\n' },
  organisations: [card('saint-roch', roch), card('cabinet-lilas', lilas), card('clinique-sud', sud)],
  journals: [
    {
      ...{ origin: ORIGIN, operator: 'saint-roch' as never },
      vkey: formatVkey(noteKey(ORIGIN, fromBase64url(roch.publicKey))),
    },
  ],
})
const sign = (document: Roots, by: readonly Holder[]) =>
  Promise.all(by.map((one) => signRoots(document, one.privateKey, one.publicKey)))
/** A file of the consortium in the test's folder, as organisations hand it round. */
async function put(name: string, document: Roots, by: readonly Holder[], previous: readonly Holder[] = []) {
  const file: Consortium = { roots: document, signatures: await sign(document, by) }
  if (previous.length > 0) file.previous = await sign(document, previous)
  writeFileSync(join(c.root, name), `${JSON.stringify(file, null, 2)}\n`)
  return file
}
const next = (before: Roots, change: Partial<Roots>): Roots => ({ ...before, version: before.version + 1, ...change })
const second = next(first, { organisations: [...first.organisations.slice(0, 2), card('clinique-nord', nord)] })
const third = next(second, { organisations: [card('clinique-nord', nord)] })

const one = await put('1.json', first, [roch, lilas, sud])
await put('2.json', second, [roch, lilas, nord])
await put('3.json', third, [nord], [lilas])

const dir = join(c.root, 'device')
const pinned = join(dir, 'consortium.json')
const at = ['--device', dir]
const says = () => readFileSync(pinned, 'utf8')
const reach = { base: 'http://127.0.0.1:9', fetch: async () => assert.fail('no node is asked') }
await makeDevice(dir, 'patient', reach, one)
const begun = says()
beforeEach(() => writeFileSync(pinned, begun))

/** Refused with this code, and what is trusted stays as it was, letter by letter. */
async function refused(words: readonly string[], code: string, exit = 1) {
  const ran = await c.run(['roots', 'update', ...words, ...at, '--json'])
  assert.deepEqual([ran.code, ran.json.code], [exit, code], words.join(' '))
  assert.equal(says(), begun, words.join(' '))
}

test('D39 a device follows the consortium’s file, one version or several at once, and says who came and who left', async () => {
  const told = await c.done(['roots', 'update', '2.json', ...at])
  const { ok: _, ...facts } = told
  assert.deepEqual(facts, {
    ...{ chain: 'sample-chain', from: 1, version: 2, joined: ['clinique-nord'], left: ['clinique-sud'], rekeyed: [] },
  })
  assert.deepEqual((await openDevice(dir, 'patient')).roots, second)
  writeFileSync(pinned, begun)
  const ran = await c.run(['roots', 'update', '2.json', '3.json', ...at], '', french)
  assert.equal(ran.code, 0, ran.err)
  assert.match(ran.out, /✓ racines : sample-chain, version 1 → 3/)
  assert.match(ran.out, /rejoint : clinique-nord {2}clinique-nord \(sample\) {2}\S+/)
  assert.match(ran.out, /parti : saint-roch/)
  assert.deepEqual((await openDevice(dir, 'patient')).roots, third)
})

test('D39 a rollback, a version left out, a minority and another chain are refused, and nothing changes', async () => {
  await refused(['1.json'], 'roots-older')
  await refused(['3.json'], 'roots-skipped')
  await refused(['3.json', '2.json'], 'roots-skipped')
  await refused(['2.json', '3.json', '2.json'], 'roots-older')
  await put('few.json', next(first, { organisations: [card('saint-roch', roch)] }), [roch])
  await refused(['few.json'], 'roots-minority')
  await put('thief.json', next(first, { organisations: [card('saint-roch', nord)] }), [nord])
  await refused(['thief.json'], 'roots-minority')
  await put('other.json', next(first, { chain: 'other-chain' }), [roch, lilas, sud])
  await refused(['other.json'], 'roots-chain')
  await put('begun.json', next(first, { genesis: digest('another') as never }), [roch, lilas, sud])
  await refused(['begun.json'], 'roots-chain')
  await put('half.json', second, [roch, nord])
  await refused(['half.json'], 'roots-wrong', 2)
  writeFileSync(join(c.root, 'none.json'), '{"x":1}')
  await refused(['none.json'], 'roots-wrong', 2)
  await refused(['2.json', 'nowhere.json'], 'file-missing', 2)
  const words = await c.run(['roots', 'update', '3.json', ...at], '', french)
  assert.match(words.err, /Il manque une version du fichier du consortium entre les deux\./)
})

test('D39 after an update the version before does not come back', async () => {
  await c.done(['roots', 'update', '2.json', ...at])
  const back = await c.run(['roots', 'update', '1.json', ...at, '--json'])
  assert.deepEqual([back.code, back.json.code], [1, 'roots-older'])
  const again = await c.run(['roots', 'update', '2.json', ...at, '--json'])
  assert.deepEqual([again.code, again.json.code], [1, 'roots-older'])
  assert.deepEqual((await openDevice(dir, 'patient')).roots, second)
})

test('D39 a copy that something else trusts is renewed too; a node’s own file is not, and one place is named', async () => {
  const copy = join(c.root, 'copy.json')
  writeFileSync(copy, begun)
  assert.equal((await c.done(['roots', 'update', '2.json', '--roots', copy])).version, 2)
  assert.deepEqual(JSON.parse(readFileSync(copy, 'utf8')).roots, JSON.parse(JSON.stringify(second)))
  const data = join(c.root, 'a-node')
  mkdirSync(data)
  for (const name of ['consortium.json', 'node.json']) writeFileSync(join(data, name), begun)
  const own = await c.run(['roots', 'update', '2.json', '--roots', join(data, 'consortium.json')])
  assert.deepEqual([own.code, /a node’s own file/.test(own.err)], [2, true])
  assert.equal(readFileSync(join(data, 'consortium.json'), 'utf8'), begun)
  for (const words of [[], [...at, '--roots', copy]]) {
    const ran = await c.run(['roots', 'update', '2.json', ...words, '--json'])
    assert.deepEqual([ran.code, ran.json.code], [2, 'misuse'])
  }
  const missing = await c.run(['roots', 'update', '2.json', '--device', join(c.root, 'nobody'), '--json'])
  assert.deepEqual([missing.code, missing.json.code, existsSync(join(c.root, 'nobody'))], [2, 'device-missing', false])
  const nowhere = await c.run(['roots', 'update', '2.json', '--roots', join(c.root, 'nobody.json'), '--json'])
  assert.deepEqual([nowhere.code, nowhere.json.code], [2, 'roots-missing'])
  assert.match(
    (await c.run(['roots', 'update', '--help'])).out,
    /salus roots update \[FILE…\] \[--device DIR\] \[--roots FILE\] \[--node\]/,
  )
})
