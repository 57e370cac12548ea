/** A real node, founded as docs/operations.md says, by typing what stands there: production mode, no demonstration, real processes. */
import assert from 'node:assert/strict'
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fromBase64url } from '@salus/base/bytes'
import { sampleBundle, samplePatients } from '@salus/cli/demo/records'
import { generateDeviceKey } from '@salus/crypto/keys'
import type { Roots } from '@salus/directory/consortium'
import { witnessKey } from '@salus/journal/cosign'
import { formatVkey } from '@salus/journal/note'
import { rootsFingerprint } from '@salus/node-app/proposal'
import { createCommands, type Ran, type Reply } from './commands.ts'
import { blocksOf, wordsOf } from './typed.ts'

const c = await createCommands('found')
after(() => c.stop())
const env: Record<string, string> = {}
const french = { LANG: 'fr_FR.UTF-8' }
const run = (words: readonly string[], input: string | readonly Reply[] = '', more: Record<string, string> = {}) =>
  c.run(words, input, { ...env, ...more })

/** Runs with --json and must succeed. */
async function done(words: readonly string[], input: string | readonly Reply[] = ''): Promise<Record<string, unknown>> {
  const ran = await run([...words, '--json'], input)
  assert.equal(ran.code, 0, `${words.join(' ')}\n${ran.err}`)
  return ran.json
}

/** One line of the page, its folders under the test's own. What it asks for is typed. */
async function type(line: string): Promise<Ran | undefined> {
  const [first, ...words] = wordsOf(line.replaceAll('/srv/salus', c.root))
  if (first === 'export') {
    for (const one of words) env[one.split('=')[0] ?? ''] = one.split('=')[1] ?? ''
    return undefined
  }
  assert.equal(first, 'salus', line)
  if (words[0] === 'start') return void (await c.start(env))
  const ran = await run(words, words[1] === 'sign' ? 'SIGN\n' : '')
  assert.equal(ran.code, 0, `${line}\n${ran.err}`)
  return ran
}

const hospital = ['--device', 'desks/saint-roch']
const practice = ['--device', 'desks/lilas']

test('N15 the page is typed as it stands: the node is founded, doctor finds nothing missing, production starts', async () => {
  const typed: string[] = []
  for (const { language, lines } of blocksOf('operations.md', 'Found a node, step by step')) {
    if (language === 'json') {
      writeFileSync(join(c.root, 'founding.json'), lines.join('\n'))
      continue
    }
    for (const line of lines) {
      // What is not founded is no node yet: nothing starts, and no demonstration takes its place.
      if (line.startsWith('salus desk sign') && typed.every((one) => !one.startsWith('salus desk sign')))
        await unfounded()
      const ran = await type(line)
      if (line.startsWith('salus desk sign'))
        assert.match(ran?.out ?? '', /Organisations:[\s\S]*Witnesses: none[\s\S]*Signed/)
      if (line === 'salus doctor') assert.doesNotMatch(ran?.out ?? '', /MISSING/)
      typed.push(line)
    }
  }
  assert.deepEqual(
    typed
      .map((one) =>
        wordsOf(one)
          .slice(1, 3)
          .join(' ')
          .replace(/ \S+\.json| --.*/, ''),
      )
      .filter((one) => !one.startsWith('SALUS')),
    ['desk init', 'desk init', 'found', 'desk sign', 'desk sign', 'found', 'doctor', 'start'],
  )
  assert.match(c.printed(), /Salus is ready/)
  assert.doesNotMatch(c.printed(), /sample|Demonstration/)
  const folder = readdirSync(c.data)
  assert.deepEqual(
    folder.filter((one) => /demo|devices|keys|proposal|founding/.test(one)),
    [],
    'no person, no key in the data',
  )
  const private_ = readdirSync(join(c.root, 'desks/saint-roch')).sort()
  assert.deepEqual(private_, ['card.json', 'device.json', 'device.lock', 'keys.jwe', 'master.key', 'signed.jwe'])
})

async function unfounded(): Promise<void> {
  for (const verb of [['start'], ['doctor'], ['rebuild']]) {
    const plain = { ...env, SALUS_MODE: '' }
    const ran = await c.run([...verb, '--json'], '', plain)
    assert.deepEqual([ran.code, ran.json.code], [1, 'founding-unfinished'])
  }
  const production = await run(['start', '--json'])
  assert.deepEqual([production.code, production.json.code], [1, 'production-incomplete'])
  const early = await run(['desk', 'patients', ...hospital, '--json'])
  assert.deepEqual([early.code, early.json.code], [2, 'desk-unfounded'])
  const word = await run(['desk', 'sign', join(c.data, 'proposal.json'), ...hospital], 'NO\n', french)
  assert.deepEqual([word.code, /rien n’a été signé/.test(word.err)], [2, true])
  assert.ok(word.out.includes(`Empreinte de l’ensemble :\n  ${fingerprintOf(join(c.data, 'proposal.json'))}\n`))
  assert.match(word.out, /Cabinet des Lilas \(sample\) {2}Cabinet {2}FR/)
  const none = await run(['found', 'founding.json', '--signatures', '.', '--json'])
  assert.deepEqual([none.code, none.json.code], [1, 'founding-signature-missing'], 'other files of a folder are none')
  assert.match(none.err, /still to sign: /)
}

/** What stands under `Fingerprint of the whole`. */
const fingerprintOf = (path: string): string =>
  rootsFingerprint((JSON.parse(readFileSync(path, 'utf8')) as { roots: Roots }).roots)

/** A patient's device claims the record `handle`; the desk compares the fingerprint. */
async function claim(handle: string): Promise<void> {
  const { code } = await done(['desk', 'claim-code', ...hospital, '--patient', handle])
  const words = ['patient', 'claim', '--device', 'ines']
  const started = await run([...words, '--wait', '0'], `${code}\n`)
  const shown = /[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(started.out)?.[0] ?? ''
  assert.ok(shown, started.err)
  await done(['desk', 'countersign', ...hospital], `${shown}\n`)
  const claimed = await run(words, [{ when: /Recovery code[^:]*: (\S+)/, say: (seen) => seen[1] ?? '' }])
  assert.equal(claimed.code, 0, claimed.out + claimed.err)
}

test('the desks work on it: import, claim, credential, request, consent, reading, and a receipt that verifies', async () => {
  const [ines] = samplePatients
  assert.ok(ines)
  writeFileSync(join(c.root, 'bundle.json'), JSON.stringify(sampleBundle(ines)))
  const imported = (await done(['import', 'bundle.json', ...hospital])) as { files: { newPatients: string[] }[] }
  const handle = imported.files[0]?.newPatients[0] ?? ''
  await claim(handle)
  const made = await done([
    'pro',
    'init',
    '--device',
    'pro',
    '--org',
    'cabinet-des-lilas',
    '--role',
    'physician',
    '--name',
    'Dr Sample (sample)',
  ])
  await done(
    ['desk', 'issue-credential', ...practice, '--pro', String(made.handle), '--role', 'physician'],
    `${made.fingerprint}\n`,
  )
  const asked = await done(['pro', 'request', '--device', 'pro', '--patient', handle, '--categories', 'allergies'])
  await done(['patient', 'approve', String(asked.request), '--device', 'ines'])
  const read = await done(['pro', 'read', String(asked.request), '--device', 'pro'])
  assert.deepEqual(read.categories, { people: 1, allergies: 1 })
  writeFileSync(join(c.root, 'read.json'), JSON.stringify(read))
  const roots = ['--roots', join(c.data, 'consortium.json')]
  const { verified } = (await done(['verify', 'read.json', ...roots])) as {
    verified: { status: string; signature: string }[]
  }
  assert.deepEqual(
    verified.map((one) => [one.status, one.signature]),
    verified.map(() => ['not-witnessed', 'verified']),
  )
  assert.ok(verified.length > 0)
  // What it was founded with is what it stands on: founded once, and in production without a demonstration.
  await c.stop()
  const twice = await run(['found', 'founding.json', '--json'])
  assert.deepEqual([twice.code, twice.json.code], [1, 'node-founded'])
  const again = await run(['desk', 'sign', 'founding.json', ...hospital, '--json'])
  assert.deepEqual([again.code, again.json.code], [1, 'desk-founded'])
  const checked = await done(['doctor'])
  assert.ok((checked.checks as { ok: boolean }[]).every((one) => one.ok))
  const marked = join(c.root, 'marked')
  cpSync(c.data, marked, { recursive: true })
  const marker = JSON.parse(readFileSync(join(marked, 'node.json'), 'utf8')) as object
  writeFileSync(join(marked, 'node.json'), JSON.stringify({ ...marker, demonstration: true }))
  const refused = await run(['start', '--json'], '', { SALUS_DATA: marked })
  assert.deepEqual([refused.code, refused.json.code], [1, 'production-incomplete'])
})

test('a device that signed other roots than the node’s, or is not named in the proposal, is told so', async () => {
  const other = { SALUS_DATA: join(c.root, 'other-data'), SALUS_KEYS: join(c.root, 'other-keys') }
  const init = [
    'desk',
    'init',
    '--org',
    'other-desk',
    '--name',
    'Other (sample)',
    '--kind',
    'hospital',
    '--country',
    'FR',
  ]
  await done([...init, '--device', 'desks/other'])
  const plan = {
    chain: 'other-chain',
    origin: 'journal.other.example',
    operator: 'other-node',
    organisations: ['desks/other/card.json'],
  }
  writeFileSync(join(c.root, 'other.json'), JSON.stringify(plan))
  assert.equal((await run(['found', 'other.json'], '', other)).code, 0)
  const proposal = join(c.root, 'other-data', 'proposal.json')
  const stranger = ['--device', 'desks/stranger']
  await done([...init, ...stranger])
  const unnamed = await run(['desk', 'sign', proposal, ...stranger, '--json'], 'SIGN\n')
  assert.deepEqual([unnamed.code, unnamed.json.code], [1, 'desk-not-named'])
  const bent = JSON.parse(readFileSync(proposal, 'utf8')) as { genesis: { time: number } }
  bent.genesis.time++
  writeFileSync(join(c.root, 'bent.json'), JSON.stringify(bent))
  const desk = ['--device', 'desks/other']
  const wrong = await run(['desk', 'sign', 'bent.json', ...desk, '--json'], 'SIGN\n')
  assert.deepEqual([wrong.code, wrong.json.code], [1, 'proposal-wrong'])
  await done(['desk', 'sign', proposal, ...desk, '--fingerprint', fingerprintOf(proposal)], 'SIGN\n')
  const keys = await run(['found', 'other.json', '--json'], '', { ...other, SALUS_KEYS: env.SALUS_KEYS ?? '' })
  assert.deepEqual([keys.code, keys.json.code], [1, 'keys-there'])
  const places = await run(['found', 'other.json'], '', { ...other, SALUS_KEYS: '' })
  assert.deepEqual([places.code, /set SALUS_KEYS/.test(places.err)], [2, true])
  writeFileSync(join(c.root, 'other.json'), JSON.stringify({ ...plan, operator: 'other-desk' }))
  const named = await run(['found', 'other.json'], '', { ...other, ...french })
  assert.deepEqual([named.code, /operator : le nœud a besoin/.test(named.err)], [2, true])
  await c.start(env)
  const lied = await run(['desk', 'patients', ...desk, '--json'])
  assert.deepEqual([lied.code, lied.json.code], [1, 'roots-other'])
  assert.ok(!existsSync(join(c.root, 'desks/other/consortium.json')))
})

/** A founding of its own, with a desk's device; `more` goes into its plan. */
async function another(name: string) {
  const places = { SALUS_DATA: join(c.root, `${name}-data`), SALUS_KEYS: join(c.root, `${name}-keys`) }
  const desk = ['--device', `desks/${name}`]
  const who = ['--org', name, '--name', `${name} (sample)`, '--kind', 'hospital', '--country', 'FR']
  await done(['desk', 'init', ...who, ...desk])
  const proposal = join(places.SALUS_DATA, 'proposal.json')
  const propose = (more: object = {}, language: Record<string, string> = {}, words: string[] = []) => {
    const organisations = [`desks/${name}/card.json`]
    const plan = { chain: name, origin: `journal.${name}.example`, operator: `${name}-node`, organisations, ...more }
    writeFileSync(join(c.root, `${name}.json`), JSON.stringify(plan))
    return run(['found', `${name}.json`, ...words], '', { ...places, ...language })
  }
  const out = join(c.root, `${name}.signature.json`)
  const sign = (words: readonly string[], input: string, language: Record<string, string> = {}) =>
    run(['desk', 'sign', proposal, ...desk, ...words], input, language)
  return { places, desk, proposal, propose, out, sign }
}

test('N15 with --json nothing is signed unseen: the fingerprint must be given, and be that of the whole, and the word typed', async () => {
  const { proposal, propose, out, sign } = await another('unseen')
  assert.equal((await propose()).code, 0)
  const letters = fingerprintOf(proposal)
  const wrong = letters.replace(/^./, (first) => (first === '0' ? '1' : '0'))
  const cases: [string[], string][] = [
    [['--json'], 'SIGN\n'],
    [['--json', '--fingerprint', wrong], 'SIGN\n'],
    [['--fingerprint', wrong], 'SIGN\n'],
    [['--json', '--fingerprint', letters.slice(0, 14)], 'SIGN\n'],
    [['--json', '--fingerprint', ''], 'SIGN\n'],
    [['--json', '--fingerprint', letters], ''],
    [['--json', '--fingerprint', letters], 'yes\n'],
  ]
  for (const [words, input] of cases) {
    assert.equal((await sign(words, input)).code, 2, words.join(' '))
    assert.ok(!existsSync(out), words.join(' '))
  }
  const told = await propose({}, {}, ['--json'])
  assert.equal(told.json.fingerprint, letters)
  const typed = letters.toLowerCase().replaceAll('-', ' ')
  const done = await sign(['--json', '--fingerprint', typed], 'SIGN\n')
  assert.deepEqual([done.code, existsSync(out)], [0, true])
})

test('N15 a desk that signed other roots before is told so, and asked for another word', async () => {
  const { proposal, propose, out, sign } = await another('twice')
  await propose()
  const first = fingerprintOf(proposal)
  assert.equal((await sign([], 'SIGN\n')).code, 0)
  const kept = readFileSync(out, 'utf8')
  // The same once more is nothing else.
  assert.equal((await sign([], 'SIGN\n')).code, 0)
  await propose({ suite: 2 })
  for (const [input, language] of [
    ['SIGN\n', {}],
    ['SIGNER\n', french],
    ['INSTEAD\nno\n', {}],
  ] as const) {
    const asked = await sign([], input, language)
    assert.equal(asked.code, 2)
    assert.match(asked.out, /this device has signed another proposal already|cet appareil a déjà signé/)
    assert.ok(asked.out.includes(first) && asked.out.includes(fingerprintOf(proposal)))
  }
  assert.equal((await sign(['--json', '--fingerprint', fingerprintOf(proposal)], 'SIGN\n')).code, 2)
  assert.equal(readFileSync(out, 'utf8'), kept)
  assert.equal((await sign([], 'INSTEAD\nSIGN\n')).code, 0)
  assert.notEqual(readFileSync(out, 'utf8'), kept)
})

test('N15 a quorum of at most half of the witnesses is called what it is, at the proposal and before the signature', async () => {
  const { propose, sign } = await another('half')
  const witnesses = await Promise.all(
    ['one', 'two', 'three', 'four'].map(async (name) => {
      const { publicKey } = await generateDeviceKey()
      const vkey = formatVkey(witnessKey(`witness.${name}.example`, fromBase64url(publicKey)))
      return { name, vkey, url: `http://${name}.example/witness` }
    }),
  )
  for (const [count, quorum, half] of [
    [4, 2, true],
    [3, 2, false],
  ] as const) {
    const more = { witnesses: witnesses.slice(0, count), quorum }
    for (const said of [await propose(more), await sign([], 'NO\n')]) {
      assert.equal(/not more than half/.test(said.out), half, `${quorum} of ${count}\n${said.out}${said.err}`)
      if (half) assert.match(said.out, new RegExp(`at least ${Math.floor(count / 2) + 1}\\.`))
    }
    for (const said of [await propose(more, french), await sign([], 'NON\n', french)])
      assert.equal(/pas plus de la moitié/.test(said.out), half)
  }
})

test('N15 a founding gone on with without its key folder makes no other keys', async () => {
  const { places, propose } = await another('elsewhere')
  const first = await propose({}, {}, ['--json'])
  for (const keys of ['', join(c.root, 'no-such-keys')]) {
    const plain = { SALUS_MODE: '', SALUS_KEYS: keys }
    const ran = await propose({}, plain, ['--json'])
    assert.deepEqual([ran.code, ran.json.code], [1, 'keys-elsewhere'])
  }
  const again = await propose({}, {}, ['--json'])
  assert.deepEqual([again.code, again.json.log], [0, first.json.log])
  assert.deepEqual(readdirSync(places.SALUS_DATA).includes('keys'), false)
})

test('N15 a name that would fill more than its own line makes no card, and no proposal', async () => {
  const { propose } = await another('lines')
  const path = join(c.root, 'desks/lines/card.json')
  const card = JSON.parse(readFileSync(path, 'utf8')) as object
  for (const name of [
    'Lines\nWitnesses: 3 of 3',
    'Lines\u2028Witnesses: 3 of 3',
    'Lines\u2029x',
    'Lines \u202e elpmas',
    'Li\u200bnes',
    'Lines\u0007',
    `Lines${' '.repeat(70)}Witnesses: 3 of 3`,
    ' Lines',
  ]) {
    writeFileSync(path, JSON.stringify({ ...card, name }))
    const ran = await propose({}, {}, ['--json'])
    assert.deepEqual([ran.code, ran.json.code], [1, 'schema-mismatch'], JSON.stringify(name))
  }
  const made = ['--device', 'desks/none', '--org', 'none', '--kind', 'hospital', '--country', 'FR']
  const refused = await run(['desk', 'init', ...made, '--name', 'None\nat all', '--json'])
  assert.deepEqual([refused.code, existsSync(join(c.root, 'desks/none'))], [1, false])
})
