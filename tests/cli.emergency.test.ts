/** Emergency access as people type it: the keeper in a process of its own, from the choice at the claim to the review. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createCommands } from './commands.ts'

const c = await createCommands('cli-emergency')
const [ines, morel, nurse] = [c.device('ines-delcourt'), c.device('dr-morel'), c.device('nurse-adjani')]
const desk = c.device('desk-hopital-saint-roch')
const reason = ['--reason', 'unconscious']
let people: { patients: Record<string, string>; code: string }

before(async () => {
  await c.start()
  people = JSON.parse(readFileSync(join(c.data, 'demo.json'), 'utf8'))
})
after(() => c.stop())

const broken = async (patient: string, words: readonly string[] = reason, said = '') =>
  String((await c.done(['pro', 'break-glass', '--device', morel, '--patient', patient, ...words], said)).emergency)

/** Tries until the keeper has answered. */
async function readWhenReleased(id: string) {
  for (let i = 0; i < 60; i++) {
    const ran = await c.run(['pro', 'read', id, '--device', morel, '--json'])
    if (ran.json.code !== 'emergency-waiting') return ran
    await wait(250)
  }
  return assert.fail('the keeper never answered')
}

test('behavior: broken, seconded, released by the keeper’s process, read, seen, ended, reviewed', async () => {
  const patient = people.patients['ines-delcourt'] ?? ''
  assert.equal(statSync(join(c.device('keeper'), 'keeper.keys')).mode & 0o777, 0o600)
  const said = 'Brought in by the fire brigade (sample)'
  const id = await broken(patient, ['--reason', 'other'], `${said}\n`)
  const early = await c.run(['pro', 'read', id, '--device', morel])
  assert.equal(early.code, 1)
  assert.match(early.err, /has not answered yet/)
  const self = await c.run(['pro', 'second', id, '--device', morel])
  assert.equal(self.code, 1)
  const seconded = await c.run(['pro', 'second', id, '--device', nurse])
  assert.match(seconded.out, /Camille Morel.*another reason/)
  const keeper = c.background(['keeper', '--device', c.device('keeper')], { SALUS_KEEPER_EVERY: '100' })
  const read = await readWhenReleased(id)
  assert.equal(read.code, 0, read.err)
  assert.deepEqual(Object.keys(read.json.categories as object).sort(), ['allergies', 'medications', 'problems'])
  const byRelease = await c.run(['pro', 'read', String(read.json.grant), '--device', morel])
  assert.match(byRelease.out, /penicillin/i)
  const stranger = await c.run(['pro', 'read', id, '--device', nurse, '--json'])
  assert.equal(stranger.json.code, 'request-unknown')
  const { out } = await keeper.stop()
  assert.match(out, /released, 3 record/)
  assert.ok(!out.includes(patient) && !out.includes(id), 'the keeper’s log names nobody')

  const inbox = await c.run(['patient', 'inbox', '--device', ines])
  assert.match(inbox.out, new RegExp(`EMERGENCY ${id} .*Morel`))
  const { emergencies } = await c.done(['desk', 'reviews', '--device', desk])
  const [row] = emergencies as { glass: string; text: string; found: null }[]
  assert.deepEqual([row?.glass, row?.text, row?.found], [id, said, null])
  assert.match((await c.run(['patient', 'log', '--device', ines])).out, /began an emergency access .*not reviewed yet/)
  await c.done(['desk', 'review', id, '--found', 'unjustified', '--device', desk])
  const log = await c.run(['patient', 'log', '--fhir', 'log.json', '--device', ines])
  assert.match(log.out, /began an emergency access .*not justified/)
  assert.match(log.out, /Sacha Adjani.*signed the emergency second/)
  assert.match(readFileSync(join(c.root, 'log.json'), 'utf8'), /"BTG"/)
  await c.done(['patient', 'revoke', id, '--device', ines])
  const over = await c.run(['pro', 'read', id, '--device', morel, '--json'])
  assert.equal(over.json.code, 'emergency-over')
})

test('behavior: chosen and chosen against in words; what is chosen against does not open', async () => {
  const patient = people.patients['ines-delcourt'] ?? ''
  const off = await c.run(['patient', 'emergency', 'off', '--device', ines])
  assert.match(off.out, /nothing opens/)
  const refused = await c.run(['pro', 'break-glass', '--device', morel, '--patient', patient, ...reason, '--json'])
  assert.equal(refused.json.code, 'emergency-not-chosen')
  const on = ['patient', 'emergency', 'on', '--categories', 'allergies', '--device', ines]
  assert.match((await c.run(on)).out, /these open: Allergies\n.*Saint-Roch/)
  const id = await broken(patient)
  await c.done(['desk', 'second', id, '--device', desk])
  await c.done(['patient', 'emergency', 'end', id, '--device', ines])
  assert.equal((await c.run(['patient', 'emergency', 'perhaps', '--device', ines])).code, 2)
  assert.equal(
    (await c.run(['pro', 'break-glass', '--device', morel, '--patient', patient, '--reason', 'hurry'])).code,
    2,
  )
})

test('behavior: asked plainly at the claim, and a yes is a choice', async () => {
  const device = c.device('paul')
  const claiming = c.run(
    ['patient', 'claim', '--device', device, '--wait', '1'],
    [
      { when: /^/, say: () => people.code },
      { when: /Recovery code[^:]*: (\S+)/, say: (seen) => seen[1] ?? '' },
      { when: /together open this for two hours: allergies/, say: () => 'yes' },
    ],
  )
  for (let i = 0; i < 200 && !existsSync(join(device, 'claim.jwe')); i++) await wait(50)
  const shown = await c.run(['patient', 'claim', '--device', device, '--wait', '0'])
  const typed = /[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(shown.out)?.[0] ?? ''
  await c.done(['desk', 'countersign', '--device', desk], `${typed}\n`)
  const { out, code, err } = await claiming
  assert.equal(code, 0, err)
  assert.match(out, /In an emergency these open: Allergies, Health problems, Medicines/)
  const shownLater = await c.done(['patient', 'emergency', 'show', '--device', device])
  assert.deepEqual(shownLater.categories, ['allergies', 'problems', 'medications', 'devices'])
})
