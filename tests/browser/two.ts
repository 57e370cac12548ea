/** Two hospitals on ports of this machine, and the page of a patient of the first, opened as the sample list opens it. */
import { systemRandom } from '@salus/base/clock'
import { newRecoveryCode } from '@salus/crypto/keychain'
import { changeWays } from '@salus/directory/device/keychain'
import type { TestHospital } from '@salus/node-app/testing'
import type { PatientDevice } from '@salus/records/device/patient'
import { webFolder } from '@salus/web-app/build'
import { launch } from '@salus/web-app/testing'
import type { BrowserContext } from 'playwright-core'
import { onPorts } from '../hospitals.ts'
import { newPatient, world } from '../people.ts'

/** `begin`: what is so before the page opens; `look`: what the browser is watched for. */
export async function openTwo(
  begin: (patient: PatientDevice, both: readonly [TestHospital, TestHospital]) => Promise<void>,
  look: (context: BrowserContext, own: TestHospital) => void = () => {},
) {
  const { all, ports } = await onPorts(['saint-roch', 'hopital-nord'], { web: await webFolder() })
  const both = all as [TestHospital, TestHospital]
  const [a] = both
  const patient = await newPatient(world(a))
  const code = newRecoveryCode(systemRandom)
  await changeWays(patient.link, patient.keys, { add: [{ way: 'code', code }], keep: () => true }, patient.save)
  const listed = [{ name: 'Ada (sample)', code, handle: patient.keys.handle }]
  a.node.state.samples = { patients: listed, claim: null, staff: [], research: [] }
  await begin(patient, both)
  const browser = await launch()
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'en-GB' })
  context.setDefaultTimeout(30_000)
  const page = await context.newPage()
  look(context, a)
  const complaints: string[] = []
  page.on('console', (one) => {
    if (one.type() === 'error' && !/ERR_CONNECTION_REFUSED/.test(one.text())) complaints.push(one.text())
  })
  await page.goto(`${a.url}/patient/`)
  await page.getByRole('button', { name: 'Ada (sample)' }).click()
  await page.getByRole('heading', { name: 'Hello' }).waitFor()
  const close = async () => {
    await browser.close()
    for (const one of ports) await one()
    for (const one of both) await one.node.close()
  }
  const to = (hash: string) => page.evaluate((next) => location.assign(next), hash)
  return { both, ports, patient, page, complaints, to, close }
}
export type Two = Awaited<ReturnType<typeof openTwo>>
