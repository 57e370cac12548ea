/** The two-minute tour, by people in front of browsers: nobody reads a manual. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { noChromium } from '@salus/web-app/testing'
import { bePatient, beStaff, startWorld, type World } from './world.ts'

const skip = await noChromium()
let world: World
before(async () => {
  if (!skip) world = await startWorld()
})
after(async () => {
  if (!skip) await world.stop()
})

test('a prescription is written, seen, asked for, allowed in part, read, dispensed; the log proves it, the permission is taken back', {
  skip,
}, async () => {
  const ines = await bePatient(world, 'Inès Delcourt')
  const morel = await beStaff(world, 'Dr Camille Morel')

  // A clinician writes a prescription.
  await morel.page.getByRole('button', { name: 'Inès Delcourt' }).click()
  await morel.page.getByRole('link', { name: 'Write' }).click()
  await morel.page.getByRole('link', { name: 'Prescription' }).click()
  await morel.page.getByLabel('Medicine', { exact: true }).fill('Ramipril 5 mg tablet')
  await morel.page.getByLabel('How to take it').fill('1 tablet in the morning')
  await morel.page.getByRole('button', { name: 'Sign and file' }).click()
  await morel.page.getByText('Signed, sealed to the patient, and filed.').waitFor()

  // The patient sees it arrive, without touching anything.
  await ines.page.getByRole('link', { name: /Camille Morel.*added a document · Medicines/s }).click()
  await ines.page.getByRole('heading', { name: 'Ramipril 5 mg tablet' }).waitFor()
  await ines.page.getByText('1 tablet in the morning').first().waitFor()

  // Another professional asks.
  const okafor = await beStaff(world, 'Dr Noor Okafor')
  await okafor.page.getByRole('button', { name: 'Inès Delcourt' }).click()
  await okafor.page.getByRole('link', { name: 'Ask for access' }).click()
  await okafor.page.getByText('Allergies', { exact: true }).click()
  await okafor.page.getByText('Operations and procedures', { exact: true }).click()
  await okafor.page.getByRole('button', { name: 'Send the request' }).click()
  await okafor.page.getByText('waiting for the patient').waitFor()

  // The patient reads who, what, why, until when, and allows a part.
  await ines.page.getByRole('link', { name: /Home/ }).click()
  await ines.page.getByRole('link', { name: 'Look and answer' }).click()
  await ines.page.getByRole('button', { name: 'Allow all of it' }).waitFor()
  const asked = await ines.page.locator('main').innerText()
  for (const word of ['Noor Okafor', 'Cabinet des Lilas', 'Allergies', 'Operations and procedures', 'your treatment']) {
    assert.ok(asked.includes(word), word)
  }
  await ines.page.getByRole('button', { name: 'Allow a part' }).click()
  await ines.page.getByRole('dialog').getByText('Operations and procedures').click()
  await ines.page.getByRole('button', { name: 'Allow this' }).click()
  await ines.page.getByText('Allowed. You can take it back').waitFor()

  // The professional reads that part, and only that part.
  await okafor.page.getByRole('link', { name: /allowed: open it/ }).click()
  await okafor.page.getByText('The patient sees this reading in the log.').waitFor()
  const read = await okafor.page.locator('main').innerText()
  assert.match(read, /Not shared with you/)
  assert.match(read, /Operations and procedures/)
  assert.ok(!read.includes('Ramipril'))

  // The pharmacist asks for medicines, is allowed all, and dispenses.
  const lindqvist = await beStaff(world, 'Eli Lindqvist')
  await lindqvist.page.getByRole('button', { name: 'Inès Delcourt' }).click()
  await lindqvist.page.getByRole('link', { name: 'Ask for access' }).click()
  await lindqvist.page.getByText('Medicines', { exact: true }).click()
  await lindqvist.page.getByRole('button', { name: 'Send the request' }).click()
  await ines.page.getByRole('link', { name: /Home/ }).first().click()
  await ines.page.getByRole('link', { name: 'Look and answer' }).click()
  await ines.page.getByRole('button', { name: 'Allow all of it' }).click()
  await ines.page.getByText('Allowed. You can take it back').waitFor()
  await lindqvist.page.getByRole('link', { name: /allowed: open it/ }).click()
  await lindqvist.page
    .getByRole('link', { name: /Ramipril 5 mg tablet/ })
    .last()
    .click()
  await lindqvist.page.getByRole('link', { name: 'Record dispensing' }).click()
  await lindqvist.page.getByLabel('Quantity', { exact: true }).fill('28')
  await lindqvist.page.getByRole('button', { name: 'Sign and file' }).click()
  await lindqvist.page.getByText('Signed, sealed to the patient, and filed.').waitFor()

  // The patient sees who opened what, checks a proof, takes the permission back.
  await ines.page.getByRole('link', { name: 'Who saw what' }).click()
  await ines.page
    .getByRole('button', { name: /Check the proof: Dr Noor Okafor/ })
    .first()
    .click()
  await ines.page.getByText('Checked on this device').waitFor()
  await ines.page.keyboard.press('Escape')
  await ines.page.getByRole('link', { name: 'Permissions' }).click()
  await ines.page.getByRole('button', { name: /Take it back: Dr Noor Okafor/ }).click()
  await ines.page.getByRole('dialog').getByRole('button', { name: 'Take it back' }).click()
  await ines.page.getByText('Taken back. Nothing more will open.').waitFor()
  await okafor.page.getByRole('button', { name: 'Read again' }).click()
  await okafor.page.getByRole('alert').first().waitFor()

  assert.deepEqual(world.complaints, [])
})
