/** Two nodes that two administrators founded, real processes: A's receipts are witnessed by B, a miss is shown, yesterday is found. */
import assert from 'node:assert/strict'
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { systemClock } from '@salus/base/clock'
import { sampleBundle, samplePatients } from '@salus/cli/demo/records'
import { openDesk, openPatient } from '@salus/cli/people'
import { journalEndpoints, type Receipt, WITNESS_DEADLINE } from '@salus/journal/contract'
import { parsePolicy } from '@salus/journal/policy'
import { witnessedBy } from '@salus/journal/verify'
import { sync } from '@salus/records/device/patient'
import { createCommands } from './commands.ts'

type Hospital = Awaited<ReturnType<typeof createCommands>>
const [a, b] = [await createCommands('witnessed'), await createCommands('witness')]
const desk = ['--device', 'desk']

/** First step of a founding with one organisation; may be done again with witnesses. */
async function propose(c: Hospital, name: string, more: object = {}): Promise<{ log: string; witness: string }> {
  if (!existsSync(join(c.root, 'desk'))) {
    const said = ['--org', name, '--name', `${name} (sample)`, '--kind', 'hospital', '--country', 'FR', '--node', c.url]
    await c.done(['desk', 'init', ...said, ...desk])
  }
  const plan = {
    chain: name,
    origin: `journal.${name}.example`,
    operator: `${name}-node`,
    organisations: ['desk/card.json'],
  }
  writeFileSync(join(c.root, 'founding.json'), JSON.stringify({ ...plan, ...more }))
  return (await c.done(['found', 'founding.json'])) as { log: string; witness: string }
}

async function finish(c: Hospital): Promise<void> {
  const proposal = join(c.data, 'proposal.json')
  const { fingerprint } = await c.done(['found', 'founding.json'])
  const signing = ['desk', 'sign', proposal, ...desk, '--fingerprint', String(fingerprint)]
  const { signature } = await c.done(signing, 'SIGN\n')
  await c.done(['found', 'founding.json', '--signatures', String(signature)])
}

type Health = { status: string; size: number; witnessed?: number }
const health = async (c: Hospital): Promise<Health> => (await fetch(`${c.url}/health`)).json() as Promise<Health>

/** Waits until the node's health is as wanted, or gives up. */
async function until(c: Hospital, wanted: (now: Health) => boolean): Promise<Health> {
  let now = await health(c)
  for (let i = 0; i < 600 && !wanted(now); i++) {
    await new Promise((done) => setTimeout(done, 100))
    now = await health(c)
  }
  return now
}
const isWitnessed = ({ size, witnessed }: Health) => size > 0 && witnessed === size

const [ines] = samplePatients
assert.ok(ines)

/** The desk of A imports the sample; `weight` makes it another version. */
async function deposit(weight: number): Promise<string | undefined> {
  writeFileSync(join(a.root, 'bundle.json'), JSON.stringify(sampleBundle({ ...ines, weight } as never)))
  const { files } = (await a.done(['import', 'bundle.json', ...desk])) as { files: { newPatients: string[] }[] }
  return files[0]?.newPatients[0]
}

/** The receipt of A's newest entry, as a file that `verify` reads. */
async function newest(): Promise<{ file: string; statement: string; receipt: Receipt }> {
  const { link } = await openDesk(join(a.root, 'desk'), { base: a.url, fetch: (url, init) => fetch(url, init) })
  const { size } = await health(a)
  const found = await link.call(journalEndpoints.receipt, { params: { index: size - 1 } })
  const file = join(a.root, `receipt-${size}.json`)
  writeFileSync(file, JSON.stringify(found))
  return { file, ...found }
}

async function stateOf(file: string): Promise<string> {
  const { verified } = (await a.done(['verify', file])) as { verified: { status: string }[] }
  return verified[0]?.status ?? ''
}

before(async () => {
  // Neither is founded when they exchange keys: both stand on the screen of the first step.
  const [ofA, ofB] = [await propose(a, 'saint-roch'), await propose(b, 'lilas')]
  await propose(a, 'saint-roch', {
    ...{ witnesses: [{ name: 'lilas', vkey: ofB.witness, url: `${b.url}/witness` }], quorum: 1 },
  })
  await finish(a)
  await finish(b)
  await b.done(['journal', 'follow', ofA.log])
  assert.deepEqual(await b.done(['journal', 'keys']), { ok: true, ...keysOf(ofB), followed: [ofA.log] })
  await b.start()
  await a.start()
})
const keysOf = ({ log, witness }: { log: string; witness: string }) => ({ log, witness })
after(() => Promise.all([a.stop(), b.stop()]))

let handle = ''

test('N16 a deposit at A is witnessed by B before its time; verify counts the signatures', async () => {
  handle = (await deposit(61)) ?? ''
  assert.ok(isWitnessed(await until(a, isWitnessed)))
  const { file, receipt } = await newest()
  assert.equal(receipt.status, 'witnessed')
  assert.equal(await stateOf(file), 'witnessed')
  // The node's word alone is not believed: the same receipt without B's line.
  const [stripped] = [JSON.parse(readFileSync(file, 'utf8')) as { receipt: { proof: string; by?: number } }]
  stripped.receipt.proof = stripped.receipt.proof.replace(/\n— witness\.[^\n]*/, '')
  writeFileSync(file, JSON.stringify(stripped))
  assert.equal(await stateOf(file), 'provisional')
  stripped.receipt.by = 1_700_000_000
  writeFileSync(file, JSON.stringify(stripped))
  assert.equal(await stateOf(file), 'missed')
  const said = await a.run(['verify', file])
  assert.match(said.out, /due to be witnessed by now, and not witnessed in this file/)
})

async function claimed(): Promise<void> {
  const { code } = await a.done(['desk', 'claim-code', ...desk, '--patient', handle])
  const words = ['patient', 'claim', '--device', 'ines']
  const started = await a.run([...words, '--wait', '0'], `${code}\n`)
  const shown = /[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(started.out)?.[0] ?? ''
  await a.done(['desk', 'countersign', ...desk], `${shown}\n`)
  const done = await a.run(words, [{ when: /Recovery code[^:]*: (\S+)/, say: (seen) => seen[1] ?? '' }])
  assert.equal(done.code, 0, done.out + done.err)
}

/** A physician of A asks the patient. */
async function asked(): Promise<string> {
  const said = ['--org', 'saint-roch', '--name', 'Dr Sample (sample)', '--node', a.url]
  const made = await a.done(['pro', 'init', '--device', 'pro', ...said])
  const credential = ['desk', 'issue-credential', ...desk, '--pro', String(made.handle), '--role', 'physician']
  await a.done(credential, `${made.fingerprint}\n`)
  const asking = ['pro', 'request', '--device', 'pro', '--patient', handle, '--categories', 'allergies']
  return String((await a.done(asking)).request)
}

test('N16 B is away: receipts stay provisional, and after the stated time the miss is shown; when B is back it is asked again', async () => {
  await claimed()
  const request = await asked()
  await until(a, isWitnessed)
  await b.stop()
  await deposit(62)
  const { statement, receipt, file } = await newest()
  await a.done(['patient', 'approve', request, '--device', 'ines'])
  assert.equal(receipt.status, 'provisional')
  assert.equal(await stateOf(file), 'provisional')
  const { roots } = JSON.parse(readFileSync(join(a.data, 'consortium.json'), 'utf8')) as { roots: { policy: string } }
  assert.equal(await witnessedBy(statement, receipt, parsePolicy(roots.policy), (receipt.by ?? 0) + 1), 'missed')
  // The patient's device six minutes on, to its own clock; the node and its answers are what they are.
  const patient = await openPatient(join(a.root, 'ines'), { base: a.url, fetch: (url, init) => fetch(url, init) })
  const later = () => systemClock() + (WITNESS_DEADLINE + 60) * 1_000
  await sync({ ...patient, link: { ...patient.link, clock: later } })
  await patient.save()
  const log = await a.run(['patient', 'log', '--device', 'ines'])
  assert.match(log.out, /Attention: \d+ entries without a witness within their time \(0 witnessed too late\)/)
  assert.ok(!isWitnessed(await health(a)))
  await b.start()
  assert.ok(isWitnessed(await until(a, isWitnessed)), 'asked again, though nothing was written')
})

test('N16 doctor says who witnesses, how much waits, and what is cosigned here', async () => {
  const facts = async (c: Hospital) => {
    const { checks } = (await c.done(['doctor'])) as { checks: { name: string; facts: object }[] }
    return checks.find((one) => one.name === 'witnesses')?.facts
  }
  const { size } = await health(a)
  await a.stop()
  assert.deepEqual(await facts(a), { quorum: 1, by: 'lilas', witnessed: size, waiting: 0 })
  await b.stop()
  assert.deepEqual(await facts(b), { quorum: 0, follows: 'journal.saint-roch.example' })
  const list = join(b.data, 'followed.json')
  const whole = readFileSync(list, 'utf8')
  writeFileSync(list, whole.replace('saint-roch', 'saint-rock'))
  const damaged = await b.run(['doctor', '--json'])
  assert.deepEqual([damaged.code, damaged.json.facts], [1, { witnesses: 'followed-damaged' }])
  const start = await b.run(['start', '--json'])
  assert.deepEqual([start.code, start.json.code], [1, 'followed-damaged'])
  writeFileSync(list, whole)
  await b.start()
  await a.start()
})

test('N16 A’s folder of yesterday, put back by plain copy: B refuses it, and A closes itself at its start', async () => {
  await a.stop()
  cpSync(a.data, join(a.root, 'yesterday'), { recursive: true })
  await a.start()
  const before = await health(a)
  const note = await (await fetch(`${a.url}/journal/checkpoint`)).text()
  await deposit(63)
  const grown = await until(a, (now) => isWitnessed(now) && now.size > before.size)
  await a.stop()
  renameSync(a.data, join(a.root, 'newest'))
  renameSync(join(a.root, 'yesterday'), a.data)
  const answer = await fetch(`${b.url}/witness/add-checkpoint`, {
    method: 'POST',
    body: `old ${before.size}\n\n${note}`,
  })
  assert.deepEqual([answer.status, await answer.text()], [409, `${grown.size}\n`])
  await a.start()
  assert.equal((await until(a, (now) => now.status === 'closed')).status, 'closed', 'nothing was written, nobody asked')
  assert.equal((await fetch(`${a.url}/consortium.json`)).status, 503)
  assert.equal(readdirSync(join(a.data, 'evidence')).length, 1)
  await a.stop()
  const doctor = await a.run(['doctor', '--json'])
  assert.deepEqual([doctor.code, doctor.json.facts], [1, { journal: 'journal-closed' }])
})

test('N16 what is no log, the own log, or another key for a known name is not followed; unfollowed, it is unknown', async () => {
  const { log, witness, followed } = (await b.done(['journal', 'keys'])) as {
    log: string
    witness: string
    followed: string[]
  }
  for (const [vkey, why] of [
    [witness, /no verifier key of a log/],
    ['rubbish', /no verifier key of a log/],
    [log, /this node’s own log/],
  ] as const) {
    const ran = await b.run(['journal', 'follow', vkey])
    assert.deepEqual([ran.code, why.test(ran.err)], [2, true], ran.err)
  }
  assert.match((await b.run(['journal', 'follow', followed[0] ?? ''])).out, /followed already/)
  assert.equal((await b.run(['journal', 'unfollow', 'journal.nobody.example'])).code, 2)
  assert.deepEqual((await b.done(['journal', 'unfollow', 'journal.saint-roch.example'])).followed, [])
  await b.stop()
  await b.start()
  const asked = await fetch(`${b.url}/witness/add-checkpoint`, {
    ...{ method: 'POST', body: `old 0\n\n${await newestNote()}` },
  })
  assert.equal(asked.status, 404)
})

/** A checkpoint of A, as its evidence keeps it. */
async function newestNote(): Promise<string> {
  const folder = join(a.data, 'evidence')
  return readFileSync(join(folder, readdirSync(folder)[0] ?? ''), 'utf8')
}
