/** All that a node hands out, asked as its people ask, so that what a damaged one says can be held against what is true. */
import { systemClock, systemRandom } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import { signerOf } from '@salus/directory/device/patient'
import { openingKeys } from '@salus/directory/device/professional'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { journalEndpoints } from '@salus/journal/contract'
import { composeNode, type SalusNode } from '@salus/node-app/compose'
import { examine } from '@salus/node-app/doctor'
import type { TestNode } from '@salus/node-app/testing'
import { recordEndpoints } from '@salus/records/endpoints'
import { linkTo, type Pro, readAll } from '../tests/people.ts'
import { dump } from '../tests/scan.ts'
import type { Story } from '../tests/story.ts'

/** Question -> answer, as text; `refused CODE` where the node said no. */
export type Answers = ReadonlyMap<string, string>
export type Opened = {
  readonly answers: Answers
  /** Every row of the views as the start left them, as one text. */
  readonly views?: string
  /** Code with which the folder did not open. */
  readonly refused?: string
  /** Codes that the start wrote into its log. */
  readonly said: readonly string[]
  /** Codes with which single questions were refused. */
  readonly wrong: readonly string[]
}

type People = { readonly at: TestNode; readonly told: Story }
export const peopleOf = (at: TestNode, told: Story): People => ({ at, told })

/** A refusal in words is an answer; anything else is a fault of ours and goes up. */
async function asked(work: () => Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify(await work())
  } catch (error) {
    if (isAppError(error)) return `refused ${error.code}`
    throw error
  }
}

/** Opens the folder and asks for everything; closes it again. */
export async function opened(dir: string, people: People): Promise<Opened> {
  const said: string[] = []
  const log = ({ route, code }: { route: string; code?: string }) => {
    if (route === 'node.start' && code) said.push(code)
  }
  let node: SalusNode
  try {
    node = await composeNode({ dir, erased: `${dir}-erased.log`, clock: systemClock, random: systemRandom, log })
  } catch (error) {
    if (!isAppError(error)) throw error
    return { answers: new Map(), refused: error.code, said, wrong: [] }
  }
  try {
    const views = JSON.stringify(await dump(node.views))
    const answers = await everything(node, people)
    const wrong = [...answers.values()].filter((one) => one.startsWith('refused')).map((one) => one.slice(8))
    return { answers, views, said, wrong }
  } finally {
    // Closing advances the ledger: a folder found broken on the way may refuse that, and has said so already.
    await node.close().catch(() => undefined)
  }
}

async function everything(node: SalusNode, { at, told }: People): Promise<Answers> {
  const answers = new Map<string, string>()
  const fetch = async (url: string, init: RequestInit) => node.app.fetch(new Request(url, init))
  const w = { at: { ...at, node, fetch }, clock: systemClock, random: systemRandom }
  for (let i = 0; i < node.journal.log.size(); i++) {
    answers.set(`entry ${i}`, await asked(async () => (await node.journal.receiptAt(i))?.stored ?? 'erased'))
  }
  for (const { keys } of [told.patient, told.other]) {
    const signer = await signerOf(keys.device)
    let link: Pro['link'] | undefined
    const call = async () => {
      link ??= await linkTo(w, signer, keys.handle)
      return link.call
    }
    const ask = async (question: string, work: () => Promise<unknown>) =>
      void answers.set(`${question} ${keys.handle}`, await asked(work))
    await ask('chain', async () => (await (await call())(journalEndpoints.chain, { query: { after: 0 } })).entries)
    await ask('keyring', async () => {
      const { entries } = await (await call())(directoryEndpoints.keyring, { input: { handle: keys.handle } })
      return entries
    })
    await ask('own', async () => {
      const { records } = await (await call())(recordEndpoints.own, { query: {} })
      // A packet that is not what was signed is left out: no answer to that question, the rest is of use.
      for (const { record, version, packet } of records) {
        answers.set(`packet ${record} ${version}`, packet ?? 'refused content-damaged')
      }
      const wanted = records.map(({ record, version }) => ({ record, version }))
      const { contents } = await (await call())(recordEndpoints.contents, { input: { records: wanted } })
      return { rows: records.map(({ packet: _, ...row }) => row), contents }
    })
  }
  const { signer, keys } = told.doctor
  answers.set('read', await asked(async () => readAgain(await linkTo(w, signer, keys.handle), told)))
  return answers
}

async function readAgain(link: Pro['link'], { doctor, given, patient }: Story): Promise<string[]> {
  const { keys, signer } = doctor
  const reader = async () => ({ handle: keys.handle, signer, keys: await openingKeys(link, keys) })
  return (await readAll({ ...doctor, link, reader }, given.grant, patient.keys.handle)).map((one) => one.fhir)
}

/** Questions whose answer is neither the true one nor a refusal in words. */
export const lies = (truth: Answers, { answers }: Opened): string[] =>
  [...answers]
    .filter(([question, said]) => said !== truth.get(question) && !said.startsWith('refused'))
    .map(([one]) => one)

/** What doctor says of a folder: the checks that were not ok, each with its code. */
export async function examined(dir: string): Promise<string[]> {
  const checks = await examine({ dir, erased: `${dir}-erased.log` })
  return checks.filter((one) => !one.ok).map((one) => one.code ?? one.name)
}
