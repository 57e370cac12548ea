/** The patient's pages in a real browser: adding, opening files, choosing in advance, sharing by a link, what the app says of itself. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { dicomOf, pdfOf, scannedPdf } from '@salus/ui/testing'
import { noChromium } from '@salus/web-app/testing'
import type { Page } from 'playwright-core'
import { overflows, problems } from './axe.ts'
import { bePatient, type Someone, startWorld, type World } from './world.ts'

const skip = await noChromium()
let world: World
let ines: Someone
before(async () => {
  if (skip) return
  world = await startWorld()
  ines = await bePatient(world, 'Inès Delcourt')
})
after(async () => {
  if (!skip) await world.stop()
})

/** As it stands now, nothing for a machine to find, and nothing wider than the screen. */
async function accessible(page: Page): Promise<void> {
  assert.deepEqual(await problems(page), [])
  assert.equal(await overflows(page), false)
}

/** A page of the app, without loading it anew. */
const to = (hash: string) =>
  ines.page.evaluate((where) => {
    location.hash = where
  }, hash)

/** Adds a file as a document of that title, and opens its page. */
async function upload(title: string, name: string, buffer: Uint8Array): Promise<void> {
  const { page } = ines
  await to('#/record/add/document')
  await page.getByRole('textbox', { name: 'Title' }).fill(title)
  // What a browser makes of a name it does not know: no type at all.
  await page.getByLabel('File').setInputFiles({ name, mimeType: '', buffer: Buffer.from(buffer) })
  await page.getByRole('button', { name: 'Sign and save' }).click()
  await page.getByRole('link', { name: 'Look at it' }).click()
  await page.getByRole('heading', { level: 1, name: title }).waitFor()
}

/** The colour of one place of a canvas, from its upper left corner in parts of one. */
const colourAt = (name: string, x: number, y: number): Promise<number[]> =>
  ines.page.getByRole('img', { name }).evaluate(
    (canvas, at) => {
      const { width, height } = canvas as HTMLCanvasElement
      const context = (canvas as HTMLCanvasElement).getContext('2d')
      return [...(context?.getImageData(Math.floor(at.x * width), Math.floor(at.y * height), 1, 1).data ?? [])]
    },
    { x, y },
  )

/** Waits until a place of a canvas has a colour. */
async function shows(name: string, x: number, y: number, wanted: (colour: number[]) => boolean): Promise<void> {
  for (let i = 0; i < 100; i += 1) {
    if (wanted(await colourAt(name, x, y))) return
    await new Promise((done) => setTimeout(done, 50))
  }
  assert.fail(`${name}: ${await colourAt(name, x, y)}`)
}
const black = ([r = 255, g = 255, b = 255, a = 0]: number[]) => r < 40 && g < 40 && b < 40 && a > 200
const white = ([r = 0, g = 0, b = 0]: number[]) => r > 215 && g > 215 && b > 215

test('a measurement is added: what is missing is said at its field, the rest stays; it stands in the record as one’s own word', {
  skip,
}, async () => {
  const { page } = ines
  await to('#/record/add')
  await page.getByRole('link', { name: /Measurement at home/ }).click()
  await page.getByLabel('What you measured').selectOption('blood-pressure')
  await page.getByLabel(/Systolic/).fill('128')
  await page.getByRole('button', { name: 'Sign and save' }).click()
  const lower = page.getByLabel(/Diastolic/)
  await page.getByText('Fill this in.').waitFor()
  assert.equal(await lower.getAttribute('aria-invalid'), 'true')
  assert.equal(await lower.evaluate((field) => field === document.activeElement), true)
  await accessible(page)
  await lower.fill('180')
  await page.getByRole('button', { name: 'Sign and save' }).click()
  await page.getByText('This number cannot be right here').waitFor()
  await lower.fill('81')
  await page.getByRole('button', { name: 'Sign and save' }).click()
  await page.getByRole('link', { name: 'Look at it' }).click()
  await page.getByText('128/81 mmHg').first().waitFor()
  await page.getByText('said by the patient').waitFor()
})

test('an allergy of the list comes with its code, and what the list knows of it; the list does not close the form', {
  skip,
}, async () => {
  const { page } = ines
  await to('#/record/add/allergy')
  const substance = page.getByRole('combobox', { name: 'Allergic to' })
  await substance.fill('Grandma’s pie')
  assert.equal(await page.getByLabel('Kind of allergy').inputValue(), '')
  const listed = await substance.evaluate((field) => [...((field as HTMLInputElement).list?.options ?? [])].length)
  assert.ok(listed > 20)
  await substance.fill('Peanuts')
  await accessible(page)
  assert.equal(await page.getByLabel('Kind of allergy').inputValue(), 'food')
  await page.getByRole('button', { name: 'Sign and save' }).click()
  await page.getByRole('link', { name: 'Look at it' }).click()
  await page.getByText('As FHIR').click()
  const fhir = JSON.parse(await page.locator('pre').innerText())
  assert.deepEqual(fhir.code, { coding: [{ system: 'http://snomed.info/sct', code: '91935009' }], text: 'Peanuts' })
  assert.equal(fhir.verificationStatus.coding[0].code, 'unconfirmed')
  assert.equal(fhir.patient.identifier.system, 'https://salus.invalid/handle')
})

test('a PDF is told by its first bytes, drawn page by page, made larger, and its words are there for who does not see it', {
  skip,
}, async () => {
  const { page } = ines
  await upload('Letter (sample)', 'letter', pdfOf(['First page', 'Second page']))
  const first = 'letter, page 1 of 2'
  await shows(first, 0.2, 0.6, black)
  await shows(first, 0.9, 0.6, white)
  const width = () => page.getByRole('img', { name: first }).evaluate((one) => one.getBoundingClientRect().width)
  const before = await width()
  await page.getByRole('button', { name: 'Larger' }).click()
  await page.getByText('150 %').waitFor()
  assert.ok((await width()) > before * 1.4)
  await shows(first, 0.2, 0.6, black)
  await page.getByRole('img', { name: 'letter, page 2 of 2' }).scrollIntoViewIfNeeded()
  await page.getByText('The words of this page').nth(1).click()
  await page.getByText('Second page').waitFor()
  await accessible(page)
})

test('a PDF of many pages is there fifty at a time', { skip }, async () => {
  const { page } = ines
  await upload('Long (sample)', 'long.pdf', pdfOf(Array.from({ length: 120 }, (_, i) => `Page ${i + 1}`)))
  const pages = page.locator('.pages section.pan')
  await page.getByRole('button', { name: 'More pages (50 of 120)' }).click()
  await page.getByRole('button', { name: 'More pages (100 of 120)' }).waitFor()
  assert.equal(await pages.count(), 100)
  await page.getByRole('button', { name: 'More pages (100 of 120)' }).click()
  await page.getByRole('img', { name: 'long.pdf, page 120 of 120' }).waitFor()
  assert.equal(await pages.count(), 120)
  assert.equal(await page.getByRole('button', { name: /More pages/ }).count(), 0)
})

test('a scanned PDF (fax-encoded) is drawn without WebAssembly; a damaged one says so and can be saved', {
  skip,
}, async () => {
  const { page } = ines
  await upload('Scan (sample)', 'scan.pdf', scannedPdf())
  await shows('scan.pdf, page 1 of 1', 0.5, 0.5, black)
  await upload('Damaged (sample)', 'damaged.pdf', pdfOf(['Never shown']).subarray(0, 60))
  await page.getByText('This PDF cannot be shown here').waitFor()
  const saving = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  assert.equal((await saving).suggestedFilename(), 'salus.pdf')
})

test('a DICOM image is drawn by its window; brightness and inversion change it; frames are leafed through', {
  skip,
}, async () => {
  const { page } = ines
  // Two frames of 2 x 1 in Hounsfield units: air beside bone, then bone beside air.
  const samples = Int16Array.of(-1000, 1000, 1000, -1000)
  const file = dicomOf({ columns: 2, rows: 1, frames: 2, samples, window: [0, 400] })
  await upload('Scanner (sample)', 'image.dcm', file)
  const name = 'image.dcm, OT, Sample (sample)'
  await shows(name, 0.2, 0.5, black)
  await shows(name, 0.8, 0.5, white)
  await accessible(page)
  await page.getByText('Black and white swapped').click()
  await shows(name, 0.2, 0.5, white)
  await page.getByText('Black and white swapped').click()
  await page.getByLabel(/^Image/).fill('2')
  await shows(name, 0.2, 0.5, white)
  await page.getByLabel(/Contrast/).fill('4000')
  await page.getByLabel(/Brightness/).fill('1000')
  await shows(name, 0.2, 0.5, ([r = 0]) => r > 120 && r < 135)
})

test('a compressed DICOM image says what it is, and can be saved', { skip }, async () => {
  const file = dicomOf({ columns: 2, rows: 1, samples: Uint8Array.of(1, 2), syntax: '1.2.840.10008.1.2.4.70' })
  await upload('Compressed (sample)', 'image.dcm', file)
  await ines.page.getByText('compressed in a way that is not shown here').waitFor()
  await ines.page.getByRole('button', { name: 'Save', exact: true }).waitFor()
})

test('what an emergency may open is chosen, changed, and chosen against; a hidden document stands on the same page', {
  skip,
}, async () => {
  const { page } = ines
  await to('#/choices')
  const now = page.locator('.notice').first()
  await now.waitFor()
  const vaccinations = page.getByRole('checkbox', { name: 'Vaccinations' })
  assert.equal(await vaccinations.isChecked(), false)
  await page.getByText('Vaccinations', { exact: true }).click()
  await page.getByRole('button', { name: 'Allow this in an emergency' }).click()
  await now.filter({ hasText: 'and Vaccinations' }).waitFor()
  await page.getByText('Your choice stands from now on.').waitFor()
  await page.getByRole('button', { name: 'Nothing in an emergency' }).click()
  await page.getByText('You chose that nothing opens.').waitFor()
  await page.getByText('Nothing is hidden.').waitFor()

  await to('#/record/in/allergies')
  await page.locator('main a.line').first().click()
  await page.getByRole('button', { name: 'Hide', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Hide' }).click()
  await page.getByText('Hidden: shown to nobody').waitFor()
  await to('#/choices')
  await page.locator('main a.line').first().waitFor()
})

test('a summary is shared by a link with a passcode; its reader opens it elsewhere, wrong tries are counted, and it is ended', {
  skip,
}, async () => {
  const { page } = ines
  await to('#/share')
  await page.getByText('With a passcode', { exact: true }).click()
  await page.getByRole('textbox', { name: 'Passcode', exact: true }).fill('maple-7')
  await page.getByRole('textbox', { name: 'The passcode once more' }).fill('maple-8')
  await page.getByText('The two passcodes differ.').waitFor()
  await accessible(page)
  assert.equal(await page.getByRole('button', { name: 'Make the link' }).isDisabled(), true)
  await page.getByRole('textbox', { name: 'The passcode once more' }).fill('maple-7')
  await page.getByRole('textbox', { name: 'A name for it' }).fill('For Dr Sample')
  await page.getByRole('button', { name: 'Choose what' }).click()
  await page.getByText('Lifestyle and social situation').click()
  await page.getByRole('button', { name: 'Make the link' }).click()
  await page.getByRole('img', { name: 'The link as a QR code' }).waitFor()
  const link = (await page.locator('.code.small').first().innerText()).trim()
  assert.match(link, /^shlink:\//)
  await accessible(page)

  const open = (passcode: string) =>
    world.commands.run(['open-link', '--json'], `${link}\nDr Sample (sample)\n${passcode}\n`)
  assert.notEqual((await open('wrong-1')).code, 0)
  const opened = await open('maple-7')
  assert.equal(opened.code, 0, opened.err)
  assert.equal(opened.json.label, 'For Dr Sample')
  const [document] = opened.json.documents as { type: string; entry: { resource: { resourceType: string } }[] }[]
  assert.equal(document?.type, 'document')
  assert.equal(document?.entry[0]?.resource.resourceType, 'Composition')

  await page.getByRole('button', { name: 'Done' }).click()
  await to('#/more')
  await page.getByRole('heading', { level: 1, name: 'More' }).waitFor()
  await to('#/share')
  await page.getByText(/wrong passcodes: 1\/5/).waitFor()
  await page.getByText(/: Dr Sample \(sample\)/).waitFor()
  assert.ok(!(await page.locator('main section.card').nth(1).innerText()).includes('Lifestyle'))
  await page.getByRole('button', { name: 'End it' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'End it' }).click()
  await page.getByText('ended by you').waitFor()
  assert.notEqual((await open('maple-7')).code, 0)
})

test('About: the files are what the ledger says, the ledger’s roots are those this device pinned; colours are kept', {
  skip,
}, async () => {
  const { page } = ines
  await to('#/about')
  await page.getByText('These files are what the ledger says they are.').waitFor()
  const { roots } = JSON.parse(await readFile(join(world.commands.data, 'consortium.json'), 'utf8'))
  const told = await page.locator('main').innerText()
  await accessible(page)
  assert.ok(told.includes(roots.genesis))
  assert.match(told, /0\.1\.0/)
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  await page.getByText('Dark', { exact: true }).click()
  const dark = await ground()
  await page.getByText('Light', { exact: true }).click()
  assert.notEqual(await ground(), dark)
  await page.getByText('Dark', { exact: true }).click()
  await page.reload()
  await page.getByText('Dark', { exact: true }).waitFor()
  assert.equal(await ground(), dark)
  await page.getByText('As this device has them').click()
})

test('everything is taken along in one file that verifies offline', { skip }, async () => {
  const { page } = ines
  await to('#/leave')
  const saving = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save everything' }).click()
  const file = join(world.commands.root, 'export.json')
  await writeFile(file, await readFile((await (await saving).path()) ?? ''))
  await page.getByText(/documents? saved\./).waitFor()
  const checked = await world.commands.run(['verify', file, '--json'])
  assert.equal(checked.code, 0, checked.err)
  assert.ok(Number(checked.json.records) > 5)
})

test('nothing on these pages was complained of: no error, no refused resource, no policy broken', { skip }, () => {
  assert.deepEqual(world.complaints, [])
})
