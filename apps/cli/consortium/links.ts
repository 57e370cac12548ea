/** What goes between the hospitals of one machine passes here, so that a line can be cut and joined again. */
import { connect, createServer, type Server, type Socket } from 'node:net'

export type Links = {
  /** Opens the line from one hospital to another: a port that leads to `target`, both on this machine. */
  open(from: number, to: number, port: number, target: number): Promise<void>
  /** Hospitals of different groups no longer hear each other; one that stands in no group hears nobody. No groups: all lines are whole. */
  partition(groups: readonly (readonly number[])[]): void
  /** Is the line between the two whole? */
  whole(a: number, b: number): boolean
  close(): Promise<void>
}

type Line = { readonly from: number; readonly to: number; readonly server: Server; readonly sockets: Set<Socket> }

export function createLinks(): Links {
  const lines: Line[] = []
  let groups: readonly (readonly number[])[] = []
  const whole = (a: number, b: number) =>
    groups.length === 0 || groups.some((one) => one.includes(a) && one.includes(b))
  return {
    whole,
    async open(from, to, port, target) {
      const sockets = new Set<Socket>()
      const server = createServer((incoming) => {
        if (!whole(from, to)) return void incoming.destroy()
        join(incoming, connect(target, '127.0.0.1'), sockets)
      })
      lines.push({ from, to, server, sockets })
      await new Promise<void>((done, failed) => {
        server.once('error', failed)
        server.listen(port, '127.0.0.1', () => done())
      })
    },
    partition(next) {
      groups = next
      for (const { from, to, sockets } of lines) if (!whole(from, to)) for (const one of sockets) one.destroy()
    },
    async close() {
      for (const { server, sockets } of lines) {
        for (const one of sockets) one.destroy()
        await new Promise<void>((done) => server.close(() => done()))
      }
    },
  }
}

function join(a: Socket, b: Socket, sockets: Set<Socket>): void {
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    sockets.add(one)
    one.setNoDelay(true)
    one.pipe(other)
    one.on('error', () => one.destroy())
    one.on('close', () => {
      sockets.delete(one)
      other.destroy()
    })
  }
}
