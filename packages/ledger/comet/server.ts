/** The ABCI socket: CometBFT opens four connections, writes requests without waiting, and gets the answers in their order. */
import { rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import type { Application } from './application.ts'
import { type AnyRequest, createFrames, readRequest, writeAnswer, writeException } from './messages.ts'

/** A unix socket by its path, or a TCP port of this machine. */
export type Listen = { readonly path: string } | { readonly port: number }

export type AbciServer = {
  /** As CometBFT's `proxy_app` is written. */
  readonly address: string
  close(): Promise<void>
}

/** The most answers that wait to be written together. */
const BATCH = 256

/** Listens; `fault` hears of what ended a connection: the machine's own failure, or bytes that are no request. */
export async function serveAbci(
  listen: Listen,
  application: Application,
  fault: (error: unknown) => void | Promise<void>,
): Promise<AbciServer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // CometBFT went away, or was killed: it connects again.
    socket.on('error', () => socket.destroy())
    converse(socket, application, fault)
  })
  // A socket file of a process that was killed keeps the next one from listening.
  if ('path' in listen) rmSync(listen.path, { force: true })
  await listening(server, 'path' in listen ? listen : { ...listen, host: '127.0.0.1' })
  return {
    address: 'path' in listen ? `unix://${listen.path}` : `tcp://127.0.0.1:${portOf(server)}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

const portOf = (server: Server): number => (server.address() as { port: number }).port

function listening(server: Server, at: object): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(at, () => resolve())
  })
}

/** One connection: requests are answered one after the other, and answers that are ready together leave in one write. */
function converse(socket: Socket, application: Application, fault: (error: unknown) => void | Promise<void>): void {
  const frames = createFrames()
  const waiting: AnyRequest[] = []
  let working = false
  const end = (error: unknown) => {
    waiting.length = 0
    socket.end(writeException('the machine cannot go on'))
    void fault(error)
  }
  const work = async () => {
    working = true
    await answerAll(socket, application, waiting).catch(end)
    working = false
  }
  socket.on('data', (chunk) => {
    try {
      for (const message of frames.take(chunk as Uint8Array)) {
        const request = readRequest(message)
        application.ahead(request)
        waiting.push(request)
      }
    } catch (error) {
      end(error)
      return
    }
    if (!working) void work()
  })
}

/** Empties `waiting`, which may grow meanwhile. */
async function answerAll(socket: Socket, application: Application, waiting: AnyRequest[]): Promise<void> {
  let answers: Uint8Array[] = []
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    answers.push(await answer(application, next))
    if (waiting.length > 0 && answers.length < BATCH && next.kind !== 'flush') continue
    socket.write(answers.length === 1 ? (answers[0] as Uint8Array) : Buffer.concat(answers))
    answers = []
  }
}

async function answer(application: Application, { kind, body }: AnyRequest): Promise<Uint8Array> {
  // One kind at a time: the table's row and the body belong together.
  const work = application[kind] as (body: unknown) => unknown
  return writeAnswer(kind, (await work(body)) as never)
}
