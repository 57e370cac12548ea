/** The ledger as members' desks reach it through a node: what they sign goes on, what it says comes back, a block is waited for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import { newId } from '@salus/base/ids'
import { generateDeviceKey } from '@salus/crypto/keys'
import { ledgerEndpoints } from '@salus/ledger/endpoints'
import { createTrader } from '@salus/market/device'
import { startNode } from '@salus/node-app/testing'
import { deskOf, world } from './people.ts'

async function code(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'ok',
    (error) => (isAppError(error) ? error.code : String(error)),
  )
}

async function start() {
  const at = await startNode()
  const w = world(at)
  const traders = []
  for (const { org, publicKey, signer } of at.organisations) {
    const { link } = await deskOf(w, org)
    traders.push(createTrader({ call: link.call, org, publicKey, sign: signer.privateKey }))
  }
  const [one, two] = traders
  if (!one || !two) throw new Error('two organisations')
  return { at, w, one, two }
}

test('N18 what desks sign goes on the ledger in the order of their numbers, also when two write at once', async () => {
  const { at, one, two } = await start()
  for (const each of [one, two]) await each.send('credit.treasurer', { org: one.org as never })
  // The node's own operator is a member too: two of three.
  assert.equal(await two.treasurer(), one.org)
  const deposits = Array.from({ length: 6 }, () => ({
    deposit: newId(systemRandom) as never,
    to: two.org as never,
    amount: 5,
  }))
  const [publicKey, sign] = [at.organisations[0]?.publicKey ?? '', at.organisations[0]?.signer.privateKey]
  const { link } = await deskOf(world(at), one.org)
  const second = createTrader({ call: link.call, org: one.org, publicKey, sign: sign as CryptoKey })
  await Promise.all(deposits.map((body, i) => (i % 2 === 0 ? one : second).send('credit.deposit', body)))
  assert.equal(await two.balance(), 30)
  assert.equal(await code(two.send('credit.draw', { draw: newId(systemRandom) as never, amount: 31 })), 'credits-short')
  await two.send('credit.draw', { draw: newId(systemRandom) as never, amount: 30 })
  assert.equal(await two.balance(), 0)
  await at.node.close()
})

test('N18 who waits for the next block gets it when it is there', async () => {
  const { at, one, two } = await start()
  await one.send('credit.treasurer', { org: one.org as never })
  await two.next()
  let came = false
  const next = two.next().then(() => {
    came = true
  })
  await new Promise((done) => setTimeout(done, 50))
  assert.equal(came, false)
  await one.send('credit.treasurer', { org: two.org as never })
  await next
  const all = []
  for await (const { tx } of two.transactions()) all.push(tx)
  assert.ok(all.length >= 2)
  assert.equal(await one.keyOf(two.org), at.organisations[1]?.publicKey)
  await at.node.close()
})

test('N18 a transaction of somebody else’s key, or for another chain, is refused in its own words', async () => {
  const { at, w, one } = await start()
  const stranger = await generateDeviceKey()
  const { link } = await deskOf(w, one.org)
  const forged = createTrader({
    call: link.call,
    org: one.org,
    publicKey: stranger.publicKey,
    sign: stranger.privateKey,
  })
  assert.equal(await code(forged.send('credit.treasurer', { org: one.org as never })), 'key-other')
  assert.equal(await code(link.call(ledgerEndpoints.submit, { input: { tx: 'x' } })), 'tx-invalid')
  assert.equal(await code(link.call(ledgerEndpoints.state, { query: { path: 'apps/list' } })), 'schema-mismatch')
  await at.node.close()
})

test('N18 the market’s state is there again after the node was closed', async () => {
  const { at, one, two } = await start()
  for (const each of [one, two]) await each.send('credit.treasurer', { org: one.org as never })
  await one.send('credit.deposit', { deposit: newId(systemRandom) as never, to: two.org as never, amount: 7 })
  await at.node.close()
  const again = await at.reopen()
  const { link } = await deskOf(world(again), two.org)
  const { publicKey = '', signer } = again.organisations.find(({ org }) => org === two.org) ?? {}
  const trader = createTrader({ call: link.call, org: two.org, publicKey, sign: signer?.privateKey as CryptoKey })
  assert.equal(await trader.balance(), 7)
  await again.node.close()
})
