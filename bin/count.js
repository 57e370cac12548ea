/** Counts tests at their leaves, for the runners of tests and of drills; the last line is always `N passed, N failed, N skipped`. */
import { existsSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

const say = (line) => process.stdout.write(`${line}\n`)
const execArgv = ['--disable-warning=ExperimentalWarning', '--import', join(import.meta.dirname, 'limit.js')]

/**
 * Counts finished tests once each, at their leaves, into `counts` and `notes`; a parent counts only when it failed by itself.
 * Children report before their parent: what is pending one level deeper belongs to the event that arrives now.
 */
function createTally(root, counts, notes) {
  const pending = []
  const tally = (event, failed) => {
    const { name, nesting, details, skip, todo } = event
    const parent = (pending[nesting + 1] ?? 0) > 0
    pending.length = nesting + 1
    pending[nesting] = (pending[nesting] ?? 0) + 1
    const ownFault = failed && !(parent && details.error?.failureType === 'subtestsFailed')
    // The runner names a file that ran no test after itself: that is a file that proves nothing.
    const empty = !failed && nesting === 0 && !parent && existsSync(resolve(root, name))
    if (skip !== undefined || todo !== undefined) {
      counts.skipped++
      const reason = [skip, todo].find((one) => typeof one === 'string' && one !== '')
      notes.skipped.push(reason ? `${name}: ${reason}` : name)
    } else if (ownFault || empty) {
      counts.failed++
      notes.failed.push(empty ? `${relative(root, resolve(root, name))}: holds no test` : name)
    } else if (!parent && details.type !== 'suite') counts.passed++
  }
  const clear = () => {
    pending.length = 0
  }
  return { tally, clear }
}

/** A count of one run; `root` is what names of files are said from. */
export function createCount(root) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const notes = { failed: [], skipped: [] }
  const { tally, clear } = createTally(root, counts, notes)

  /** Runs files with the options of `node:test`'s run, reporting as it goes. Gives false when anything failed. */
  async function runFiles(options) {
    const before = counts.failed
    clear()
    const events = run({ cwd: root, isolation: 'process', execArgv, ...options })
    let success = true
    events.on('test:pass', (event) => tally(event, false))
    events.on('test:fail', (event) => tally(event, true))
    events.on('test:summary', (summary) => {
      success &&= summary.success
    })
    for await (const chunk of events.compose(spec)) process.stdout.write(chunk)
    if (!success && counts.failed === before) {
      // A process that ended badly after its last test: no event names it, only the summary knows.
      counts.failed++
      notes.failed.push('a test file whose tests passed ended with an error')
    }
    return counts.failed === before
  }

  /** Names what was skipped and what failed, says the count, and chooses the exit code: nothing run is no success. */
  function finish() {
    for (const note of notes.skipped) say(`skipped: ${note}`)
    for (const note of notes.failed) say(`failed: ${note}`)
    say(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
    process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0
  }

  return { counts, notes, runFiles, finish }
}
