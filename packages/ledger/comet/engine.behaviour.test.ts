/** The CometBFT engine shows the behaviour of every engine, with a real CometBFT beside it. */
import { engineBehaviour } from '../testing.ts'
import { noComet, openTestNet } from './testing.ts'

engineBehaviour('cometbft', openTestNet, { clockMoves: false, skip: noComet(), load: 150 })
