/** As a professional types it: asked and read at another hospital, and at a copy while that one is away. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setCircle } from '@salus/directory/device/circle'
import { issueCredential } from '@salus/directory/device/desk'
import { openPort, type TestHospital } from '@salus/node-app/testing'
import { approve, sync } from '@salus/records/device/patient'
import { createCommands } from './commands.ts'
import { onPorts, quiet } from './hospitals.ts'
import { deskAuthor, deskOf, newPatient, world, write } from './people.ts'

const names = ['saint-roch', 'cabinet-lilas', 'hopital-nord']
const french = { LANG: 'fr_FR.UTF-8' }

async function open() {
  const { all, ports: opened } = await onPorts(names)
  const [a, b, c] = all as [TestHospital, TestHospital, TestHospital]
  const [atA, ...ports] = opened as [() => Promise<void>, ...(() => Promise<void>)[]]
  const close = async () => {
    for (const one of ports) await one()
    for (const one of all) await one.node.close()
  }
  return { a, b, c, atA, close }
}

test('N37 the terminal leads to the copy while the home is away, and says so; a request waits for the home', async () => {
  const { a, b, c, atA, close } = await open()
  const { run, root } = await createCommands('copies')
  const own = ['--device', join(root, 'dr-loin')]
  const made = await run([
    ...['pro', 'init', '--org', 'cabinet-lilas', '--name', 'Dr Loin (sample)', '--role', 'physician'],
    ...['--node', b.url, '--json', ...own],
  ])
  const { desk, link } = await deskOf(world(b), 'cabinet-lilas')
  const person = { handle: made.json.handle, profession: 'physician', name: 'Dr Loin (sample)' }
  await issueCredential(link, desk, { ...person, until: Math.floor(Date.now() / 1000) + 86_400 } as never)
  for (const one of [a, c]) await quiet(one)
  const patient = await newPatient(world(a))
  const { handle } = patient.keys
  await write(await deskAuthor(world(a)), handle, 'allergies', { resourceType: 'AllergyIntolerance', note: [] })
  const ask = ['pro', 'request', '--patient', handle, '--categories', 'allergies', ...own]
  const asked = await run([...ask, '--json'])
  const id = String(asked.json.request)
  await sync(patient)
  await approve(patient, id, {})
  const home = await run(['pro', 'read', id, '--json', ...own])
  assert.deepEqual([home.json.records, home.json.copy], [1, undefined], home.err)
  // Nobody keeps a copy yet.
  await atA()
  const nowhere = await run(['pro', 'read', id, '--json', ...own])
  assert.deepEqual([nowhere.code, nowhere.json.code], [1, 'home-away'])
  assert.match((await run(['pro', 'inbox', ...own])).out, /saint-roch\.example does not answer; .* some is missing/)
  const back = await openPort(a)
  await setCircle(patient.link, patient.keys, ['hopital-nord'] as never)
  await quiet(c)
  await back()
  const copied = await run(['pro', 'read', id, ...own])
  assert.match(
    copied.out,
    /does not answer\. This is the copy at journal\.hopital-nord\.example; it may lack the newest/,
  )
  const fr = await run(['pro', 'read', id, '--ips', ...own], '', french)
  assert.match(
    fr.out,
    /ne répond pas\. Voici la copie de journal\.hopital-nord\.example ; le plus récent peut y manquer/,
  )
  assert.equal((await run(['pro', 'read', id, '--json', ...own])).json.records, 1)
  const inbox = await run(['pro', 'inbox', ...own])
  assert.match(inbox.out, new RegExp(`shown from copies\\.\\n${id} {2}given`))
  const more = await run([...ask, '--json'])
  assert.deepEqual([more.code, more.json.code], [1, 'home-away'])
  assert.match((await run(ask, '', french)).err, /là où une copie répond/)
  const again = await openPort(a)
  assert.equal((await a.node.replica.pull()).adopted, 3)
  await sync(patient)
  assert.equal(patient.book.log.filter(({ type }) => type === 'RecordRead').length, 4)
  await again()
  await close()
})
