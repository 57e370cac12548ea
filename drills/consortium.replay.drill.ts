/** Four CometBFT processes order thousands of random transactions; the embedded machine replays them to the same hash at every height. */
import assert from 'node:assert/strict'
import { noComet, openTestNet } from '@salus/ledger/comet/testing'
import { engineBehaviour } from '@salus/ledger/testing'

/** All ten thousand on demand: they take about ten minutes. */
const load = process.env.SALUS_DRILL_FULL === '1' ? 10_000 : 1_500

engineBehaviour(
  `four CometBFT validators, ${load} transactions`,
  async (at) => {
    const net = await openTestNet({ ...at, count: 4 })
    const close = async () => {
      await agree(net.validators.map(({ engine }) => engine))
      await net.close()
    }
    return { ...net, close }
  },
  { clockMoves: false, skip: noComet(), load, seeds: [1] },
)

/** All four came to the same: asked when they have come to the same height. */
async function agree(engines: readonly { info(): Promise<{ height: number; appHash: string }> }[]): Promise<void> {
  for (let tries = 0; ; tries++) {
    const infos = await Promise.all(engines.map((one) => one.info()))
    const [first] = infos
    if (infos.every(({ height }) => height === first?.height)) {
      assert.ok(infos.every(({ appHash }) => appHash === first?.appHash))
      return
    }
    assert.ok(tries < 400, 'the four come to the same height')
    await new Promise((wait) => setTimeout(wait, 50))
  }
}
