/** Several hospitals on one machine, each in processes of its own: founded once, started, watched, broken and mended. */
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fromBase64url } from '@salus/base/bytes'
import { systemClock, systemRandom } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { writeWhole } from '@salus/base/whole'
import { digest } from '@salus/crypto/hash'
import { importDeviceKey } from '@salus/crypto/keys'
import { signRoots } from '@salus/directory/consortium'
import { cometbft } from '@salus/ledger/comet/binary'
import { makeHome, readIdentity, writeConfig, writeGenesis } from '@salus/ledger/comet/home'
import type { MemberNode } from '@salus/ledger/contract'
import { cometFolder, writeCometFile } from '@salus/node-app/comet'
import { foundConsortium, type Hospital } from '@salus/node-app/consortium'
import { isFounded, readFounded } from '@salus/node-app/found'
import { regainFromPeers } from '@salus/node-app/regain'
import { keepDesk } from '../demo/demo.ts'
import { type DeskKeys, newDeskKeys } from '../desk.keys.ts'
import type { CliCode } from '../errors.ts'
import { castOf, type SampleHospital, sampleHospitals } from './hospitals.ts'
import { createLinks, type Links } from './links.ts'
import { createMember, type Member, type Part } from './member.ts'
import { folderOf, makePlan, type Plan } from './plan.ts'
import { type ConsortiumStatus, statusOf } from './status.ts'

export type Running = {
  readonly plan: Plan
  status(): Promise<ConsortiumStatus>
  member(nth: number): Member
  /** Starts a hospital again; one that was wiped makes its journal again from the others first. */
  rejoin(nth: number, part?: Part): Promise<void>
  partition(groups: readonly (readonly number[])[]): void
  stop(): Promise<void>
}

export type UpOptions = {
  readonly dir: string
  readonly hospitals: number
  /** Folder of the built web apps; none are served when not given. */
  readonly web?: string
  /** Sample people at every hospital. */
  readonly people?: boolean
  readonly building?: () => void
}

const url = (port: number): string => `http://127.0.0.1:${port}`

const samples = (count: number): readonly SampleHospital[] => {
  if (count < 1 || count > sampleHospitals.length)
    throw new AppError<CliCode>('consortium-size', { most: sampleHospitals.length })
  return sampleHospitals.slice(0, count)
}

type Each = { readonly sample: SampleHospital; readonly ports: Plan['hospitals'][number]; readonly folder: string }

const eachOf = (dir: string, plan: Plan): Each[] =>
  samples(plan.hospitals.length).map((sample, i) => {
    const ports = plan.hospitals[i] as Plan['hospitals'][number]
    return { sample, ports, folder: folderOf(dir, i + 1) }
  })

/** What the ledger says of a hospital's machine; its CometBFT keys are made here, once. */
async function nodeOf({ sample: { name, org }, ports, folder }: Each): Promise<MemberNode> {
  const identity = await makeHome(cometFolder(folder))
  const operator = digest(`legal ${org}`)
  return { ...identity, url: url(ports.port), operator, role: 'controller', contract: digest(`contract ${name}`) }
}

/** Keys on devices of their own, one folder for each hospital, signed by every desk. */
async function found(dir: string, plan: Plan, people: boolean): Promise<void> {
  const each = eachOf(dir, plan)
  const desks = new Map<string, DeskKeys>()
  for (const { sample } of each) desks.set(sample.org, await newDeskKeys(sample.org as never))
  const hospitals: Hospital[] = []
  for (const one of each) {
    const { org, name, origin } = one.sample
    hospitals.push({
      ...{ dir: one.folder, org: org as never, name, kind: 'hospital', country: 'FR', origin },
      ...{ key: desks.get(org)?.device.publicKey ?? '', url: url(one.ports.port), node: await nodeOf(one) },
    })
  }
  await foundConsortium(hospitals, {
    ...{ chain: 'salus-consortium', time: systemClock(), demonstration: true },
    async sign(document) {
      const signatures: string[] = []
      for (const keys of desks.values()) {
        const privateKey = await importDeviceKey(fromBase64url(keys.device.privateKey))
        signatures.push(await signRoots(document, privateKey, keys.device.publicKey))
      }
      for (const { sample, ports, folder } of each) {
        const keys = desks.get(sample.org) as DeskKeys
        const reach = { base: url(ports.port), origin: sample.origin }
        await keepDesk(folder, sample.org, keys, { roots: document, signatures }, reach)
        if (people) await writeWhole(join(folder, 'cast.json'), JSON.stringify(castOf(sample)))
      }
      return signatures
    },
  })
}

/** Each hospital reaches the others through lines that can be cut; CometBFT's files are written as the plan says. */
async function wire(dir: string, plan: Plan, links: Links): Promise<void> {
  const each = eachOf(dir, plan)
  const identities = await Promise.all(each.map(({ folder }) => readIdentity(cometFolder(folder))))
  for (const [i, { ports, folder }] of each.entries()) {
    const peers: string[] = []
    for (const [other, port] of Object.entries(ports.links)) {
      const there = each[Number(other) - 1]
      const identity = identities[Number(other) - 1]
      if (!there || !identity) continue
      await links.open(i + 1, Number(other), port, there.ports.p2p)
      peers.push(`${identity.peer}@127.0.0.1:${port}`)
    }
    const { genesis } = await readFounded(folder)
    const home = cometFolder(folder)
    await writeGenesis(home, { genesis, validators: identities.map(({ validator }) => validator) })
    await writeCometFile(folder, { abci: { port: ports.abci }, rpc: `http://127.0.0.1:${ports.rpc}` })
    const abci = `tcp://127.0.0.1:${ports.abci}`
    await writeConfig(home, { abci, rpc: ports.rpc, p2p: ports.p2p, peers, demonstration: true })
  }
}

const memberOf = (members: readonly Member[], nth: number): Member => {
  const found = members[nth - 1]
  if (!found) throw new AppError<CliCode>('consortium-hospital', { most: members.length })
  return found
}

async function rejoin(folder: string, member: Member, part?: Part): Promise<void> {
  if (isFounded(folder) && !existsSync(join(folder, 'sources.db')) && !member.running().includes('node')) {
    await regainFromPeers({ dir: folder, clock: systemClock, random: systemRandom })
  }
  member.start(part)
}

/** Founds what is not founded, wires the lines, and starts everybody. */
export async function startConsortium(options: UpOptions): Promise<Running> {
  const { dir, hospitals, web, people = true, building } = options
  const program = await cometbft(building)
  await mkdir(dir, { recursive: true, mode: 0o700 })
  samples(hospitals)
  const plan = await makePlan(dir, hospitals)
  const count = plan.hospitals.length
  const founded = Array.from({ length: count }, (_, i) => isFounded(folderOf(dir, i + 1)))
  if (!founded.every(Boolean)) {
    if (founded.some(Boolean) && existsSync(join(folderOf(dir, 1), 'ledger.db'))) throw new AppError('data-there')
    await found(dir, plan, people)
  }
  const links = createLinks()
  try {
    await wire(dir, plan, links)
  } catch (error) {
    await links.close()
    throw error
  }
  const members = plan.hospitals.map(({ port }, i) =>
    createMember({ dir: folderOf(dir, i + 1), port, program, ...(web ? { web } : {}) }),
  )
  for (const one of members) one.start()
  return {
    plan,
    status: () => statusOf(plan, members, links),
    member: (nth) => memberOf(members, nth),
    rejoin: (nth, part) => rejoin(folderOf(dir, nth), memberOf(members, nth), part),
    partition: (groups) => {
      for (const nth of groups.flat()) memberOf(members, nth)
      links.partition(groups)
    },
    async stop() {
      await Promise.all(members.map((one) => one.stop()))
      await links.close()
    },
  }
}
