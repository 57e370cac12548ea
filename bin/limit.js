/**
 * Read before a test file: ends it when it goes on for longer than SALUS_TEST_SECONDS, naming what it still holds open. The
 * runner's own limit is for each test; a file whose tests have ended but which holds a process or a port would keep it waiting for ever.
 */
const seconds = Number(process.env.SALUS_TEST_SECONDS ?? '600')
const limit = setTimeout(() => {
  const open = process.getActiveResourcesInfo().filter((one) => one !== 'Timeout' && one !== 'Immediate')
  process.stderr.write(
    `${process.argv[1]}: not ended after ${seconds} s; still open: ${open.join(', ') || 'only timers'}\n`,
  )
  process.exit(1)
}, seconds * 1000)
// It only ends what would not end by itself.
limit.unref()
