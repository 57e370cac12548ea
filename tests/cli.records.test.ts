/** What authors can get wrong, or write oddly, and what every reader then still gets: all the rest, digit for digit. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { utf8 } from '@salus/base/bytes'
import { reachOf } from '@salus/cli/device'
import { openProfessional } from '@salus/cli/people'
import { signerOf } from '@salus/directory/device/patient'
import { findKeyring } from '@salus/directory/device/verify'
import { submit } from '@salus/journal/device'
import { deposit } from '@salus/records/device/author'
import { createCommands } from './commands.ts'
import { file } from './craft.ts'

const salus = await createCommands('records')
const { run, done, device, root, data } = salus
const ines = ['--device', device('ines-delcourt')]
const okafor = ['--device', device('dr-okafor')]
const inesHandle = () =>
  (JSON.parse(readFileSync(join(data, 'demo.json'), 'utf8')) as { patients: Record<string, string> }).patients[
    'ines-delcourt'
  ] ?? ''

before(() => salus.start())
after(() => salus.stop())

const weight = (id: string) =>
  `{"resourceType":"Observation",${id}"status":"final","category":[{"coding":[{"code":"vital-signs"}]}],` +
  `"code":{"text":"Weight"},\n  "valueQuantity":{"value":72.10,"unit":"kg"}}`

async function write(name: string, content: string): Promise<Record<string, unknown>> {
  const path = join(root, name)
  writeFileSync(path, content)
  return done(['pro', 'write', path, '--patient', inesHandle(), ...okafor])
}

type Broken = { record: string; category: string; at: number; author: string; problem: string }
const exported = join(root, 'export.json')
let request = ''

test('a resource without an id, and one written twice, lock nobody out; decimals keep their digits on every way', async () => {
  const named = await write('bare.json', weight(''))
  assert.match(String(named.resource), /^Observation\/[0-9a-f-]{36}$/)
  await write('twice.json', weight('"id":"w",'))
  await write('twice.json', weight('"id":"w",'))
  await write('other.json', weight('"id":"w",').replace('72.10', '72.20'))
  const words = ['pro', 'request', ...okafor, '--patient', inesHandle(), '--categories', 'vitals']
  request = String((await done(words)).request)
  await done(['patient', 'approve', request, ...ines])
  const bundle = join(root, 'bundle.json')
  const opened = [
    (await run(['pro', 'read', request, '--json', ...okafor])).out,
    (await run(['patient', 'record', '--json', ...ines])).out,
  ]
  await done(['pro', 'read', request, '--out', bundle, ...okafor])
  await done(['patient', 'export', '--out', exported, ...ines])
  opened.push(readFileSync(bundle, 'utf8'), readFileSync(exported, 'utf8'))
  for (const text of opened) {
    assert.deepEqual([text.match(/"value":72\.10,/g)?.length, text.match(/"value":72\.20,/g)?.length], [3, 1])
  }
  const { entry } = JSON.parse(readFileSync(bundle, 'utf8')) as { entry: { fullUrl: string }[] }
  assert.equal(new Set(entry.map(({ fullUrl }) => fullUrl)).size, entry.length)
  const roots = ['--roots', join(data, 'consortium.json')]
  assert.equal((await done(['verify', exported, ...roots])).entries, 14)
  writeFileSync(exported, readFileSync(exported, 'utf8').replace('"value":72.20,', '"value":72.2,'))
  assert.equal((await run(['verify', exported, ...roots])).code, 1, 'the bundle is not what its author signed')
})

test('records that do not open, do not prove their author or are no FHIR are listed, in words and in the export', async () => {
  const reach = reachOf({
    base: String(JSON.parse(readFileSync(join(device('dr-okafor'), 'device.json'), 'utf8')).base),
  })
  const pro = await openProfessional(device('dr-okafor'), reach)
  const author = { iss: pro.keys.handle, signer: await signerOf(pro.keys.device), link: pro.link }
  const unproven = await file(author, inesHandle(), 'vitals', { document: 'rubbish' })
  const { keyring } = await findKeyring(pro.link, inesHandle())
  const text = await deposit(pro.link, author, keyring, { category: 'vitals', fhir: utf8('no FHIR') })
  await submit(pro.link.call, pro.link.logs, [text.item])
  const own = (await done(['patient', 'record', ...ines])) as { records: unknown[]; broken: Broken[] }
  assert.equal(own.records.length, 14)
  const listed = own.broken.map(({ record, category, author: who, problem }) => [record, category, who, problem]).sort()
  const expected = [
    [unproven, 'vitals', author.iss, 'does-not-open'],
    [text.record, 'vitals', author.iss, 'not-fhir'],
  ].sort()
  assert.deepEqual(listed, expected)
  const words = await run(['patient', 'record', ...ines])
  assert.match(words.out, /2 record\(s\) do not open or do not prove their author/)
  assert.match(words.out, new RegExp(`${unproven} {2}Measurements {2}.* {2}${author.iss}`))
  const made = await run(['patient', 'export', '--out', exported, ...ines], '', { LANG: 'fr_FR.UTF-8' })
  assert.match(made.out, /2 document\(s\) ne s’ouvrent pas/)
  const { broken } = JSON.parse(readFileSync(exported, 'utf8')) as { broken: Broken[] }
  assert.equal(broken.length, 2)
  const checked = await done(['verify', exported, '--roots', join(data, 'consortium.json')])
  assert.deepEqual([checked.records, checked.entries], [15, 14])
})
