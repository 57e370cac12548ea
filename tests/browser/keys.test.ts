/** Keys, people and leaving in real browsers: every way back is made and tried, devices come and go, somebody acts for somebody. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
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

const to = ({ page }: Someone, hash: string) =>
  page.evaluate((where) => {
    location.hash = where
  }, hash)

/** As it stands now, nothing for a machine to find, and nothing wider than the screen. */
async function accessible(page: Page): Promise<void> {
  assert.deepEqual(await problems(page), [])
  assert.equal(await overflows(page), false)
}

/** Somebody with an empty browser, at the page of the ways back. */
async function empty(): Promise<Someone> {
  const one = await world.person()
  await one.page.goto(`${world.url}/patient/`)
  await one.page.getByRole('button', { name: 'Continue' }).last().click()
  return one
}

/** Makes and tries a code on the page that asks for one; gives it. */
async function newCode(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Make my recovery code' }).click()
  const code = (await page.locator('.paper .code').innerText()).trim()
  await page.getByRole('button', { name: 'I kept it' }).click()
  await page.getByRole('textbox', { name: 'Your recovery code' }).fill(code)
  await page.getByRole('button', { name: 'Check', exact: true }).click()
  return code
}

/** What stands in a QR code, as a camera sees it: a picture of the screen. */
const picture = (page: Page, name: string): Promise<Buffer> => page.getByRole('img', { name }).screenshot()

async function scan(page: Page, file: Buffer): Promise<void> {
  await page.getByRole('button', { name: 'Scan a QR code' }).click()
  await page.getByText('The camera cannot be used.').waitFor()
  await accessible(page)
  await page
    .getByLabel('Or choose a picture of the code')
    .setInputFiles({ name: 'code.png', mimeType: 'image/png', buffer: file })
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}

test('a second device shows its code; the first one scans it, compares the fingerprint and takes it in; later it takes it out', {
  skip,
}, async () => {
  const second = await empty()
  await second.page.getByText('I still have the other device').click()
  await second.page.getByRole('button', { name: 'Show an invitation' }).click()
  const print = (await second.page.locator('.code.big').filter({ hasText: '-' }).innerText()).trim()
  const code = await picture(second.page, 'Invitation of this device as a QR code')

  await to(ines, '#/keys')
  const { page } = ines
  await page.getByRole('button', { name: 'Take in a device' }).click()
  await page.getByRole('textbox', { name: 'Code of the new device' }).fill('salus-device:1:nothing')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('alert').waitFor()
  await page.getByRole('textbox', { name: 'Code of the new device' }).fill('')
  await scan(page, code)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByText('Does the new device show the same?').waitFor()
  await accessible(page)
  assert.equal((await page.locator('.code.big').innerText()).trim(), print)
  await page.getByRole('button', { name: 'It is the same: take it in' }).click()
  await page.getByText('Taken in.').waitFor()

  await second.page.getByRole('heading', { name: 'Hello' }).waitFor()
  await to(second, '#/record')
  await second.page.getByRole('link', { name: /Allergies/ }).waitFor()

  await page.getByRole('button', { name: `Take out ${print}` }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Take out' }).click()
  await page.getByText(print).first().waitFor({ state: 'detached' })
  await second.page.reload()
  await second.page.getByText('it was cut off by another one').waitFor()

  // What is cut off can begin anew.
  await to(second, '#/keys')
  await second.page.getByRole('button', { name: 'Take everything off this device' }).click()
  await second.page.getByRole('dialog').getByRole('button', { name: 'Take everything off this device' }).click()
  await second.page.getByRole('heading', { name: 'Your health record, with you' }).waitFor()
  await second.context.close()
})

test('five guardians get a share each; three of them are tried, two are too few; three bring the record back in an empty browser', {
  skip,
}, async () => {
  const { page } = ines
  await to(ines, '#/keys')
  await page.getByRole('button', { name: 'Ask guardians' }).click()
  await page.getByRole('button', { name: 'Make the shares' }).click()
  await page.getByRole('button', { name: 'I handed them out' }).waitFor()
  const shares = await page.locator('.paper .code').allInnerTexts()
  assert.equal(new Set(shares).size, 5)
  await accessible(page)
  const fourth = await picture(page, 'Share as a QR code 4')
  await page.emulateMedia({ media: 'print' })
  assert.equal(await page.getByText('Something is lost').isVisible(), false)
  assert.equal(await page.locator('.paper .code').first().isVisible(), true)
  assert.equal(await page.getByRole('img', { name: 'Share as a QR code 5' }).isVisible(), true)
  await page.emulateMedia({ media: 'screen' })
  await page.getByRole('button', { name: 'I handed them out' }).click()
  await page.getByText('3 of 5').waitFor()

  await page.getByRole('button', { name: 'Try it' }).click()
  await page.getByText('Guardians', { exact: false }).last().click()
  const field = page.getByRole('textbox', { name: 'Shares, one on each line' })
  await field.fill(`${shares[0]}\n${shares[4]}`)
  await page.getByRole('button', { name: 'Check', exact: true }).click()
  await page.getByRole('alert').waitFor()
  await scan(page, fourth)
  assert.equal((await field.inputValue()).split('\n').length, 3)
  await page.getByRole('button', { name: 'Check', exact: true }).click()
  await page.getByText('It works: this brings you back.').waitFor()

  const back = await empty()
  await back.page.getByText('With the shares of my guardians').click()
  await back.page.getByRole('textbox', { name: 'Shares, one on each line' }).fill(shares.slice(1, 4).join('\n'))
  await back.page.getByRole('button', { name: 'Come back' }).click()
  await newCode(back.page)
  await back.page.getByRole('heading', { name: 'Hello' }).waitFor()
  await to(back, '#/record')
  await back.page.getByRole('link', { name: /Allergies/ }).waitFor()
  await page.reload()
  await page.getByRole('alert').first().waitFor()
  ines = back
})

test('a passkey’s own secret is a way back: refused where there is none, made, tried, and it restores an emptied browser', {
  skip,
}, async () => {
  // A passkey belongs to a name, never to a number (WebAuthn §5.1.2).
  const url = world.url.replace('127.0.0.1', 'localhost')
  const { page } = await bePatient({ ...world, url }, 'Lou Bertrand')
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  const go = (hash: string) => page.goto(`${url}/patient/${hash}`)
  await go('#/keys')
  await page.getByRole('button', { name: 'Use a passkey' }).first().click()
  const authenticator = {
    ...({ protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal' } as const),
    ...{ hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
  }
  const without = await session.send('WebAuthn.addVirtualAuthenticator', { options: authenticator })
  await page.getByRole('button', { name: 'Use a passkey' }).last().click()
  await page.getByText('The passkey was not given').waitFor()
  await session.send('WebAuthn.removeVirtualAuthenticator', without)
  await session.send('WebAuthn.addVirtualAuthenticator', { options: { ...authenticator, hasPrf: true } })
  await page.getByRole('button', { name: 'Use a passkey' }).last().click()
  await page.getByText('The passkey brings you back from now on.').waitFor()
  await page.getByRole('button', { name: 'Try it' }).click()
  await page.locator('.choice', { hasText: 'passkey' }).click()
  await page.getByRole('button', { name: 'Check', exact: true }).click()
  await page.getByText('It works: this brings you back.').waitFor()

  // The browser lost everything; the passkey is in the key store of the device.
  await page.goto(`${url}/icon.svg`)
  await page.evaluate(async () => {
    const gone = indexedDB.deleteDatabase('salus-patient')
    await new Promise((done) => gone.addEventListener('success', done))
  })
  await go('')
  await page.getByRole('button', { name: 'Continue' }).last().click()
  await page.getByText('With a passkey').click()
  await page.getByRole('button', { name: 'Come back' }).click()
  await newCode(page)
  await page.getByRole('heading', { name: 'Hello' }).waitFor()
  await page.context().close()
})

test('what is lost is cut off: every key is renewed, and a new code is made and tried at once', { skip }, async () => {
  const { page } = ines
  await to(ines, '#/keys')
  await page.getByRole('button', { name: 'Renew all keys' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Renew all keys' }).click()
  const code = await newCode(page)
  await page.getByText('You have one way only.').waitFor()
  // Another code from here, typed back wrongly first.
  await page.getByRole('button', { name: 'New recovery code' }).click()
  await page.getByRole('button', { name: 'Make my recovery code' }).click()
  await page.getByRole('button', { name: 'I kept it' }).click()
  await page.getByRole('textbox', { name: 'Your recovery code' }).fill(code)
  await page.getByRole('button', { name: 'Check', exact: true }).click()
  await page.getByText('That is not the code').waitFor()
  await page.getByRole('button', { name: 'Show the code again' }).click()
  const next = (await page.locator('.paper .code').innerText()).trim()
  await page.getByRole('button', { name: 'I kept it' }).click()
  await page.getByRole('textbox', { name: 'Your recovery code' }).fill(next)
  await page.getByRole('button', { name: 'Check', exact: true }).click()
  await page.getByText('The new code works.').waitFor()
})

test('a camera finds a code: the identifier of somebody else is scanned from what it sees', { skip }, async () => {
  const marc = await bePatient(world, 'Marc Ferrand')
  await to(marc, '#/people')
  const file = await picture(marc.page, 'My identifier as a QR code')
  const handle = (await marc.page.locator('main .code').first().innerText()).trim()
  // A camera that looks at the other screen: the stream is a real one, of a canvas.
  await ines.page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0))
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
    const canvas = document.createElement('canvas')
    canvas.width = 640
    canvas.height = 480
    const context = canvas.getContext('2d')
    setInterval(() => context?.drawImage(image, 170, 90, 300, 300), 50)
    navigator.mediaDevices.getUserMedia = async () => canvas.captureStream()
  }, file.toString('base64'))
  const { page } = ines
  await to(ines, '#/people')
  await page.getByRole('button', { name: 'Name somebody' }).click()
  await page.getByRole('button', { name: 'Scan a QR code' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  assert.equal(
    await page.getByRole('textbox', { name: 'That person’s identifier' }).inputValue(),
    `salus-patient:1:${handle}`,
  )
  await page.getByRole('button', { name: 'Continue' }).click()

  // Named after the fingerprint was compared; acts; is told so on every page; and it ends.
  await to(marc, '#/keys')
  const print = (await marc.page.locator('main .line', { hasText: 'this device' }).locator('.code').innerText()).trim()
  await page.getByText(print).waitFor()
  await page.getByRole('button', { name: 'It is the same: name this person' }).click()
  await page.getByRole('button', { name: `End it: ${handle}` }).waitFor()

  await marc.page.reload()
  await to(marc, '#/people')
  await marc.page.getByRole('button', { name: /^Act for this person/ }).click()
  await marc.page.getByText('You act for somebody else.').waitFor()
  await to(marc, '#/record')
  await marc.page.getByRole('link', { name: /Allergies/ }).waitFor()
  await to(marc, '#/leave')
  await marc.page.getByText('This is done on that person’s own device').waitFor()
  assert.equal(await marc.page.getByRole('button', { name: 'I want to erase everything' }).count(), 0)

  await page.getByRole('button', { name: `End it: ${handle}` }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'End it' }).click()
  await page.getByText('Nobody acts for you.').waitFor()
  await marc.context.close()
})

test('leaving: what stays is said, the word is typed, the receipt is saved; nothing is left in the browser but that', {
  skip,
}, async () => {
  const { page } = ines
  await to(ines, '#/leave')
  await page.getByRole('button', { name: 'I want to erase everything' }).click()
  await page.getByText('Nothing of you stays.').waitFor()
  await accessible(page)
  const erase = page.getByRole('button', { name: 'Erase everything' })
  await page.getByRole('textbox', { name: 'Type ERASE to go on' }).fill('erase')
  assert.equal(await erase.isDisabled(), true)
  await page.getByRole('textbox', { name: 'Type ERASE to go on' }).fill('ERASE')
  await erase.click()
  await page.getByRole('heading', { name: 'Everything was erased' }).waitFor()
  await accessible(page)
  const saving = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save the receipt' }).click()
  const path = (await (await saving).path()) ?? ''
  const receipt = JSON.parse(await readFile(path, 'utf8'))
  assert.deepEqual(Object.keys(receipt).sort(), ['receipt', 'statement'])
  const checked = await world.commands.run(['verify', path, '--json'])
  assert.equal(checked.code, 0, checked.err)

  const parts = () =>
    page.evaluate(async () => {
      const open = indexedDB.open('salus-patient', 1)
      await new Promise((done) => open.addEventListener('success', done))
      const db = open.result
      const names: string[] = []
      for (const store of ['parts', 'keys', 'contents']) {
        const all = db.transaction(store).objectStore(store).getAllKeys()
        await new Promise((done) => all.addEventListener('success', done))
        names.push(...all.result.map((one) => `${store}/${one}`))
      }
      db.close()
      return names.sort()
    })
  assert.deepEqual(await parts(), ['keys/master', 'parts/consortium', 'parts/erased'])
  await page.reload()
  await page.getByRole('heading', { name: 'Everything was erased' }).waitFor()
  await page.getByRole('button', { name: 'Forget the receipt and begin anew' }).click()
  await page.getByRole('heading', { name: 'Your health record, with you' }).waitFor()
  assert.ok(!(await parts()).includes('parts/erased'))
})

test('nothing on these pages was complained of: no error, no refused resource, no policy broken', { skip }, () => {
  assert.deepEqual(world.complaints, [])
})
