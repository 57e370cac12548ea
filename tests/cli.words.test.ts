/** What the command line says when a word is wrong, a file is not what it should be, or a thing was done before. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createCommands } from './commands.ts'

const salus = await createCommands('words')
const { run, done, device, root, data } = salus
const french = { LANG: 'fr_FR.UTF-8' }
const people = () => JSON.parse(readFileSync(join(data, 'demo.json'), 'utf8')) as { patients: Record<string, string> }
const ines = ['--device', device('ines-delcourt')]

before(() => salus.start())
after(() => salus.stop())

/** Asks and approves; the grant's number. */
async function granted(): Promise<string> {
  const patient = people().patients['ines-delcourt'] ?? ''
  const words = ['pro', 'request', '--device', device('dr-okafor'), '--patient', patient, '--categories', 'vitals']
  const { request } = await done(words)
  const { grant } = await done(['patient', 'approve', String(request), ...ines])
  return String(grant)
}

test('a wrong word is named, with the words there are, in the language of the person; nothing runs', async () => {
  const ask = ['pro', 'request', '--device', device('dr-okafor'), '--patient', people().patients['ines-delcourt'] ?? '']
  const cases: [string[], RegExp, RegExp][] = [
    [
      [...ask, '--categories', 'allergies,alergies'],
      /“alergies” is not a category/,
      /« alergies » n’est pas une catégorie/,
    ],
    [[...ask, '--purpose', 'treat'], /“treat” is not a purpose[\s\S]*TREAT +your treatment/, /TREAT +votre prise/],
    [[...ask, '--until', '2030-02-30'], /“2030-02-30” is no time for --until/, /n’est pas une durée/],
    [['patient', 'approve', 'X', '--only', 'everything', ...ines], /not a category[\s\S]*vitals/, /Mesures/],
    [['patient', 'refuse', 'X', '--reason', 'no', ...ines], /not a reason[\s\S]*too-much/, /demande trop/],
    [['pro', 'init', '--org', 'x', '--role', 'doctor', '--device', 'd'], /not a role[\s\S]*physician/, /Médecin/],
    [ask.slice(0, -2), /--patient HANDLE is missing/, /Il manque --patient HANDLE/],
    [['patient', 'approve', ...ines], /ID is missing/, /Il manque ID/],
    [['patient', 'log', ...ines, '--nonsense'], /no --nonsense here/, /--nonsense n’existe pas ici/],
    [['patient', 'aprove'], /no verb “patient aprove”/, /pas de verbe « patient aprove »/],
  ]
  for (const [words, en, fr] of cases) {
    const [first, second] = await Promise.all([run([...words, '--json']), run(words, '', french)])
    assert.deepEqual([first.code, first.json.code, second.code], [2, 'misuse', 2], words.join(' '))
    assert.match(first.err, en)
    assert.match(String(first.json.detail), en)
    assert.match(second.err, fr)
  }
})

test('the first word of several verbs shows those, with --help or alone', async () => {
  for (const words of [['consortium', '--help'], ['consortium']]) {
    const { code, out } = await run(words)
    assert.equal(code, 0)
    assert.match(out, /consortium partition/)
    assert.doesNotMatch(out, /patient approve/)
  }
})

test('--help lists the words an option takes', async () => {
  const help = await run(['pro', 'request', '--help'], '', french)
  assert.match(help.out, /Catégories :\n {2}allergies +Allergies[\s\S]*Motifs :\n {2}TREAT/)
  assert.match((await run(['patient', 'approve', '--help'])).out, /directives +Advance directives/)
  assert.match((await run(['desk', 'issue-credential', '--help'])).out, /Roles:\n {2}physician/)
  assert.match(
    (await run(['desk', 'team', '--help'])).out,
    /salus desk team create\|set --device DIR .*--members HANDLE,…/,
  )
  assert.match((await run(['--help'])).out, /SALUS_NODE=URL/)
})

test('hide refuses what is no record of one’s own, and hides nothing then', async () => {
  const { records } = (await done(['patient', 'record', ...ines])) as { records: { record: string }[] }
  const one = records[0]?.record ?? ''
  const wrong = await run(['patient', 'hide', one, 'WRONG', ...ines, '--json'])
  assert.deepEqual([wrong.code, wrong.json.code], [1, 'record-unknown'])
  assert.match(wrong.err, /“WRONG” is none of yours; nothing was hidden/)
  const after = (await done(['patient', 'record', ...ines])) as { records: { record: string; compartment: string }[] }
  assert.notEqual(after.records.find(({ record }) => record === one)?.compartment, 'hidden')
})

test('a file that cannot be written is refused before anything is done, and a file that is there stays as it is', async () => {
  for (const words of [
    ['patient', 'export', '--out', '/nonexistent/x', ...ines],
    ['patient', 'erase', '--out', '/nonexistent/x', ...ines],
    ['pro', 'read', 'X', '--out', data, '--device', device('dr-okafor')],
  ]) {
    const ran = await run([...words, '--json'], 'ERASE\n')
    assert.deepEqual([ran.code, ran.json.code], [2, 'file-unwritable'], words.join(' '))
    assert.doesNotMatch(ran.err, /\d+\n/, 'no progress: no work')
  }
  const kept = join(root, 'kept.json')
  writeFileSync(kept, 'kept')
  assert.equal((await run(['pro', 'read', 'X', '--out', kept, '--device', device('dr-okafor')])).code, 1)
  assert.equal(readFileSync(kept, 'utf8'), 'kept')
  const fresh = join(root, 'fresh.json')
  assert.equal((await run(['pro', 'read', 'X', '--out', fresh, '--device', device('dr-okafor')])).code, 1)
  assert.equal(existsSync(fresh), false)
})

test('verify says what a file is not; its lines read as words', async () => {
  const text = join(root, 'README.md')
  writeFileSync(text, '# not a proof\n')
  const none = await run(['verify', text, '--json'])
  assert.deepEqual([none.code, none.json.code], [1, 'not-a-proof'])
  const json = join(root, 'package.json')
  writeFileSync(json, '{"name":"x"}')
  const roots = await run(['verify', json, '--roots', json, '--json'])
  assert.deepEqual([roots.code, roots.json.code], [2, 'roots-wrong'])
  assert.equal((await run(['verify', root])).code, 2, 'a folder')
  const file = join(root, 'asked.json')
  const patient = people().patients['ines-delcourt'] ?? ''
  const words = ['pro', 'request', '--device', device('dr-morel'), '--patient', patient, '--categories', 'vitals']
  writeFileSync(file, JSON.stringify(await done(words)))
  assert.match(
    (await run(['verify', file])).out,
    /✓ asked for access · #\d+ \/ \d+ · not witnessed · signature verified/,
  )
  assert.match((await run(['verify', file], '', french)).out, /✓ accès demandé · .* · sans témoin · signature vérifiée/)
})

test('taking back twice says so in the patient’s words', async () => {
  const grant = await granted()
  await done(['patient', 'revoke', grant, ...ines])
  const again = await run(['patient', 'revoke', grant, ...ines, '--json'])
  assert.deepEqual([again.code, again.json.code], [1, 'grant-taken-back'])
  assert.match(again.err, /You took this permission back already/)
})

test('what was opened is listed in words; after erasing, every verb of the patient says that the record was erased', async () => {
  const marc = ['--device', device('marc-ferrand')]
  const patient = people().patients['marc-ferrand'] ?? ''
  const okafor = ['--device', device('dr-okafor')]
  const { request } = await done(['pro', 'request', ...okafor, '--patient', patient, '--categories', 'vitals,problems'])
  await done(['patient', 'approve', String(request), ...marc])
  const read = await run(['pro', 'read', String(request), ...okafor], '', french)
  assert.match(read.out, /Problèmes de santé\n {2}Hypertension.* \(déposé le /)
  assert.match(read.out, /Mesures et constantes\n {2}Body weight : 88 kg · 2026-09-14/)
  assert.match(read.out, /Identité et équipe de soins\n {2}Marc Ferrand \(sample\) · 1957-11-22/)
  const receipt = join(root, 'erased.json')
  const erased = await run(['patient', 'erase', '--out', receipt, ...marc], 'ERASE\n')
  assert.equal(erased.code, 0, erased.err)
  for (const verb of ['record', 'log', 'inbox', 'grants', 'export']) {
    const ran = await run(['patient', verb, ...marc, '--json'])
    assert.deepEqual([ran.code, ran.json.code], [1, 'record-erased'], verb)
  }
  assert.match((await run(['patient', 'log', ...marc], '', french)).err, /Vous avez effacé ce dossier/)
})
