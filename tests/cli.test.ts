/** The command line as a newcomer types it: real processes, a real port, a folder of its own. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { needsShared, sharedFolder } from '@salus/base/testing'
import { freePort } from './ports.ts'

const MAIN = resolve(import.meta.dirname, '../apps/cli/main.ts')
const root = mkdtempSync(join(tmpdir(), 'salus-cli-'))
const data = join(root, 'data')
const device = (name: string) => join(data, 'devices', name)

const port = await freePort()
const env = {
  PATH: process.env.PATH ?? '',
  HOME: root,
  SALUS_DATA: data,
  SALUS_PORT: String(port),
  LANG: 'en_GB.UTF-8',
}

type Answer = {
  ok: boolean
  code?: string
  request: string
  grant: string
  records: unknown
  categories: unknown
  alreadyRead: number
}
type Ran = { code: number; out: string; err: string; json: Answer }

function run(words: readonly string[], input = '', more: Record<string, string> = {}): Promise<Ran> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...words], {
    env: { ...env, ...more },
    cwd: root,
  })
  child.stdin.end(input)
  let [out, err] = ['', '']
  child.stdout.on('data', (part) => (out += part))
  child.stderr.on('data', (part) => (err += part))
  return new Promise((done) => {
    child.once('close', (code) => {
      const last = out.trim().split('\n').at(-1) ?? ''
      done({ code: code ?? -1, out, err, json: last.startsWith('{') ? JSON.parse(last) : ({ ok: false } as Answer) })
    })
  })
}
const salus = async (...words: string[]) => {
  const ran = await run([...words, '--json'])
  assert.equal(ran.code, 0, `${words.join(' ')}\n${ran.err}`)
  return ran.json
}

let node: ChildProcess
let printed = ''

async function start(): Promise<void> {
  node = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, 'start'], { env, cwd: root })
  node.stdout?.on('data', (part) => (printed += part))
  for (let i = 0; i < 400 && !printed.includes('Ctrl-C'); i++) await new Promise((done) => setTimeout(done, 50))
  assert.match(printed, /Salus is ready/)
}
const stop = (signal: NodeJS.Signals = 'SIGTERM') =>
  new Promise((done) => {
    node.once('exit', done)
    node.kill(signal)
  })

before(start)
after(() => stop())

const people = () =>
  JSON.parse(readFileSync(join(data, 'demo.json'), 'utf8')) as { patients: Record<string, string>; code: string }

test('the tour: ask, see, give a part, read exactly that, log, revoke, export, verify', async () => {
  const ines = people().patients['ines-delcourt'] ?? ''
  const asked = await salus(
    'pro',
    'request',
    '--device',
    device('dr-okafor'),
    '--patient',
    ines,
    '--categories',
    'allergies,medications',
  )
  const inbox = await run(['patient', 'inbox', '--device', device('ines-delcourt')], '', { LANG: 'fr_FR.UTF-8' })
  assert.match(inbox.out, /demande/)
  assert.ok(inbox.out.includes(asked.request) && inbox.out.includes('Dr Noor Okafor (sample)'))
  const given = await salus(
    'patient',
    'approve',
    asked.request,
    '--only',
    'allergies',
    '--device',
    device('ines-delcourt'),
  )
  const out = join(root, 'bundle.json')
  const read = await salus('pro', 'read', asked.request, '--out', out, '--device', device('dr-okafor'))
  assert.deepEqual(read.categories, { people: 1, allergies: 1 })
  const bundle = JSON.parse(readFileSync(out, 'utf8')) as { entry: { resource: { resourceType: string } }[] }
  assert.deepEqual(bundle.entry.map((one) => one.resource.resourceType).sort(), ['AllergyIntolerance', 'Patient'])
  const log = (await salus('patient', 'log', '--device', device('ines-delcourt'))) as unknown as {
    entries: { type: string; count?: number }[]
  }
  assert.equal(log.entries.at(-1)?.type, 'RecordRead')
  const revoked = await salus('patient', 'revoke', given.grant, '--device', device('ines-delcourt'))
  assert.equal(revoked.alreadyRead, 2)
  const again = await run(['pro', 'read', asked.request, '--device', device('dr-okafor'), '--json'])
  assert.deepEqual([again.code, again.json.code], [1, 'grant-revoked'])

  const file = join(root, 'read.json')
  writeFileSync(file, JSON.stringify(read))
  const roots = join(data, 'consortium.json')
  const verified = (await salus('verify', file, '--roots', roots)) as unknown as { verified: { signature: string }[] }
  assert.equal(verified.verified[0]?.signature, 'verified')
  const exported = join(root, 'export.json')
  await salus('patient', 'export', '--device', device('ines-delcourt'), '--out', exported)
  const checked = await salus('verify', exported, '--roots', roots)
  assert.equal(checked.records, 10)
  writeFileSync(exported, readFileSync(exported, 'utf8').replace('penicillin', 'penicillen'))
  assert.equal((await run(['verify', exported, '--roots', roots])).code, 1, 'a changed letter is found')
})

test('a record is claimed with the code from standard input, after the desk typed the fingerprint', async () => {
  const claiming = run(
    ['patient', 'claim', '--device', device('paul'), '--wait', '1'],
    `${people().code.toLowerCase()}\n`,
  )
  let typed = 'AAAA-AAAA-AAAA'
  const wrong = await run(
    ['desk', 'countersign', '--device', device('desk-hopital-saint-roch'), '--json'],
    `${typed}\n`,
  )
  assert.equal(wrong.code, 1)
  for (let i = 0; i < 100 && !existsSync(join(device('paul'), 'claim.jwe')); i++)
    await new Promise((done) => setTimeout(done, 50))
  const shown = await run(['patient', 'claim', '--device', device('paul'), '--wait', '0'])
  typed = /[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(shown.out)?.[0] ?? ''
  const signed = await run(['desk', 'countersign', '--device', device('desk-hopital-saint-roch')], `${typed}\n`)
  assert.equal(signed.code, 0, signed.err)
  const claimed = await claiming
  assert.equal(claimed.code, 0, claimed.err)
  assert.match(claimed.out, /The record is yours/)
  const recovery = /Recovery code[^:]*: (\S+)/.exec(claimed.out)?.[1] ?? ''
  assert.equal((await run(['patient', 'recovery', 'check', '--device', device('paul')], `${recovery}\n`)).code, 0)
  const own = (await salus('patient', 'record', '--device', device('paul'))) as unknown as { records: unknown[] }
  assert.equal(own.records.length, 10)
  const second = await run(['patient', 'claim', '--device', device('paul2'), '--json'], `${people().code}\n`)
  assert.deepEqual([second.code, second.json.code], [1, 'claim-code-wrong'])
})

test('misuse ends with 2 and a usage line, --help with 0; what the role may not ask is refused in words', async () => {
  assert.equal((await run(['pro', 'request'])).code, 2)
  assert.equal((await run(['nonsense'])).code, 2)
  assert.equal((await run(['pro', 'request', '--nonsense'])).code, 2)
  const help = await run(['pro', 'request', '--help'])
  assert.deepEqual([help.code, help.out.includes('--categories')], [0, true])
  const ines = people().patients['ines-delcourt'] ?? ''
  const refused = await run([
    'pro',
    'request',
    '--device',
    device('pharmacist-lindqvist'),
    '--patient',
    ines,
    '--categories',
    'social',
    '--json',
  ])
  assert.deepEqual([refused.code, refused.json.code], [1, 'category-not-for-role'])
  assert.ok(!refused.err.includes('category-not-for-role'), 'words, not codes')
})

test(
  'the 23 Synthea patients import without a lost resource, and again without a duplicate',
  needsShared('vectors/synthea'),
  async () => {
    const folder = sharedFolder('vectors/synthea') ?? ''
    const files = readdirSync(folder)
      .filter((one) => one.endsWith('.gz'))
      .map((one) => join(folder, one))
    assert.equal(files.length, 23)
    const words = ['import', ...files, '--org', 'hopital-saint-roch', '--device', device('desk-hopital-saint-roch')]
    type Counts = {
      in: number
      out: number
      files: { read: Record<string, number>; deposited: Record<string, number>; unchanged: Record<string, number> }[]
    }
    const first = (await salus(...words)) as unknown as Counts
    assert.deepEqual([first.in, first.out], [6519, 6519])
    for (const one of first.files) assert.deepEqual(one.deposited, one.read, 'in = out, per type')
    const again = (await salus(...words)) as unknown as Counts
    for (const one of again.files) assert.deepEqual([one.unchanged, one.deposited], [one.read, {}])
  },
)

test('a changed source record becomes a new version; the old one stays', async () => {
  const bundle = (weight: number) =>
    JSON.stringify({
      resourceType: 'Bundle',
      type: 'collection',
      entry: [
        {
          resource: {
            resourceType: 'Patient',
            id: 'sample-9',
            gender: 'female',
            name: [{ family: 'Versions (sample)' }],
          },
        },
        {
          resource: {
            resourceType: 'Observation',
            id: 'w',
            status: 'final',
            subject: { reference: 'Patient/sample-9' },
            code: { text: 'Body weight' },
            valueQuantity: { value: weight, unit: 'kg' },
          },
        },
      ],
    })
  const file = join(root, 'weights.json')
  const desk = ['--device', device('desk-hopital-saint-roch')]
  writeFileSync(file, bundle(60))
  await salus('import', file, ...desk)
  writeFileSync(file, bundle(61))
  const { files } = (await salus('import', file, ...desk)) as unknown as {
    files: { versions: object; unchanged: object }[]
  }
  assert.deepEqual([files[0]?.versions, files[0]?.unchanged], [{ Observation: 1 }, { Patient: 1 }])
})

test('a second start is ready at once and has lost nothing; rebuild and doctor agree', async () => {
  await stop('SIGKILL')
  const doctor = (await salus('doctor')) as unknown as {
    checks: { name: string; ok: boolean; facts: { size: number } }[]
  }
  assert.ok(doctor.checks.length >= 7 && doctor.checks.every((one) => one.ok))
  const rebuilt = (await salus('rebuild')) as unknown as { entries: number }
  assert.equal(rebuilt.entries, doctor.checks.find((one) => one.name === 'journal')?.facts.size)
  printed = ''
  await start()
  const own = (await salus('patient', 'record', '--device', device('marc-ferrand'))) as unknown as {
    records: unknown[]
  }
  assert.equal(own.records.length, 9)
})

test('erase: the word is asked for, everything goes, the receipt verifies offline', async () => {
  const no = await run(['patient', 'erase', '--device', device('lou-bertrand')], 'yes\n')
  assert.equal(no.code, 2)
  const out = join(root, 'erased.json')
  const erased = await run(['patient', 'erase', '--device', device('lou-bertrand'), '--out', out], 'ERASE\n')
  assert.equal(erased.code, 0, erased.err)
  await salus('verify', out, '--roots', join(data, 'consortium.json'))
  assert.equal((await run(['patient', 'record', '--device', device('lou-bertrand')])).code, 1)
})
