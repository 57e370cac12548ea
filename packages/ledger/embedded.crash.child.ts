/** For embedded.crash.test.ts: submits heads until it is killed, printing each number after its acknowledgement. */
import { writeSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { fromBase64url } from '@salus/base/bytes'
import { systemClock } from '@salus/base/clock'
import { importDeviceKey } from '@salus/crypto/keys'
import type { Genesis } from './contract.ts'
import { createEmbedded } from './embedded.ts'
import { createSampleLog, createSender } from './samples.ts'

type Key = { publicKey: string; pkcs8: string }
type Orders = { path: string; genesis: Genesis; org: string; origin: string; keys: Key; operator: Key }

const IN_FLIGHT = 8

// Keys come through standard input: a secret is never an argument (architecture §7).
const orders = JSON.parse(await text(process.stdin)) as Orders
const pair = async ({ publicKey, pkcs8 }: Key) => ({
  publicKey,
  privateKey: await importDeviceKey(fromBase64url(pkcs8)),
})

const engine = await createEmbedded({
  path: orders.path,
  genesis: orders.genesis,
  clock: systemClock,
  signer: await pair(orders.operator),
})
const done = (await engine.query('machine/seq', orders.org)) as number
const sender = createSender(orders.org, await pair(orders.keys), done)
const log = createSampleLog(orders.origin)
log.grow(done)

for (;;) {
  const group: Promise<void>[] = []
  for (let nth = 0; nth < IN_FLIGHT; nth++) {
    const since = log.size()
    log.grow(1)
    const tx = await sender.next('log.advance', log.advance(since))
    const { seq } = sender
    // Synchronous: what was acknowledged is out of this process before anything else happens.
    group.push(engine.submit(tx).then(({ height }) => void writeSync(1, `${seq} ${height}\n`)))
  }
  await Promise.all(group)
}
