/** Bad days with keys, as a patient types them: the claim ends with a way back that was tried; then every way back. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createCommands } from './commands.ts'

const { device, data, run, done, start, stop } = await createCommands('keys')
before(() => start())
after(() => stop())

const CODE = /Recovery code[^:]*: (\S+)/
const INVITE = /Show this to the other device: (\S+)/
const patient = (verb: string, name: string, ...more: string[]) => [
  ...['patient', ...verb.split(' '), '--device', device(name)],
  ...more,
]
const demo = async () =>
  JSON.parse(await readFile(join(data, 'demo.json'), 'utf8')) as { code: string; recovery: Record<string, string> }
const record = async (name: string) => ((await done(patient('record', name))).records as unknown[]).length

test('D23 a claim is finished when one way of restoring exists and was tried', async () => {
  const { code } = await demo()
  const claiming = run(patient('claim', 'paul', '--wait', '1'), [
    { when: /^/, say: () => code },
    { when: CODE, say: () => 'WRONG' },
  ])
  for (let i = 0; i < 200 && !existsSync(join(device('paul'), 'claim.jwe')); i++)
    await new Promise((ok) => setTimeout(ok, 50))
  const shown = await run(patient('claim', 'paul', '--wait', '0'))
  const typed = /[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(shown.out)?.[0] ?? ''
  const signed = await run(['desk', 'countersign', '--device', device('desk-hopital-saint-roch')], `${typed}\n`)
  assert.equal(signed.code, 0, signed.err)
  const claimed = await claiming
  assert.equal(claimed.code, 0, claimed.err)
  const inbox = await run([...patient('inbox', 'paul'), '--json'])
  assert.deepEqual([inbox.code, inbox.json.code], [1, 'claim-unfinished'])
  const recovery = CODE.exec(claimed.out)?.[1] ?? ''
  assert.equal((await run(patient('recovery check', 'paul'), 'AAAAA\n')).code, 1)
  assert.equal((await run(patient('recovery check', 'paul'), `${recovery.toLowerCase()}\n`)).code, 0)
  assert.equal((await run(patient('inbox', 'paul'))).code, 0)
})

test('D23 a lost phone: back on an empty device by the code; the old phone is cut off, the old code finds nothing', async () => {
  const { recovery } = await demo()
  const before = await record('ines-delcourt')
  const back = await run(patient('recover', 'ines-new'), [
    { when: /^/, say: () => recovery['ines-delcourt'] ?? '' },
    { when: CODE, say: (seen) => seen[1] ?? '' },
  ])
  assert.equal(back.code, 0, back.err)
  assert.match(back.out, /it works/)
  assert.equal(await record('ines-new'), before)
  const old = await run([...patient('record', 'ines-delcourt'), '--json'])
  assert.equal(old.code, 1)
  const again = await run([...patient('recover', 'ines-third'), '--json'], `${recovery['ines-delcourt']}\n`)
  assert.deepEqual([again.code, again.json.code], [1, 'keychain-unknown'])
})

test('D27 a second device joins by the text it shows; one of them is removed again', async () => {
  const joining = run(patient('devices new', 'ines-tablet', '--wait', '1'))
  for (let i = 0; i < 200 && !existsSync(join(device('ines-tablet'), 'join.jwe')); i++)
    await new Promise((ok) => setTimeout(ok, 50))
  const shown = await run(patient('devices new', 'ines-tablet', '--wait', '0'))
  const invite = INVITE.exec(shown.out)?.[1] ?? ''
  const added = await done(patient('devices add', 'ines-new'), `${invite}\n`)
  const joined = await joining
  assert.equal(joined.code, 0, joined.err)
  assert.equal(await record('ines-tablet'), await record('ines-new'))
  const listed = (await done(patient('devices list', 'ines-new'))).devices as { fingerprint: string }[]
  assert.equal(listed.length, 2)
  await done(patient('devices remove', 'ines-new', String(added.fingerprint)))
  assert.equal((await run(patient('record', 'ines-tablet'))).code, 1)
})

test('D23 guardians, a passkey and a card are made, listed and tried; guardians bring back what was lost', async () => {
  const made = await done(patient('recovery guardians', 'ines-new', '--need', '2', '--of', '3'))
  const shares = made.shares as string[]
  const prf = '0f'.repeat(32)
  await done(patient('recovery passkey', 'ines-new'), `${prf}\n`)
  const { card } = await done(patient('recovery card', 'ines-new'), '4711\n')
  const { ways } = await done(patient('recovery list', 'ines-new'))
  assert.deepEqual((ways as { way: string }[]).map((one) => one.way).sort(), ['card', 'code', 'guardians', 'passkey'])
  const tried = async (way: string, input: string) =>
    (await run(patient('recovery check', 'ines-new', '--with', way), input)).code
  assert.equal(await tried('guardians', `${shares[2]}\n${shares[0]}\n`), 0)
  assert.equal(await tried('passkey', `${prf}\n`), 0)
  assert.equal(await tried('card', `${card}\n4711\n`), 0)
  assert.equal(await tried('card', `${card}\n4712\n`), 1)
  const back = await run(patient('recover', 'ines-back', '--with', 'guardians'), [
    { when: /^/, say: () => `${shares[0]}\n${shares[1]}` },
    { when: CODE, say: (seen) => seen[1] ?? '' },
  ])
  assert.equal(back.code, 0, back.err)
  assert.equal((await run(patient('record', 'ines-new'))).code, 1)
})

test('D24 `lost` renews everything on the device that is left', async () => {
  const renewed = await run(patient('lost', 'ines-back'), [{ when: CODE, say: (seen) => seen[1] ?? '' }])
  assert.equal(renewed.code, 0, renewed.err)
  const { ways } = await done(patient('recovery list', 'ines-back'))
  assert.deepEqual(
    (ways as { way: string }[]).map((one) => one.way),
    ['code'],
  )
  const { entries } = await done(patient('log', 'ines-back'))
  assert.ok((entries as { type: string; who: string }[]).some((one) => one.type === 'KeyringRenewed'))
  assert.equal(((await done(patient('devices list', 'ines-back'))).devices as unknown[]).length, 1)
})

test('D23 without a phone: card and PIN answer at the desk, one act at a time; no device is left behind', async () => {
  const { card } = await done(patient('recovery card', 'ines-back'), '2468\n')
  const demoPeople = JSON.parse(await readFile(join(data, 'demo.json'), 'utf8')) as {
    patients: Record<string, string>
  }
  const desk = ['--device', device('desk-hopital-saint-roch')]
  const asked = await done([
    ...['pro', 'request', '--device', device('dr-morel'), '--patient', demoPeople.patients['ines-delcourt'] ?? ''],
    ...['--categories', 'allergies,results', '--purpose', 'TREAT', '--until', '24h'],
  ])
  const shown = await done(['desk', 'consent', ...desk], `${card}\n2468\n`)
  assert.ok((shown.requests as { id: string }[]).some((one) => one.id === asked.request))
  const answer = ['desk', 'consent', ...desk, '--approve', String(asked.request), '--only', 'allergies']
  const wrong = await run([...answer, '--json'], `${card}\n2469\n`)
  assert.deepEqual([wrong.code, wrong.json.code], [1, 'keychain-unknown'])
  const given = await done(answer, `${card}\n2468\n`)
  assert.deepEqual(given.categories, ['allergies'])
  const read = await done(['pro', 'read', String(asked.request), '--device', device('dr-morel')])
  assert.ok(Number(read.records) > 0)
  assert.equal(((await done(patient('devices list', 'ines-back'))).devices as unknown[]).length, 1)
})

test('R23 a document is disputed, answered, and another withdrawn, as people type it', async () => {
  const { records } = await done(patient('record', 'ines-back'))
  const all = records as { record: string; category: string; resource: { resourceType: string } }[]
  const allergy = all.find((one) => one.category === 'allergies')
  assert.ok(allergy)
  await done(patient('dispute', 'ines-back', allergy.record, '--reason', 'wrong'))
  const desk = ['--device', device('desk-hopital-saint-roch')]
  const { disputes } = await done(['desk', 'disputes', ...desk])
  const [open] = disputes as { record: string; patient: string; reason: string }[]
  assert.deepEqual([open?.record, open?.reason], [allergy.record, 'wrong'])
  const words = ['desk', 'withdraw', allergy.record, ...desk, '--patient', open?.patient ?? '', '--reason']
  assert.equal((await run([...words, 'nonsense'])).code, 2)
  await done([...words, 'entered-in-error'])
  assert.equal((await record('ines-back')) + 1, all.length)
})
