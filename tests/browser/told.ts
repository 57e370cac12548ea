/** A world in which something happened: a request that waits, one that was given and read, so that no page is empty. */

import type { Told } from './places.ts'
import { bePatient, beStaff, beTrading, type Someone, startWorld, toRecord, type World } from './world.ts'

export type Lived = {
  readonly world: World
  readonly told: Told
  readonly patient: Someone
  readonly professional: Someone
}

const idIn = (url: string): string => url.split('/').at(-1) ?? ''

async function ask(page: Someone['page'], patient: string, categories: readonly string[]): Promise<void> {
  await page.goto(`${page.url().split('#')[0]}#/patient/${patient}/ask`)
  for (const one of categories) await page.getByText(one, { exact: true }).click()
  await page.getByRole('button', { name: 'Send the request' }).click()
  await page.getByText('waiting for the patient').first().waitFor()
}

/** Lives the day. */
export async function startLived(): Promise<Lived> {
  const world = await startWorld()
  // Where it does not come about, nothing of it stays behind.
  return live(world).catch(async (error) => {
    await world.stop()
    throw error
  })
}

async function live(world: World): Promise<Lived> {
  const patient = await bePatient(world, 'Inès Delcourt')
  const professional = await beStaff(world, 'Dr Noor Okafor')
  await professional.page.getByRole('button', { name: 'Inès Delcourt' }).click()
  await professional.page.getByRole('heading', { name: 'Patient', exact: true }).waitFor()
  const handle = idIn(professional.page.url())
  await ask(professional.page, handle, ['Allergies', 'Laboratory results', 'Medicines'])
  await patient.page.getByRole('link', { name: 'Look and answer' }).click()
  await patient.page.getByRole('button', { name: 'Allow all of it' }).click()
  await patient.page.getByText('Allowed. You can take it back').waitFor()
  await professional.page.getByRole('link', { name: /allowed: open it/ }).click()
  await professional.page.locator('main .virtual .line').first().waitFor()
  const granted = idIn(professional.page.url())
  await ask(professional.page, handle, ['Vaccinations', 'Measurements'])
  await patient.page.getByRole('link', { name: /Home/ }).first().click()
  const waiting = patient.page.getByRole('link', { name: 'Look and answer' })
  const request = idIn((await waiting.getAttribute('href')) ?? '')
  await toRecord(patient.page)
  await patient.page.getByRole('link', { name: /Laboratory results/ }).click()
  const line = patient.page.locator('main .virtual a.line').first()
  const record = idIn((await line.getAttribute('href')) ?? '')
  return { world, patient, professional, told: { patient: handle, request, granted, record } }
}

/** A world with a market in which one deal was made, and another waits for a hospital's yes. */
export type Traded = {
  readonly world: World
  readonly told: Told
  readonly lab: Someone
  readonly hospital: Someone
  readonly host: Someone
}

/** Puts every data set into the basket, ticks factors and orders; gives the task's id. */
export async function orderAll({ page }: Someone): Promise<{ task: string; sets: string }> {
  await page.getByRole('link', { name: 'Catalogue' }).click()
  const tick = page.getByText(/^Put into the basket: /)
  // The market opens a few seconds after the node: the page hears of each block by itself.
  await tick.nth(1).waitFor({ timeout: 60_000 })
  for (const one of await tick.all()) await one.click()
  await page.getByRole('link', { name: 'Build a model' }).click()
  const sets = idIn(page.url())
  for (const factor of ['Age', 'Sex']) {
    await page
      .locator('.choice')
      .filter({ has: page.getByText(factor, { exact: true }) })
      .click()
  }
  await page.getByRole('button', { name: 'Sign and order' }).click()
  await page.getByText('Waiting for a hospital’s yes').first().waitFor()
  return { task: idIn(page.url()), sets }
}

/** Lives a day of trade. */
export async function startTraded(): Promise<Traded> {
  const world = await startWorld({ SALUS_MARKET: 'on' })
  const lab = await beTrading(world, 'Cœur Lab')
  const hospital = await beTrading(world, 'Hôpital Saint-Roch')
  const host = await beTrading(world, 'Calcul Sud')
  const { task, sets } = await orderAll(lab)
  await hospital.page.getByRole('button', { name: /^Allow: / }).click()
  await lab.page.getByRole('link', { name: 'Open the result' }).waitFor({ timeout: 90_000 })
  await orderAll(lab)
  await hospital.page.getByRole('button', { name: /^Allow: / }).waitFor()
  await hospital.page.getByRole('link', { name: 'My data' }).click()
  const rules = hospital.page.getByRole('link', { name: 'Change the rules' }).first()
  const offer = idIn((await rules.getAttribute('href')) ?? '')
  const told = { patient: '', request: '', granted: '', record: '', task, sets, offer }
  return { world, lab, hospital, host, told }
}
