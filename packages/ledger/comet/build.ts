/** Run by itself before the tests: CometBFT's programs are found, or built once where Go is there. Fails never: it says what is missing. */
import { abciCli, cometbft, findAbciCli, findCometbft, HOW } from './binary.ts'

if (!findCometbft() || !findAbciCli()) {
  process.stderr.write('Building CometBFT for the tests that need it, once: about 90 seconds.\n')
  try {
    await cometbft()
    await abciCli()
  } catch {
    process.stderr.write(`CometBFT cannot be built here; its tests are skipped. ${HOW}\n`)
  }
}
