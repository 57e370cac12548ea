/** The desk: patients and their identifiers, imports that explain themselves, teams whose keys are never lost. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { reachOf } from '@salus/cli/device'
import { type OpenDesk, openDesk } from '@salus/cli/people'
import { teamDesk } from '@salus/cli/team'
import { foundTeam, setTeam } from '@salus/directory/device/team'
import { findKeyring } from '@salus/directory/device/verify'
import { createCommands } from './commands.ts'

const salus = await createCommands('desk')
const { run, done, device, root, data } = salus
const hospital = device('desk-hopital-saint-roch')
const desk = ['--device', hospital]
const french = { LANG: 'fr_FR.UTF-8' }
const people = () =>
  JSON.parse(readFileSync(join(data, 'demo.json'), 'utf8')) as { professionals: Record<string, string> }

before(() => salus.start())
after(() => salus.stop())

const put = (name: string, content: unknown): string => {
  const path = join(root, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}
const patient = (id: string, value: string) => ({
  ...{ resourceType: 'Patient', id, name: [{ family: 'Import (sample)' }] },
  identifier: [{ system: 'urn:sample', value }],
})
const bundle = (...resources: object[]) => ({
  ...{ resourceType: 'Bundle', type: 'collection' },
  entry: resources.map((resource) => ({ resource })),
})

test('a new patient is born on a day of the calendar; what is wrong is named', async () => {
  for (const [day, code] of [
    ['1980-02-30', 2],
    ['2999-01-01', 2],
    ['1980-2-3', 2],
    ['1980-02-29', 0],
  ] as const) {
    const ran = await run(['desk', 'new-patient', ...desk, '--json'], `Née (sample)\nAda\n${day}\nfemale\n`)
    assert.equal(ran.code, code, day)
    if (code === 2) assert.match(ran.err, new RegExp(`“${day}” is no day of birth`))
  }
  const ran = await run(['desk', 'new-patient', ...desk], 'A (sample)\nB\n1980-02-03\nfemme\n', french)
  assert.match(ran.err, /« femme » n’est pas l’un de female/)
})

type Counts = {
  files: { newPatients: string[]; matched: string[]; setAside: object; fallback: object }[]
  aside: number
}

test('an import goes to the patient a clerk registered with its identifier, and to nobody else', async () => {
  const typed = 'Née (sample)\nAda\n1980-02-03\nfemale\nurn:sample|A-1, urn:other|7\n'
  const words = ['desk', 'new-patient', ...desk]
  const { handle } = await done(words, typed)
  const taken = await run([...words, '--json'], typed)
  assert.deepEqual([taken.code, taken.json.code], [1, 'identifier-known'])
  const argued = await run([...words, '--identifier', 'urn:sample|A-1', '--json'], typed)
  assert.deepEqual([argued.code, argued.json.code], [2, 'misuse'], 'not on a command line')
  const wrong = await run([...words, '--json'], typed.replace('|7', '-private-7'))
  assert.deepEqual([wrong.code, /SYSTEM\|VALUE/.test(wrong.err), wrong.err.includes('private')], [2, true, false])
  const file = put('matched.json', bundle(patient('other-id', 'A-1')))
  const first = (await done(['import', file, ...desk])) as unknown as Counts
  assert.deepEqual([first.files[0]?.matched, first.files[0]?.newPatients], [[handle], []])
  const again = (await done(['import', file, ...desk])) as unknown as Counts
  assert.deepEqual([again.files[0]?.matched, again.files[0]?.newPatients], [[], []])
  const stranger = (await done(['import', put('b.json', bundle(patient('p-2', 'A-2'))), ...desk])) as unknown as Counts
  const same = (await done(['import', put('c.json', bundle(patient('p-3', 'A-2'))), ...desk])) as unknown as Counts
  assert.equal(stranger.files[0]?.newPatients.length, 1)
  assert.equal(same.files[0]?.newPatients.length, 1, 'what a file says of itself matches nobody')
})

test('an import says what it set aside and why, who is new, and which resource is wrong where', async () => {
  const lines = [
    patient('p-9', 'A-9'),
    { resourceType: 'Group', id: 'g', type: 'person', actual: true },
    { ...{ resourceType: 'Basic', id: 'b', code: { text: 'x' } }, subject: { reference: 'Patient/p-9' } },
  ]
  const good = put('good.ndjson', lines.map((one) => JSON.stringify(one)).join('\n'))
  const said = await run(['import', good, ...desk])
  assert.match(said.out, /set aside, being about no patient, or about several: 1 Group/)
  assert.match(said.out, /filed with the documents, since no other category fits: 1 Basic/)
  assert.match(said.out, /patients: 1, of whom 1 new and 0 found by an identifier\n {2}[0-9A-Z]{26}\n/)
  assert.match((await run(['import', good, ...desk], '', french)).out, /mis de côté, car ne concernant aucun patient/)
  const json = (await done(['import', good, ...desk])) as unknown as Counts
  assert.deepEqual([json.aside, json.files[0]?.setAside], [1, { Group: 1 }])

  const secret = 'Very private words'
  const bad = { resourceType: 'Observation', id: 'w', code: { text: secret }, subject: { reference: 'Patient/p-9' } }
  const line = await run([
    'import',
    put('bad.ndjson', `${JSON.stringify(lines[0])}\n\n${JSON.stringify(bad)}`),
    ...desk,
  ])
  assert.equal(line.code, 1)
  assert.match(line.err, /Observation\/w \(line 3\): Observation\.status is missing\./)
  const two = ['import', good, put('bad.json', bundle(patient('p-9', 'A-9'), bad)), ...desk]
  const entry = await run([...two, '--json'], '', french)
  assert.match(entry.err, /Observation\/w \(fichier 2, entrée 2\) : Observation\.status manque\./)
  assert.equal(entry.json.code, 'resource-invalid')
  for (const text of [line.out, line.err, entry.out, entry.err]) assert.ok(!text.includes(secret))
})

test('intake seeds lie sealed in desk.db and open with the device’s key only', async () => {
  const db = new DatabaseSync(join(hospital, 'desk.db'), { readOnly: true })
  const seeds = db.prepare('SELECT seed FROM person WHERE seed IS NOT NULL').all() as { seed: string }[]
  db.close()
  assert.ok(seeds.length > 0)
  const { device: folder } = await openDesk(hospital, reach())
  for (const { seed } of seeds) {
    assert.match(seed, /^eyJ[\w-]+\./, 'a JWE')
    assert.equal((await folder.open(seed)).length, 32)
  }
})

test('professionals and patients are listed in words', async () => {
  assert.match(
    (await run(['desk', 'professionals', ...desk], '', french)).out,
    /Dr Camille Morel \(sample\) {2}Médecin/,
  )
  assert.match((await run(['desk', 'patients', ...desk])).out, /● the patient has claimed the record {3}○ not yet/)
})

const reach = () => reachOf({ base: String(JSON.parse(readFileSync(join(hospital, 'device.json'), 'utf8')).base) })

/** The desk on a line that breaks after the node took a statement in: the answer never comes. */
async function onBrokenLine(): Promise<OpenDesk> {
  const { base, fetch: reaches } = reach()
  return openDesk(hospital, {
    base,
    async fetch(url, init) {
      const answer = await reaches(url, init)
      if (url.endsWith('/statements')) throw new Error('the line broke')
      return answer
    },
  })
}

test('a team’s keys are kept before they are published: a broken line loses none and makes no second team', async () => {
  const { 'dr-morel': morel, 'nurse-adjani': nurse } = people().professionals as Record<string, never>
  assert.ok(morel && nurse)
  await assert.rejects(foundTeam(teamDesk(await onBrokenLine()), 'Night (sample)', [morel, nurse]), {
    code: 'node-unreachable',
  })
  const words = [
    'desk',
    'team',
    'create',
    '--name',
    'Night (sample)',
    '--members',
    ` ${String(morel).toLowerCase()},${nurse}`,
  ]
  const { team } = (await done([...words, ...desk])) as { team: never }
  const at = await openDesk(hospital, reach())
  const { keyring } = await findKeyring(at.link, team)
  assert.equal(at.keys.teams[team]?.length, 1)
  assert.deepEqual(keyring.members, [morel, nurse])
  assert.equal(await at.device.read('team'), null)

  await assert.rejects(setTeam(teamDesk(await onBrokenLine()), team, [nurse]), { code: 'node-unreachable' })
  const set = ['desk', 'team', 'set', '--team', String(team).toLowerCase(), '--members', nurse, ...desk]
  assert.equal((await done(set)).newKey, true)
  const after = await openDesk(hospital, reach())
  const changed = (await findKeyring(after.link, team)).keyring
  assert.deepEqual([after.keys.teams[team]?.length, changed.n, changed.members], [2, 2, [nurse]])
  const refused = await run(['desk', 'team', 'create', '--name', 'x', '--members', 'nobody', ...desk, '--json'])
  assert.deepEqual([refused.code, refused.json.code], [2, 'handle-malformed'])
})
