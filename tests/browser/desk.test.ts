/** The desk in a browser: people come to the counter with phones, cards and questions. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { noChromium } from '@salus/web-app/testing'
import { bePatient, beStaff, type Someone, startWorld, toRecord, type World } from './world.ts'

const skip = await noChromium()
const HOSPITAL = 'Hôpital Saint-Roch'
let world: World
let desk: Someone
before(async () => {
  if (skip) return
  world = await startWorld()
  desk = await beStaff(world, HOSPITAL)
})
after(async () => {
  if (!skip) await world.stop()
})

const handleOf = async (file: string): Promise<string> =>
  JSON.parse(await readFile(join(world.commands.data, 'demo.json'), 'utf8')).patients[file]

/** A page of the desk's app, without loading it anew. */
const to = (one: Someone, hash: string) =>
  one.page.evaluate((where) => {
    location.hash = where
  }, hash)

async function register(family: string, given: string): Promise<void> {
  const { page } = desk
  await to(desk, '#/people/new')
  await page.getByLabel('Family name').fill(family)
  await page.getByLabel('Given names').fill(given)
  await page.getByLabel('Date of birth').fill('1971-05-04')
  await page.getByLabel('Sex').selectOption('other')
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByRole('heading', { name: `${given} ${family}` }).waitFor()
}

test('somebody is registered, claims the record with the code, is confirmed by fingerprint, and has a way back that was tried', {
  skip,
}, async () => {
  const { page } = desk
  await register('Roussel (sample)', 'Amélie')
  await page.getByRole('button', { name: 'Make a code' }).click()
  const code = await page.locator('.code.big').innerText()
  assert.match(code, /^([0-9A-Z]{4}-){3}[0-9A-Z]{4}$/)
  await page.getByRole('img', { name: 'The code as a QR code' }).waitFor()

  const amelie = await world.person()
  await amelie.page.goto(`${world.url}/patient/`)
  await amelie.page.getByRole('textbox', { name: 'Code from the desk' }).fill(code.toLowerCase())
  await amelie.page.getByRole('button', { name: 'Continue' }).first().click()
  const shown = await amelie.page.locator('.code.big').innerText()

  await to(desk, '#/')
  await page.getByRole('heading', { name: 'Amélie Roussel (sample)' }).waitFor()
  assert.equal(await page.locator('.code.big').innerText(), shown)
  const confirm = page.getByRole('button', { name: 'Confirm this device' })
  assert.equal(await confirm.isDisabled(), true)
  await page.getByText('I compared every letter').click()
  await confirm.click()
  await page.getByText('Confirmed.').waitFor()

  // Asked plainly about emergencies, then the code, then the code typed back.
  await amelie.page.getByRole('button', { name: 'No', exact: true }).click()
  await amelie.page.getByRole('button', { name: 'Make my recovery code' }).click()
  const recovery = await amelie.page.locator('.code.big').innerText()
  await amelie.page.getByRole('button', { name: 'I kept it' }).click()
  await amelie.page.getByRole('textbox', { name: 'Your recovery code' }).fill(recovery)
  await amelie.page.getByRole('button', { name: 'Check' }).click()
  await amelie.page.getByRole('navigation').waitFor()

  // The desk's list says so, and the page of the person makes no more codes.
  await to(desk, '#/people')
  await page.getByLabel('Name, date of birth or handle').fill('roussel AMELIE')
  await page.getByRole('link', { name: /Amélie Roussel.*has the record/s }).click()
  await page.getByText('The patient has taken it over').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Make a code' }).count(), 0)
})

test('a professional makes keys, is vouched for by fingerprint, stands in a team, and the credential is taken back', {
  skip,
}, async () => {
  const { page } = desk
  const garnier = await world.person({ viewport: { width: 1200, height: 900 } })
  await garnier.page.goto(`${world.url}/professional/`)
  await garnier.page.getByLabel('Organisation').selectOption({ label: `${HOSPITAL} (sample)` })
  await garnier.page.getByLabel('Name as patients will see it').fill('Dr Odile Garnier (sample)')
  await garnier.page.getByRole('button', { name: 'Make my keys' }).click()
  const shown = await garnier.page.locator('.code.big').innerText()

  await to(desk, '#/staff')
  await page.getByRole('heading', { name: 'Dr Odile Garnier (sample)' }).waitFor()
  assert.equal(await page.locator('.code.big').innerText(), shown)
  await page.getByText('I compared every letter').click()
  await page.getByLabel('Profession (Dr Odile Garnier (sample))').selectOption('physician')
  await page.getByRole('button', { name: 'Vouch for this person' }).click()
  await garnier.page.getByRole('navigation').waitFor()

  // A team with her, without her: then there is a new key.
  await page.getByRole('button', { name: 'New team' }).click()
  await page.getByLabel('Name as patients will see it').fill('Night (sample)')
  await page.getByRole('dialog').getByText('Dr Odile Garnier (sample)').click()
  await page.getByRole('dialog').getByText('Sacha Adjani (sample)').click()
  await page.getByRole('button', { name: 'Found the team' }).click()
  await page.getByRole('heading', { name: 'Night (sample)' }).waitFor()
  await to(garnier, '#/me')
  await garnier.page.reload()
  await garnier.page.getByText('Night (sample)').waitFor()
  await page.getByRole('button', { name: 'Change the members: Night (sample)' }).click()
  await page.getByRole('dialog').getByText('Dr Odile Garnier (sample)').click()
  await page.getByRole('button', { name: 'Set the members' }).click()
  await page.getByText('Somebody left: the team has a new key.').waitFor()
  await garnier.page.reload()
  await garnier.page.getByText('Vouched for until').waitFor()
  assert.equal(await garnier.page.getByText('Night (sample)').count(), 0)

  await page.getByRole('button', { name: 'Take back: Dr Odile Garnier (sample)' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click()
  await page.getByRole('button', { name: 'Vouch for this person' }).waitFor()
  await garnier.page.reload()
  await garnier.page.getByText('Waiting for the desk').waitFor()
})

test('an emergency is reviewed: its words open here alone, what was found stands beside it', { skip }, async () => {
  const morel = await beStaff(world, 'Dr Camille Morel')
  await to(morel, '#/emergency')
  await morel.page.getByLabel('Handle of the patient').fill(await handleOf('ines-delcourt'))
  await morel.page.getByLabel('In a sentence, for the review only').fill('Found unconscious at the tram stop.')
  await morel.page.getByRole('button', { name: 'Begin the emergency' }).click()
  await morel.page.getByText('Give this number to a colleague').waitFor()

  const { page } = desk
  await to(desk, '#/privacy')
  await page.getByText('Found unconscious at the tram stop.').waitFor()
  const card = await page.locator('section.card').first().innerText()
  for (const word of ['the patient is unconscious', 'Dr Camille Morel', 'Inès Delcourt']) assert.ok(card.includes(word))
  await page.getByRole('button', { name: 'Not justified' }).click()
  await page.locator('section.card .tag').getByText('not justified').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Not justified' }).count(), 0)

  // Another organisation's desk sees nothing of it.
  const other = await beStaff(world, 'Cabinet des Lilas')
  await to(other, '#/privacy')
  await other.page.getByText('No emergency.').waitFor()
})

test('two records of one person are joined and separated again, as both pages say', { skip }, async () => {
  const { page } = desk
  await register('Vasseur (sample)', 'Théo')
  await register('Vasseur-Blanc (sample)', 'Théo')
  await page.getByLabel('The record that goes on').selectOption({ label: await lineOf('Théo Vasseur (sample)') })
  await page.getByRole('button', { name: 'Join the two' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Join the two' }).click()
  await page.getByText('goes on in').waitFor()
  await to(desk, '#/people')
  await page.getByRole('link', { name: /^Théo Vasseur \(sample\)/ }).click()
  await page.getByText('joined with').waitFor()
  await page.getByRole('button', { name: 'Separate again' }).click()
  await page.getByText('joined with').waitFor({ state: 'detached' })
  await to(desk, '#/people')
  await page.getByRole('link', { name: /Théo Vasseur-Blanc/ }).click()
  await page.getByLabel('The record that goes on').waitFor()
})

/** The choice of somebody in the list of records. */
const lineOf = async (name: string): Promise<string> => {
  const all = await desk.page.getByLabel('The record that goes on').locator('option').allInnerTexts()
  return all.find((one) => one.startsWith(`${name} `)) ?? ''
}

test('without a phone: card and PIN answer on the desk’s screen, and no device is left behind', { skip }, async () => {
  const { commands } = world
  const marc = ['--device', commands.device('marc-ferrand')]
  const { card } = await commands.done(['patient', 'recovery', 'card', ...marc], '2468\n')
  const okafor = await beStaff(world, 'Dr Noor Okafor')
  await okafor.page.goto(`${world.url}/professional/#/patient/${await handleOf('marc-ferrand')}/ask`)
  for (const one of ['Allergies', 'Medicines']) await okafor.page.getByText(one, { exact: true }).click()
  await okafor.page.getByRole('button', { name: 'Send the request' }).click()
  await okafor.page.getByText('waiting for the patient').first().waitFor()

  const { page } = desk
  await to(desk, '#/consent')
  const open = async (pin: string) => {
    await page.locator('input[type=password]').first().fill(String(card))
    await page.getByLabel('PIN, typed by the patient').fill(pin)
    await page.getByRole('button', { name: 'Open for this visit' }).click()
  }
  await open('2469')
  await page.getByRole('alert').waitFor()
  await open('2468')
  await page.getByRole('heading', { name: /Dr Noor Okafor/ }).waitFor()
  await page.locator('main').getByText('Medicines', { exact: true }).click()
  await page.getByRole('button', { name: 'Allow this' }).click()
  await page.getByText('Nobody waits for an answer.').waitFor()
  await page.getByRole('button', { name: 'End the visit' }).click()
  await page.getByText('The visit is over. Give the card back.').waitFor()

  await okafor.page.getByRole('link', { name: /allowed: open it/ }).waitFor()
  const { grants } = await commands.done(['patient', 'grants', ...marc])
  assert.deepEqual(
    (grants as { categories: string[] }[]).map((one) => one.categories),
    [['allergies']],
  )
  const { devices } = await commands.done(['patient', 'devices', 'list', ...marc])
  assert.equal((devices as unknown[]).length, 1)
})

test('a document of this desk that is somebody else’s is taken back by its number; the notice stays', {
  skip,
}, async () => {
  const ines = await bePatient(world, 'Inès Delcourt')
  await toRecord(ines.page)
  await ines.page.getByRole('link', { name: /Allergies/ }).click()
  const href = await ines.page.locator('main .virtual a.line').first().getAttribute('href')
  const record = href?.split('/').at(-1) ?? ''

  const { page } = desk
  await to(desk, `#/people/${await handleOf('ines-delcourt')}`)
  await page.getByLabel('Number of the document').fill(record)
  await page.getByRole('button', { name: 'Take it back' }).click()
  await page.getByRole('dialog').getByText(record).waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Take it back' }).click()
  await page.getByText('Taken back. The notice stays in the record.').waitFor()
  await ines.page.getByRole('link', { name: 'Who saw what' }).click()
  await ines.page.getByLabel('Show').selectOption('people')
  await ines.page.getByText('took a document back').first().waitFor()

  assert.deepEqual(world.complaints, [])
})
