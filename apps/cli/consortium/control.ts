/** How another command speaks to the consortium that runs: one line of JSON each way, on this machine, with a secret of its folder. */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { AppError, isAppError } from '@salus/base/errors'
import { checkWith, parseWith, z } from '@salus/base/schema'
import { writeWhole } from '@salus/base/whole'
import type { CliCode } from '../errors.ts'
import type { Part } from './member.ts'
import { hasPlan, readPlan } from './plan.ts'
import type { Running } from './running.ts'

const nth = z.int().min(1).max(7)
const part = z.enum(['node', 'comet']).optional()
const order = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('status') }),
  z.strictObject({ do: z.literal('kill'), hospital: nth, part }),
  z.strictObject({ do: z.literal('start'), hospital: nth, part }),
  z.strictObject({ do: z.literal('wipe'), hospital: nth }),
  z.strictObject({ do: z.literal('partition'), groups: z.array(z.array(nth).max(7)).max(7) }),
  z.strictObject({ do: z.literal('down') }),
])
export type Order = z.infer<typeof order>
const request = z.strictObject({ secret: z.string(), order })
const reply = z.union([z.strictObject({ done: z.unknown() }), z.strictObject({ code: z.string() })])

const SECRET = 'consortium.secret'
const LONGEST = 10_000

async function carryOut(running: Running, one: Order, down: () => void): Promise<unknown> {
  if (one.do === 'kill') await running.member(one.hospital).kill(one.part as Part | undefined)
  else if (one.do === 'start') await running.rejoin(one.hospital, one.part as Part | undefined)
  else if (one.do === 'wipe') await running.member(one.hospital).wipe()
  else if (one.do === 'partition') running.partition(one.groups)
  else if (one.do === 'down') down()
  return one.do === 'down' ? {} : running.status()
}

const same = (a: string, b: string) => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))

/** Listens for orders; whoever may read the folder may give them. `down` ends the consortium. */
export async function serveControl(dir: string, running: Running, down: () => void): Promise<() => Promise<void>> {
  const secret = randomBytes(24).toString('base64url')
  await writeWhole(join(dir, SECRET), secret)
  const answer = async (line: string) => {
    try {
      const asked = parseWith(request, line)
      if (!same(asked.secret, secret)) throw new AppError<CliCode>('consortium-control')
      return { done: await carryOut(running, asked.order, down) }
    } catch (error) {
      return { code: isAppError(error) ? error.code : 'internal' }
    }
  }
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    firstLine(socket)
      .then(answer)
      .then((said) => socket.end(`${JSON.stringify(said)}\n`))
      .catch(() => socket.destroy())
  })
  await new Promise<void>((done, failed) => {
    server.once('error', failed)
    server.listen(running.plan.control, '127.0.0.1', () => done())
  })
  return () =>
    new Promise((done) => {
      server.close(() => done())
      for (const one of sockets) one.destroy()
    })
}

async function firstLine(socket: Socket): Promise<string> {
  let held = 0
  socket.on('data', (part) => {
    held += part.length
    if (held > LONGEST) socket.destroy()
  })
  for await (const line of createInterface({ input: socket })) return line
  throw new AppError<CliCode>('consortium-control')
}

/** How long whoever listens at the control's port may take to say what it is, ms. */
const PATIENCE = 5_000

/** Is there anybody to give orders to? Who listens there and says nothing, or something else, is in the way as well. */
export async function isUp(dir: string): Promise<boolean> {
  if (!hasPlan(dir)) return false
  const { control } = await readPlan(dir)
  return command(dir, control, { do: 'status' }, PATIENCE).then(
    () => true,
    (error) => !(isAppError(error) && error.code === 'consortium-away'),
  )
}

/** Gives an order to the consortium that runs over `dir`; throws `consortium-away` where none does, `consortium-control` after `patience` ms. */
export async function command(dir: string, control: number, one: Order, patience = 0): Promise<unknown> {
  const away = () => new AppError<CliCode>('consortium-away')
  const secret = await readFile(join(dir, SECRET), 'utf8').catch(() => Promise.reject(away()))
  const line = await new Promise<string>((done, failed) => {
    const socket = connect(control, '127.0.0.1')
    let printed = ''
    socket.on('connect', () => socket.write(`${JSON.stringify({ secret, order: one })}\n`))
    socket.on('data', (text) => {
      printed += text
    })
    socket.on('error', () => failed(away()))
    // 0: as long as it takes.
    socket.setTimeout(patience, () => {
      failed(new AppError<CliCode>('consortium-control'))
      socket.destroy()
    })
    socket.on('close', () => (printed ? done(printed) : failed(away())))
  })
  const said = checkWith(reply, JSON.parse(line))
  if ('code' in said) throw new AppError(said.code)
  return said.done
}
