/** Where the hospitals of one machine lie and listen: drawn once, so that they are found where they were. */
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { AppError } from '@salus/base/errors'
import { parseWith, z } from '@salus/base/schema'
import { writeWhole } from '@salus/base/whole'
import type { CliCode } from '../errors.ts'

const port = z.int().min(1024).max(65_535)
const place = z.strictObject({
  /** The node's own, CometBFT's machine socket, its RPC, and where it listens for the others. */
  ...{ port, abci: port, rpc: port, p2p: port },
  /** Ports of the lines to the other hospitals, by number. */
  links: z.record(z.string(), port),
})
const plan = z.strictObject({ hospitals: z.array(place).min(1).max(7), control: port })
export type Plan = z.infer<typeof plan>

const FILE = 'consortium-plan.json'
/** Below the ports that systems give to outgoing connections: a process that is started again finds its own free. */
const [LOWEST, HIGHEST] = [20_000, 32_000]

const isFree = (candidate: number) =>
  new Promise<boolean>((done) => {
    const server = createServer()
    server.once('error', () => done(false))
    server.listen(candidate, '127.0.0.1', () => server.close(() => done(true)))
  })

/** Ports of this machine that nobody listens at. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>()
  while (found.size < count) {
    const candidate = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST))
    if (!found.has(candidate) && (await isFree(candidate))) found.add(candidate)
  }
  return [...found]
}

/** The folder of hospital `nth`, from 1. */
export const folderOf = (dir: string, nth: number): string => join(dir, `hospital-${nth}`)

export const hasPlan = (dir: string): boolean => existsSync(join(dir, FILE))

export async function readPlan(dir: string): Promise<Plan> {
  if (!hasPlan(dir)) throw new AppError<CliCode>('consortium-missing')
  return parseWith(plan, await readFile(join(dir, FILE), 'utf8'))
}

/** The plan that is there, or a new one for `count` hospitals. `first`: the port of the first node, the others follow it where free. */
export async function makePlan(dir: string, count: number): Promise<Plan> {
  if (hasPlan(dir)) return readPlan(dir)
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const ports = await freePorts(1 + count * (4 + count - 1))
  const next = () => ports.pop() as number
  const numbers = Array.from({ length: count }, (_, i) => i + 1)
  const made: Plan = {
    control: next(),
    hospitals: numbers.map((nth) => ({
      ...{ port: next(), abci: next(), rpc: next(), p2p: next() },
      links: Object.fromEntries(numbers.filter((other) => other !== nth).map((other) => [String(other), next()])),
    })),
  }
  await writeWhole(join(dir, FILE), `${JSON.stringify(made, null, 2)}\n`)
  return made
}
