/** Choices in advance and questions about accesses, as people type them. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createCommands } from './commands.ts'

const { device, run, done, start, stop } = await createCommands('questions')
before(() => start())
after(() => stop())

const ines = ['--device', device('ines-delcourt')]
const desk = ['--device', device('desk-hopital-saint-roch')]
const morel = ['--device', device('dr-morel')]
type Entry = { number: number; type: string; who: string }
const handle = async () => {
  const { entries } = (await done(['patient', 'log', ...ines])) as { entries: Entry[] }
  return entries.find((one) => one.type === 'KeyringClaimed')?.who ?? ''
}

test('G17 G18 choices are shown, set and taken back; a blocked asker hears that it was refused beforehand', async () => {
  const none = await run(['patient', 'choices', ...ines])
  assert.match(none.out, /Research: nothing is allowed\.\nNobody is blocked\./)
  const { research } = await done(['patient', 'choices', '--research', 'cancer,public-health', ...ines])
  assert.deepEqual(research, ['cancer', 'public-health'])
  const ask = ['pro', 'request', '--patient', await handle(), '--categories', 'allergies', '--purpose', 'TREAT']
  const { request } = await done([...ask, ...morel])
  const { requests } = (await done(['patient', 'inbox', ...ines])) as { requests: { id: string; asker: string }[] }
  const asker = requests.find((one) => one.id === request)?.asker ?? ''
  const blocked = await run(['patient', 'choices', '--block', asker, ...ines])
  assert.match(
    blocked.out,
    /Research allowed: cancer, public health\n.*Dr Camille Morel \(sample\): requests are refused/,
  )
  assert.deepEqual((await done(['patient', 'inbox', ...ines])).requests, [])
  const refused = await run([...ask, ...morel, '--json'])
  assert.deepEqual([refused.code, refused.json.code], [1, 'request-refused-beforehand'])
  const fr = await run([...ask, ...morel], '', { LANG: 'fr_FR.UTF-8' })
  assert.match(fr.err, /refusée d’avance/)
  assert.ok(!/bloqu|block/i.test(fr.err + fr.out))
  const lifted = await done(['patient', 'choices', '--unblock', asker, '--research', 'none', ...ines])
  assert.deepEqual([lifted.research, lifted.blocked], [[], []])
  const both = await run(['patient', 'choices', '--research', 'none,cancer', ...ines])
  assert.equal(both.code, 2)
  assert.equal((await run(['patient', 'choices', '--research', 'anything', ...ines])).code, 2)
})

test('R36 R37 R38 an access is questioned by its number, the desk reads and answers, the patient reads the answer', async () => {
  const { requests } = (await done(['patient', 'inbox', ...ines])) as { requests: { id: string }[] }
  await done(['patient', 'approve', requests[0]?.id ?? '', ...ines])
  await done(['pro', 'read', requests[0]?.id ?? '', ...morel])
  const log = await run(['patient', 'log', ...ines])
  const number = /opened documents \(\d+\) {2}#(\d+)/.exec(log.out)?.[1] ?? ''
  assert.ok(number, log.out)
  const ask = ['patient', 'question', number, '--reason', 'not-treating-me', ...ines]
  const { question, sealed } = await done(ask, 'I have never met this doctor (sample).\n')
  assert.equal(sealed, true)
  const again = await run([...ask, '--json'], '\n')
  assert.deepEqual([again.code, again.json.code], [1, 'question-asked'])
  assert.match((await run(['patient', 'log', ...ines])).out, new RegExp(`#${number} {2}\\[asked about, not answered`))
  const shown = await run(['desk', 'questions', ...desk])
  assert.match(shown.out, /this person does not treat me {2}\[not answered\]\n.*Dr Camille Morel.*opened documents/)
  assert.match(shown.out, /“I have never met this doctor \(sample\)\.”/)
  const answer = ['desk', 'answer', String(question), '--found', 'explained', ...desk]
  await done(answer, 'Dr Morel read your results for the ward (sample).\n')
  const twice = await run([...answer, '--json'], '\n')
  assert.deepEqual([twice.code, twice.json.code], [1, 'question-answered'])
  const told = (await run(['patient', 'log', ...ines])).out
  assert.match(told, new RegExp(`#${number} {2}\\[explained\\]`))
  assert.match(told, new RegExp(`#${number} {2}“Dr Morel read your results for the ward`))
  const other = await run(['desk', 'questions', '--device', device('desk-cabinet-des-lilas')])
  assert.match(other.out, /No question\./)
  assert.equal((await run(['patient', 'question', 'x', '--reason', 'other', ...ines])).code, 2)
})
