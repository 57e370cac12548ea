/** Ports for nodes of tests. */
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** From where no system takes ports for outgoing connections: a node that is stopped finds its port free when it starts again. */
const [LOWEST, HIGHEST] = [20_000, 32_000]

const isFree = (port: number) =>
  new Promise<boolean>((done) => {
    const server = createServer()
    server.once('error', () => done(false))
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)))
  })

/** A port of this machine that nobody listens at. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST)
    if (await isFree(port)) return port
  }
}
