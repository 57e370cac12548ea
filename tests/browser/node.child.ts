/** A node over a folder that was prepared before, in a process that never saw a plaintext: what its memory holds is what it was sent. */
import { listenNode } from '@salus/node-app/listen'

const [dir = '', web = ''] = process.argv.slice(2)
const running = await listenNode({
  ...{ dir, host: '127.0.0.1', port: 0, web },
  log: (line) => process.stdout.write(`${JSON.stringify(line)}\n`),
})
process.stdout.write(`ready ${running.url}\n`)
process.once('SIGTERM', () => void running.stop().then(() => process.exit(0)))
