/** Two hospitals and one patient's browser: the record moves from the one to the other, and the page that is open works on. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { TestHospital } from '@salus/node-app/testing'
import { nameStores } from '@salus/records/device/circle'
import { sync } from '@salus/records/device/patient'
import { noChromium } from '@salus/web-app/testing'
import { quiet } from '../hospitals.ts'
import { newPro, request, world } from '../people.ts'
import { openTwo, type Two } from './two.ts'

const skip = await noChromium()
let two: Two
let rounds: ReturnType<typeof setInterval> | undefined

before(async () => {
  if (skip) return
  two = await openTwo(async (patient) => {
    await sync(patient)
    await nameStores(patient, ['hopital-nord'] as never)
  })
})
after(async () => {
  clearInterval(rounds)
  await two?.close()
})

test('D46 the record moves to the other hospital in the page that is open, and works on there', { skip }, async () => {
  const { both, page, patient, complaints, to } = two
  const [a, b] = both
  await to('#/more')
  await page.getByRole('link', { name: /Who keeps a copy/ }).click()
  await page.getByText('no copy yet; it fetches one by itself').waitFor()
  await quiet(b)
  // The page sees by itself that the copy has come.
  await page.getByRole('button', { name: 'Move my record here: hopital-nord' }).click()
  rounds = setInterval(() => {
    for (const one of both) void one.node.replica.pull().catch(() => undefined)
  }, 300)
  await page.getByRole('dialog').getByRole('button', { name: 'Move it' }).click()
  await page
    .getByRole('listitem')
    .filter({ hasText: 'hopital-nord' })
    .getByText('your hospital; keeps your record')
    .waitFor()
  const { handle } = patient.keys
  const kept = async (one: TestHospital) =>
    (await one.node.sources.tx((s) => s.all('SELECT origin FROM stay WHERE chain = ?', handle))).map(
      (row) => row.origin,
    )
  assert.deepEqual([await kept(b), await kept(a)], [[''], [b.origin]])
  await to('#/')
  await page.reload()
  await page.getByRole('heading', { name: 'Hello' }).waitFor()
  await to('#/log')
  await page.getByLabel('Show').selectOption('own')
  await page.getByText('moved the record to another hospital').first().waitFor()
  // Whoever asks at the new home is answered in the same page.
  const pro = await newPro(world(b), 'physician', 'hopital-nord')
  await request(world(b), pro, handle, ['allergies'])
  await to('#/')
  await page.getByText('Dr Sample (sample)').first().waitFor()
  assert.deepEqual(
    complaints.filter((one) => !/409/.test(one)),
    [],
  )
})
