/** An order over three hospitals' data sets while validators die: it is settled, once, and credits are conserved. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { isAppError } from '@salus/base/errors'
import { digest } from '@salus/crypto/hash'
import { noComet, openTestNet } from '@salus/ledger/comet/testing'
import type { Engine } from '@salus/ledger/contract'
import { ledgerModules } from '@salus/ledger/embedded'
import { SAMPLE_CHAIN } from '@salus/ledger/samples'
import { marketModule } from '@salus/market/ledger'
import {
  fund,
  matched,
  type SampleMarket,
  sampleEnclave,
  sampleMarket,
  sampleShare,
  stalls,
} from '@salus/market/testing'

const RESULT = digest('a sealed result')

/** The sample market, each transaction ordered by the four; its own machine runs the blocks they made, and is read. */
function over(market: SampleMarket, engine: () => Engine): SampleMarket {
  const follow = async () => {
    for (const block of await engine().blocks(market.machine.info().height + 1)) {
      assert.equal(market.machine.finalizeBlock(block).appHash, block.appHash)
      market.machine.commit()
    }
  }
  return {
    ...market,
    async send(org, type, body) {
      const tx = await market.sign(org, type, body)
      try {
        await engine().submit(tx)
      } catch (error) {
        if (!isAppError(error)) throw error
        return error.code
      }
      await follow()
      return 'ok'
    },
  }
}

test('an order over three data sets is settled though one validator dies, and another is away for a while', {
  skip: noComet(),
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'salus-market-'))
  const local = await sampleMarket()
  const modules = [...ledgerModules, marketModule(SAMPLE_CHAIN)]
  const net = await openTestNet({ folder, genesis: local.genesis, modules, count: 4 })
  try {
    const first = () => net.validators[1]?.engine as Engine
    const market = over(local, first)
    await fund(market)
    const before = market.credits()
    const at = await stalls(market, [{}, {}, {}])
    const { task, code } = await matched(market, at)
    assert.equal(code, 'ok')
    // One dies between the order and the keys.
    await net.validators[0]?.comet.kill()
    const enclave = await sampleEnclave()
    const orgs = ['alpha', 'beta', 'gamma'] as const
    const reserve = (i: number) =>
      market.send(orgs[i] as 'alpha', 'task.reserve', {
        ...{ task: task as never, order: at.offers[i]?.order as never, units: 1 },
        ...{ enclave: enclave.key, verdict: RESULT },
      })
    assert.equal(await reserve(0), 'ok')
    assert.equal(await reserve(1), 'ok')
    // A second is away: what is sent waits, and is taken when it is back.
    process.kill(net.validators[3]?.comet.pid ?? 0, 'SIGSTOP')
    const waiting = reserve(2)
    await wait(1_000)
    const still = (await first().info()).height
    await wait(2_000)
    assert.equal((await first().info()).height, still, 'nothing is decided without the others')
    process.kill(net.validators[3]?.comet.pid ?? 0, 'SIGCONT')
    assert.equal(await waiting, 'ok')
    const signature = await enclave.outcome(market.task(task).deal, RESULT, 'released')
    const outcome = { task: task as never, result: RESULT, outcome: 'released' as const, signature }
    assert.equal(await market.send('host', 'task.result', outcome), 'ok')
    for (const [i, org] of orgs.entries()) {
      const share = { task: task as never, order: at.offers[i]?.order as never, share: sampleShare }
      assert.equal(await market.send(org, 'task.deliver', share), 'ok')
    }
    assert.equal(market.task(task).state, 'settled')
    assert.deepEqual(
      orgs.map((org) => market.balance(org)),
      [20, 20, 20],
    )
    const { deposited, accounts, aside } = market.credits()
    assert.equal(accounts + aside, deposited)
    assert.equal(deposited, before.deposited)
  } finally {
    await net.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
