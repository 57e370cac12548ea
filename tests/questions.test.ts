/** Questions about accesses on a real node: a patient is surprised, the organisation whose member acted answers, once, in sealed words. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { base64url } from '@salus/base/bytes'
import { digest } from '@salus/crypto/hash'
import { generateKeyPair } from '@salus/crypto/keys'
import { sealToKey } from '@salus/crypto/packet'
import { paddedText } from '@salus/crypto/pad'
import { signerOf } from '@salus/directory/device/patient'
import { submit } from '@salus/journal/device'
import { signStatement } from '@salus/journal/statement'
import { rebuildViews } from '@salus/node-app/rebuild'
import { startNode } from '@salus/node-app/testing'
import { approve, erase, type PatientDevice, sync } from '@salus/records/device/patient'
import { answerQuestion, answersInWords, questionAccess, questionsTo, takesWords } from '@salus/records/device/question'
import { questionEndpoints } from '@salus/records/questions/endpoints'
import { newKeeper } from './keeper.ts'
import { deskAuthor, linkTo, newPatient, newPro, readAll, request, world, write } from './people.ts'

const at = await startNode()
const w = world(at)
let { node } = at
after(() => node.close())
const desk = await deskAuthor(w)
const pair = generateKeyPair(w.random)
const registerKey = base64url(pair.privateKey)
await newKeeper(w, 'saint-roch', pair.publicKey)

/** A patient whose document somebody has opened; the number of that entry. */
async function read(org = 'saint-roch'): Promise<{ patient: PatientDevice; entry: number; handle: string }> {
  const patient = await newPatient(w)
  const { handle } = patient.keys
  await write(desk, handle, 'results', { n: 1 })
  const doctor = await newPro(w, 'physician', org)
  await sync(patient)
  const { grant } = await approve(patient, await request(w, doctor, handle, ['results']), {})
  await readAll(doctor, grant, handle)
  await sync(patient)
  const entry = patient.book.log.find((one) => one.type === 'RecordRead')?.number ?? 0
  return { patient, entry, handle: doctor.keys.handle }
}

const surprised = { reason: 'surprised', words: 'I was not at the hospital that day (sample).' } as const

test('R36 an access is questioned in a closed word and sealed words; the desk of whoever acted opens them, both signatures checked', async () => {
  const { patient, entry, handle } = await read()
  assert.equal(await takesWords(patient, handle), true)
  const asked = await questionAccess(patient, entry, surprised)
  assert.equal(asked.sealed, true)
  assert.deepEqual(
    Object.values(patient.book.questions ?? {}).map((one) => [one.entry, one.org, one.reason]),
    [[entry, 'saint-roch', 'surprised']],
  )
  const { questions, unproven } = await questionsTo(desk.link, registerKey)
  const mine = questions.find((one) => one.question === asked.question)
  assert.equal(unproven, 0)
  assert.deepEqual(
    [mine?.patient, mine?.who, mine?.type, mine?.reason, mine?.words, mine?.found],
    [patient.keys.handle, handle, 'RecordRead', 'surprised', surprised.words, null],
  )
  const [row] = await at.node.sources.tx((s) =>
    s.all<{ token: string }>("SELECT token FROM statement WHERE type = 'AccessQuestioned' ORDER BY idx DESC LIMIT 1"),
  )
  const body = Buffer.from(String(row?.token).split('.')[1] ?? '', 'base64url').toString()
  assert.ok(body.includes('surprised') && !body.includes('hospital'))
})

test('R36 where no keeper names a key the closed word goes alone', async () => {
  const { patient, entry, handle } = await read('cabinet-lilas')
  assert.equal(await takesWords(patient, handle), false)
  const asked = await questionAccess(patient, entry, surprised)
  assert.equal(asked.sealed, false)
  const lilas = await deskAuthor(w, 'cabinet-lilas')
  const { questions } = await questionsTo(lilas.link, registerKey)
  assert.deepEqual(
    questions.map((one) => [one.question, one.words]),
    [[asked.question, undefined]],
  )
})

test('R36 once for an entry, of one’s own chain, that somebody else made, and that very statement to that very organisation', async () => {
  const { patient, entry } = await read()
  const { handle } = patient.keys
  const signer = await signerOf(patient.keys.device)
  await questionAccess(patient, entry, surprised)
  await assert.rejects(questionAccess(patient, entry, surprised), { code: 'question-asked' })
  const own = patient.book.log.find((one) => one.who === handle)?.number ?? 0
  await assert.rejects(questionAccess(patient, own, surprised), { code: 'question-wrong' })
  const deposit = patient.book.log.find((one) => one.type === 'RecordDeposited')?.number ?? 0
  await assert.rejects(questionAccess(patient, deposit, surprised), { code: 'question-wrong' })
  // The node's own rule, whatever a device sends.
  const ask = patient.book.log.find((one) => one.type === 'AccessRequested')
  const stored = await at.node.sources.tx((s) =>
    s.get<{ token: string }>('SELECT token FROM statement WHERE chain = ? AND number = ?', handle, ask?.number ?? 0),
  )
  const right = {
    ...{ entry: ask?.number ?? 0, statement: digest(stored?.token ?? ''), org: 'saint-roch', reason: 'other' },
    packets: [],
  }
  const send = async (body: object, iss = handle, by = signer) => {
    const draft = { type: 'AccessQuestioned', iss, aud: at.origin, sub: handle, body }
    const statement = await signStatement(by, draft, w)
    return submit(patient.link.call, patient.link.logs, [{ statement }])
  }
  for (const wrong of [
    { ...right, org: 'cabinet-lilas' },
    { ...right, entry: 10_000 },
    { ...right, entry: own },
    { ...right, statement: digest('another') },
  ]) {
    await assert.rejects(send(wrong), { code: 'question-wrong' })
  }
  await assert.rejects(send({ ...right, entry, statement: digest('x') }), { code: 'question-wrong' })
  const stranger = await newPatient(w)
  const theirs = send(right, stranger.keys.handle, await signerOf(stranger.keys.device))
  await assert.rejects(theirs, { code: 'not-allowed' })
  await send(right)
  await assert.rejects(send(right), { code: 'question-asked' })
})

test('R37 the desk that was asked answers once; words open on the patient’s device alone, and the log says what was found', async () => {
  const { patient, entry } = await read()
  const { question } = await questionAccess(patient, entry, surprised)
  assert.ok(!patient.book.log.some((one) => one.type === 'QuestionAnswered'))
  const answer = { question, patient: patient.keys.handle, found: 'mistake' } as const
  const lilas = await deskAuthor(w, 'cabinet-lilas')
  await assert.rejects(answerQuestion(lilas.link, lilas, answer), { code: 'question-unknown' })
  const other = await newPatient(w)
  const misplaced = answerQuestion(desk.link, desk, { ...answer, patient: other.keys.handle })
  await assert.rejects(misplaced, { code: 'question-unknown' })
  await answerQuestion(desk.link, desk, { ...answer, words: 'We opened the wrong record, and are sorry (sample).' })
  await assert.rejects(answerQuestion(desk.link, desk, answer), { code: 'question-answered' })
  await sync(patient)
  assert.equal(patient.book.questions?.[question]?.answer?.found, 'mistake')
  assert.equal(patient.book.log.at(-1)?.type, 'QuestionAnswered')
  const words = await answersInWords(patient)
  assert.deepEqual(words, { [question]: 'We opened the wrong record, and are sorry (sample).' })
  const { questions } = await questionsTo(desk.link, registerKey)
  assert.equal(questions.find((one) => one.question === question)?.found, 'mistake')
})

test('R37 words that were sealed for another question, or to another key, are refused', async () => {
  const { patient, entry } = await read()
  const { handle } = patient.keys
  const { question } = await questionAccess(patient, entry, { reason: 'too-much' })
  const send = async (packet: string) => {
    const body = { question, found: 'explained', packets: [digest(packet)] }
    const draft = { type: 'QuestionAnswered', iss: 'saint-roch', aud: at.origin, sub: handle, body }
    const statement = await signStatement(desk.signer, draft, w)
    return submit(desk.link.call, desk.link.logs, [{ statement, packets: [packet] }])
  }
  const said = paddedText('sample')
  const elsewhere = await sealToKey(patient.keys.inbox.publicKey, { kind: 'question', question: 'A'.repeat(22) }, said)
  await assert.rejects(send(elsewhere), { code: 'question-wrong' })
  await assert.rejects(send(await sealToKey(pair.publicKey, { kind: 'question', question }, said)), {
    code: 'question-wrong',
  })
  await send(await sealToKey(patient.keys.inbox.publicKey, { kind: 'question', question }, said))
})

test('R38 a question is shown to the desk it went to and to nobody else; answers to the patient alone', async () => {
  const { patient, entry } = await read()
  const { question } = await questionAccess(patient, entry, surprised)
  await answerQuestion(desk.link, desk, { question, patient: patient.keys.handle, found: 'explained', words: 'x' })
  const lilas = await deskAuthor(w, 'cabinet-lilas')
  const { questions } = await lilas.link.call(questionEndpoints.list)
  assert.ok(!questions.some((one) => one.question === question))
  const doctor = await newPro(w)
  await assert.rejects(doctor.link.call(questionEndpoints.list), { code: 'not-allowed' })
  await assert.rejects(desk.link.call(questionEndpoints.answers), { code: 'not-allowed' })
  const other = await newPatient(w)
  assert.deepEqual(await other.link.call(questionEndpoints.answers), { answers: [] })
  assert.equal((await patient.link.call(questionEndpoints.answers)).answers.length, 1)
})

test('R38 what a lying node shows is left out and counted: another act, another reason', async () => {
  const { patient, entry } = await read()
  const { question } = await questionAccess(patient, entry, surprised)
  const { questions: all } = await desk.link.call(questionEndpoints.list)
  const mine = all.find((one) => one.question === question)
  const another = all.find((one) => one.question !== question)
  assert.ok(mine && another)
  const lying = (shown: object) => ({
    ...desk.link,
    call: ((endpoint: never, sent: never) =>
      endpoint === (questionEndpoints.list as never)
        ? Promise.resolve({ questions: [shown] })
        : desk.link.call(endpoint, sent)) as never,
  })
  for (const change of [
    { about: another.about },
    { reason: 'other' },
    { patient: another.patient },
    { statement: another.statement },
    { about: '' },
    // The same words under a signature of another's.
    { statement: `${mine.statement.slice(0, mine.statement.lastIndexOf('.'))}.${another.statement.split('.')[2]}` },
  ]) {
    const { questions, unproven } = await questionsTo(lying({ ...mine, ...change }), registerKey)
    assert.deepEqual([questions, unproven], [[], 1], Object.keys(change)[0])
  }
  assert.equal((await questionsTo(lying(mine), registerKey)).questions.length, 1)
})

test('R38 questions stand after the views were made again, and go with the person', async () => {
  const dir = at.dir
  const { patient, entry } = await read()
  const { question } = await questionAccess(patient, entry, surprised)
  const tables = ['act', 'question'] as const
  const rows = () => node.views.tx((v) => Promise.all(tables.map((one) => v.all(`SELECT * FROM ${one} ORDER BY 1, 2`))))
  const before = await rows()
  await node.close()
  await rebuildViews({ dir, clock: w.clock, random: w.random, log: () => {} })
  const again = await startNode({ dir })
  node = again.node
  assert.deepEqual(await rows(), before)
  const link = await linkTo(world(again), await signerOf(patient.keys.device), patient.keys.handle)
  await erase({ ...patient, link })
  const left = JSON.stringify(await rows())
  assert.ok(!left.includes(question) && !left.includes(patient.keys.handle))
})
