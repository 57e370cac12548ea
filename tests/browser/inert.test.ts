/** What stands in a record is text: a script in any field of any resource stays a word on a page. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { forms } from '@salus/fhir/forms'
import { noChromium } from '@salus/web-app/testing'
import { bePatient, beStaff, type Someone, startWorld, type World } from './world.ts'

const skip = await noChromium()
let world: World
let patient: Someone
before(async () => {
  if (skip) return
  world = await startWorld()
  patient = await bePatient(world, 'Marc Ferrand')
})
after(async () => {
  if (!skip) await world.stop()
})

const evil =
  '<script>window.pwned=1</script><img src=x onerror="window.pwned=1"><svg onload="window.pwned=1">javascript:window.pwned=1'

/** Every text of a resource, however deep, with `evil` in it; what R4 fixes (types, codes that are closed) stays. */
function poisoned(value: unknown, key = ''): unknown {
  if (typeof value === 'string') {
    const fixed =
      [
        'resourceType',
        'status',
        'intent',
        'system',
        'id',
        'unit',
        'criticality',
        'type',
        'contentType',
        'data',
        'reference',
        'value',
        'code',
        'severity',
        'priority',
      ].includes(key) ||
      /^\d{4}-/.test(value) ||
      /[sS]tatus$/.test(key)
    return fixed ? value : `${value} ${evil}`
  }
  if (Array.isArray(value)) return value.map((one) => poisoned(one, key))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, poisoned(one, name)]))
}

const context = {
  id: 'inert-1',
  patient: { reference: 'Patient/x', display: 'x' },
  author: { display: 'Dr' },
  now: '2026-11-21T09:00:00Z',
}
const samples = [
  forms.prescription({ medication: 'Medicine', dosage: 'one', reason: 'reason', note: 'note' } as never, context),
  forms.allergy({ substance: 'Substance', reaction: 'rash', note: 'note' } as never, context),
  forms.diagnosis({ problem: 'Problem', note: 'note', site: 'site' } as never, context),
  forms.result(
    {
      test: { text: 'Test', coding: { system: 'http://loinc.org', code: '22748-8' } },
      value: '3',
      unit: 'mmol/L',
      note: 'n',
    } as never,
    context,
  ),
  forms.visitNote({ note: 'text', reason: 'reason' } as never, context),
  forms.carePlan({ title: 'title', steps: ['step'], goals: ['goal'], description: 'd' } as never, context),
  forms.procedure({ procedure: 'Procedure', note: 'note' } as never, context),
  forms.immunization({ vaccine: 'Vaccine', lot: 'lot', note: 'n' } as never, context),
]

test('an injected script in every text field of a resource stays inert, in the list, the card and the raw view', {
  skip,
}, async () => {
  const morel = await beStaff(world, 'Dr Camille Morel')
  await morel.page.getByRole('button', { name: 'Marc Ferrand' }).click()
  await morel.page.getByRole('link', { name: 'Write' }).waitFor()
  // The professional's own command files what no form would: the same signed deposit.
  const handle = morel.page.url().split('/').at(-1) ?? ''
  for (const [i, { fhir }] of samples.entries()) {
    const resource = { ...(poisoned(JSON.parse(fhir)) as object), id: `inert-${i}` }
    const file = `${world.commands.root}/evil-${i}.json`
    writeFileSync(file, JSON.stringify(resource))
    await world.commands.done([
      'pro',
      'write',
      file,
      '--device',
      world.commands.device('dr-morel'),
      '--patient',
      handle,
    ])
  }
  const { page } = patient
  await page.getByRole('link', { name: 'Record', exact: true }).click()
  await page.getByLabel('Show').selectOption('time')
  await page.getByText('window.pwned').first().waitFor()
  const links = await page
    .locator('main .virtual a.line')
    .evaluateAll((all) => all.map((one) => one.getAttribute('href') ?? ''))
  let seen = 0
  for (const link of links) {
    await page.evaluate((to) => {
      location.hash = to
    }, link)
    await page.locator('main details').first().waitFor()
    await page.locator('main details summary').last().click()
    if ((await page.locator('main').innerText()).includes('window.pwned=1')) seen++
    assert.equal(await page.evaluate(() => (window as { pwned?: number }).pwned), undefined)
    assert.equal(
      await page
        .locator('main script, main img[src="x"], main [onerror], main [onload], main a[href^="javascript"]')
        .count(),
      0,
    )
  }
  assert.ok(seen >= samples.length, `${seen} of ${samples.length} were shown`)
  assert.deepEqual(world.complaints, [])
})

test('the policy itself stops a script that somebody managed to put in the page', { skip }, async () => {
  const other = await world.person()
  await other.page.goto(`${world.url}/patient/`)
  await other.page.locator('h1').first().waitFor()
  const refused = await other.page.evaluate(() => {
    const script = document.createElement('script')
    try {
      script.textContent = 'window.pwned = 1'
      document.body.append(script)
    } catch {
      return 'refused'
    }
    try {
      document.body.innerHTML += '<img src=x onerror="window.pwned=1">'
    } catch {
      return 'refused'
    }
    return (window as { pwned?: number }).pwned === undefined ? 'inert' : 'ran'
  })
  assert.notEqual(refused, 'ran')
})

test('another patient’s identity does not head the page: only what a desk filed as identity is believed', {
  skip,
}, async () => {
  const morel = await beStaff(world, 'Dr Camille Morel')
  await morel.page.getByRole('button', { name: 'Lou Bertrand' }).click()
  await morel.page.getByRole('heading', { name: 'Patient', exact: true }).waitFor()
  const handle = morel.page.url().split('/').at(-1) ?? ''
  const file = `${world.commands.root}/identity.json`
  const name = [{ use: 'official', family: 'Elsewhere (sample)', given: ['Somebody'] }]
  writeFileSync(file, JSON.stringify({ resourceType: 'Patient', id: 'other', name, birthDate: '1950-01-01' }))
  await world.commands.done(['pro', 'write', file, '--device', world.commands.device('dr-morel'), '--patient', handle])
  const lou = await bePatient(world, 'Lou Bertrand')
  const okafor = await beStaff(world, 'Dr Noor Okafor')
  await okafor.page.getByRole('button', { name: 'Lou Bertrand' }).click()
  await okafor.page.getByRole('link', { name: 'Ask for access' }).click()
  await okafor.page.getByText('Allergies', { exact: true }).click()
  await okafor.page.getByRole('button', { name: 'Send the request' }).click()
  await lou.page.getByRole('link', { name: 'Look and answer' }).click()
  await lou.page.getByRole('button', { name: 'Allow all of it' }).click()
  await lou.page.getByText('Allowed. You can take it back').waitFor()
  await okafor.page.getByRole('link', { name: /allowed: open it/ }).click()
  await okafor.page.getByRole('heading', { name: 'Lou Bertrand (sample)' }).waitFor()

  // Somebody else signs in: nothing of what was open is there, in the page or behind its address.
  const address = okafor.page.url()
  await okafor.page.getByRole('link', { name: 'Me', exact: true }).click()
  await okafor.page.getByRole('button', { name: 'Be somebody else' }).click()
  await okafor.page.getByRole('button', { name: /^Eli Lindqvist/ }).click()
  await okafor.page.getByRole('navigation').waitFor()
  await okafor.page.goto(address)
  await okafor.page.getByRole('alert').first().waitFor()
  assert.ok(!(await okafor.page.locator('body').innerText()).includes('Lou Bertrand (sample)\n'))
})
