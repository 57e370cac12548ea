/** Builders for tests of several hospitals: three nodes over one set of roots, a physician of B, a patient of A. */
import assert from 'node:assert/strict'
import { manualClock } from '@salus/base/testing'
import type { Link } from '@salus/directory/device/link'
import { openingKeys } from '@salus/directory/device/professional'
import { sessionLinkOver, wayTo } from '@salus/directory/device/reach'
import { openPort, startConsortium, type TestHospital } from '@salus/node-app/testing'
import { approve, sync } from '@salus/records/device/patient'
import { linkTo, newPatient, newPro, type Pro, proAuthor, request, type World, world, write } from './people.ts'
import { freePort } from './ports.ts'

const none = { held: {}, away: [] }

/** Three hospitals, `more` beside them; a physician of B is known at all. */
export async function three(more: readonly string[] = []) {
  const { clock, advance } = manualClock()
  const all = await startConsortium(['saint-roch', 'cabinet-lilas', 'hopital-nord', ...more], { clock })
  const [a, b, c] = all as [TestHospital, TestHospital, TestHospital]
  const [wa, wb, wc] = [a, b, c].map((one) => world(one, clock)) as [World, World, World]
  const doctor = await newPro(wb, 'physician', 'cabinet-lilas')
  const there = await (async () => {
    await quiet(a)
    return at(wa, doctor)
  })()
  const close = async () => {
    for (const one of all) await one.node.close()
  }
  return { a, b, c, others: all.slice(3), wa, wb, wc, doctor, there, clock, advance, close }
}
export type Three = Awaited<ReturnType<typeof three>>

/** Hospitals on ports of this machine; each of `ports` closes one, and may be replaced by what opens it again. */
export async function onPorts(names: readonly string[], more: { web?: string } = {}) {
  const urls: Record<string, string> = {}
  for (const one of names) urls[one] = `http://127.0.0.1:${await freePort()}`
  const all = await startConsortium(names, { urls, reach: fetch, ...more })
  const ports: (() => Promise<void>)[] = []
  for (const one of all) ports.push(await openPort(one))
  return { all, ports }
}

/** One round in which nothing is held back and nobody is away. */
export async function quiet(one: TestHospital): Promise<number> {
  const { held, away, adopted } = await one.node.replica.pull()
  assert.deepEqual({ held, away }, none)
  return adopted
}

/** The same device, which asks there and nowhere else. */
const over = (pro: Pro, link: Link): Pro => {
  const { keys, signer } = pro
  return { ...pro, link, reader: async () => ({ handle: keys.handle, signer, keys: await openingKeys(link, keys) }) }
}

/** The same person's device at another hospital's node. */
export async function at(w: World, pro: Pro): Promise<Pro> {
  return over(pro, await linkTo(w, pro.signer, pro.keys.handle))
}

/** The doctor of B, who reaches `to` (A) through B and nothing else. */
export async function through({ a, b, doctor, clock, wb }: Three, to = a.origin): Promise<Pro> {
  const way = { base: b.url, fetch: b.fetch, clock, random: wb.random }
  const link = await sessionLinkOver(wayTo(way, to), b.node.roots, doctor.signer, doctor.keys.handle)
  return over(doctor, link)
}

/** A patient at A of whom B holds a document; B's physician is given what there is. */
export async function given({ wa, there }: Three) {
  const patient = await newPatient(wa)
  const { handle } = patient.keys
  await write(proAuthor(there), handle, 'allergies', { resourceType: 'AllergyIntolerance', note: 'sample' })
  await sync(patient)
  const grant = await approve(patient, await request(wa, there, handle, ['allergies']), {})
  return { patient, handle, grant: grant.grant }
}

export const count = (one: Pick<TestHospital, 'node'>, sql: string, ...values: string[]) =>
  one.node.sources.tx(async (s) => Number((await s.get<{ n: number }>(sql, ...values))?.n))
export const entriesOf = (one: Pick<TestHospital, 'node'>, handle: string) =>
  count(one, 'SELECT count(*) AS n FROM statement WHERE chain = ?', handle)
