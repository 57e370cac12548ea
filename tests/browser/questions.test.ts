/** A patient's own word beside yes and no: an access that surprises, a person who may not ask any more, research. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { noChromium } from '@salus/web-app/testing'
import { bePatient, beStaff, type Someone, startWorld, type World } from './world.ts'

const skip = await noChromium()
let world: World
let ines: Someone
let morel: Someone
before(async () => {
  if (skip) return
  world = await startWorld()
  ines = await bePatient(world, 'Inès Delcourt')
  morel = await beStaff(world, 'Dr Camille Morel')
})
after(async () => {
  if (!skip) await world.stop()
})

async function ask(category: string): Promise<void> {
  await morel.page.getByRole('link', { name: 'Patients', exact: true }).click()
  await morel.page.getByRole('button', { name: 'Inès Delcourt' }).click()
  await morel.page.getByRole('link', { name: 'Ask for access' }).click()
  await morel.page.getByText(category, { exact: true }).click()
  await morel.page.getByRole('button', { name: 'Send the request' }).click()
}
const answering = async () => {
  await ines.page.getByRole('link', { name: /Home/ }).first().click()
  await ines.page.getByRole('link', { name: 'Look and answer' }).click()
}

test('R36 R37 an access surprises: asked from the log in sealed words, answered at the desk, read beside the line', {
  skip,
}, async () => {
  await ask('Allergies')
  await answering()
  await ines.page.getByRole('button', { name: 'Allow all of it' }).click()
  await ines.page.getByText('Allowed. You can take it back').waitFor()
  await morel.page.getByRole('link', { name: /allowed: open it/ }).click()
  await morel.page.getByText('The patient sees this reading in the log.').waitFor()

  const line = () =>
    ines.page
      .getByRole('button', { name: /Check the proof: Dr Camille Morel/ })
      .first()
      .click()
  await ines.page.getByRole('link', { name: 'Who saw what' }).click()
  await line()
  const dialog = ines.page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'This surprises me' }).click()
  await dialog.getByText('this person does not treat me').click()
  await dialog.getByLabel('In your own words (optional)').fill('We have never met (sample).')
  await dialog.getByRole('button', { name: 'Ask the organisation' }).click()
  await dialog.getByText('You asked about this.').waitFor()
  await ines.page.keyboard.press('Escape')
  await ines.page.locator('main .tag').getByText('not answered yet').waitFor()

  const desk = await beStaff(world, 'Hôpital Saint-Roch')
  await desk.page.getByRole('link', { name: 'Privacy' }).click()
  await desk.page.getByText('We have never met (sample).').waitFor()
  const card = await desk.page.locator('section.card').filter({ hasText: 'We have never met' }).innerText()
  for (const word of ['this person does not treat me', 'Inès Delcourt', 'Dr Camille Morel', 'opened documents'])
    assert.ok(card.includes(word), word)
  await desk.page.getByRole('button', { name: /^Answer: Inès Delcourt/ }).click()
  const form = desk.page.getByRole('dialog')
  await form.getByText('a mistake', { exact: true }).click()
  await form.getByLabel('What the patient will read').fill('The wrong record was opened; we are sorry (sample).')
  await form.getByRole('button', { name: 'Send the answer' }).click()
  await desk.page.locator('section.card .tag').getByText('a mistake').waitFor()

  await ines.page.locator('main .tag').getByText('a mistake').waitFor()
  await line()
  await dialog.getByText('The wrong record was opened; we are sorry (sample).').waitFor()
  await ines.page.keyboard.press('Escape')

  const other = await beStaff(world, 'Cabinet des Lilas')
  await other.page.getByRole('link', { name: 'Privacy' }).click()
  await other.page.getByText('No question.').waitFor()
})

test('G17 G18 somebody is blocked with the answer no; the next request is refused beforehand until that is lifted; research is chosen', {
  skip,
}, async () => {
  await ask('Medicines')
  await answering()
  await ines.page.getByRole('button', { name: 'Say no' }).click()
  const dialog = ines.page.getByRole('dialog')
  await dialog.getByText('not someone who treats me').click()
  await dialog.getByText('Take no more requests from this person').click()
  await dialog.getByRole('button', { name: 'Say no' }).click()
  await ines.page.getByRole('heading', { name: 'Hello' }).waitFor()

  await ask('Vaccinations')
  await morel.page.getByText('This request was refused beforehand').waitFor()

  await ines.page.getByRole('link', { name: 'Permissions' }).click()
  await ines.page.getByRole('link', { name: 'My choices in advance' }).click()
  await ines.page.getByText('heart and vessels').click()
  await ines.page.getByText('public health', { exact: true }).click()
  await ines.page.getByRole('button', { name: 'Save my choice' }).click()
  await ines.page.getByText('Your choice is signed').waitFor()
  await ines.page.getByRole('button', { name: /Take requests again: Dr Camille Morel/ }).click()
  await ines.page.getByText('Nobody. When you say no').waitFor()
  await ines.page.reload()
  await ines.page.getByRole('heading', { name: 'My choices in advance' }).waitFor()
  await ines.page.getByRole('checkbox', { name: 'heart and vessels', checked: true }).waitFor()
  await ines.page.getByRole('checkbox', { name: 'cancer', exact: true, checked: false }).waitFor()

  await morel.page.getByRole('button', { name: 'Send the request' }).click()
  await morel.page.getByText('waiting for the patient').first().waitFor()
  assert.deepEqual(world.complaints, [])
})
