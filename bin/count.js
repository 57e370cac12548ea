/** Counts tests at their leaves, for the runners of tests and of drills; the last line is always `N passed, N failed, N skipped`. */
import { existsSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

const say = (line) => process.stdout.write(`${line}\n`)
const execArgv = ['--disable-warning=ExperimentalWarning', '--import', join(import.meta.dirname, 'limit.js')]

/**
 * Gives what finished once each, at its leaves, to `add`; a parent counts only when it failed by itself.
 * Children report before their parent: what is pending one level deeper belongs to the event that arrives now.
 */
function createTally(root, add) {
  const pending = []
  const tally = (event, failed) => {
    const { name, nesting, details, file, skip, todo } = event
    const parent = (pending[nesting + 1] ?? 0) > 0
    pending.length = nesting + 1
    pending[nesting] = (pending[nesting] ?? 0) + 1
    const ownFault = failed && !(parent && details.error?.failureType === 'subtestsFailed')
    // The runner names a file that ran no test after itself: that is a file that proves nothing.
    const empty = !failed && nesting === 0 && !parent && existsSync(resolve(root, name))
    if (skip !== undefined || todo !== undefined) {
      const reason = [skip, todo].find((one) => typeof one === 'string' && one !== '')
      add('skipped', reason ? `${name}: ${reason}` : name, file)
    } else if (ownFault || empty) {
      add('failed', empty ? `${relative(root, resolve(root, name))}: holds no test` : name, file)
    } else if (!parent && details.type !== 'suite') add('passed', name, file)
  }
  const clear = () => {
    pending.length = 0
  }
  return { tally, clear }
}

/** A count of one run; `root` is what names of files are said from. */
export function createCount(root) {
  let outcomes = []
  const unsteady = []
  const add = (outcome, note, file) => void outcomes.push({ outcome, note, file })
  const notes = (outcome) => outcomes.filter((one) => one.outcome === outcome).map((one) => one.note)
  const { tally, clear } = createTally(root, add)

  /** Runs files with the options of `node:test`'s run, reporting as it goes. Gives false when anything failed. */
  async function runFiles(options) {
    const before = notes('failed').length
    clear()
    const events = run({ cwd: root, isolation: 'process', execArgv, ...options })
    let success = true
    events.on('test:pass', (event) => tally(event, false))
    events.on('test:fail', (event) => tally(event, true))
    events.on('test:summary', (summary) => {
      success &&= summary.success
    })
    for await (const chunk of events.compose(spec)) process.stdout.write(chunk)
    const passed = notes('failed').length === before
    // A process that ended badly after its last test: no event names it, only the summary knows.
    if (!success && passed) add('failed', 'a test file whose tests passed ended with an error')
    return success && passed
  }

  /**
   * Runs those of the files that failed and that `may` run again once more, alone: their second run is what counts. One that
   * passes then is named, for it depends on what runs beside it. More than `most` are no accident and stay as they are.
   */
  async function runAgain(may, most, options) {
    const failed = new Set(outcomes.filter((one) => one.outcome === 'failed').map((one) => one.file))
    const files = [...failed].filter((file) => file !== undefined && may(file))
    if (files.length > most) return
    for (const file of files) {
      say(`once more, alone: ${relative(root, file)}`)
      outcomes = outcomes.filter((one) => one.file !== file)
      if (await runFiles({ ...options, files: [file], concurrency: 1 })) unsteady.push(relative(root, file))
    }
  }

  /** Names what was skipped and what failed, says the count, and chooses the exit code: nothing run is no success. */
  function finish() {
    for (const file of unsteady) say(`unsteady: ${file} failed beside others and passed alone`)
    for (const outcome of ['skipped', 'failed']) for (const note of notes(outcome)) say(`${outcome}: ${note}`)
    const [passed, failed, skipped] = ['passed', 'failed', 'skipped'].map((outcome) => notes(outcome).length)
    say(`${passed} passed, ${failed} failed, ${skipped} skipped`)
    process.exitCode = failed > 0 || passed === 0 ? 1 : 0
  }

  return { add, notes, runFiles, runAgain, finish }
}
