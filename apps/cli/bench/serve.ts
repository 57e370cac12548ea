/** The bench's node: `serve.ts DIR PORT [ADVANCE_MS]`. */
import { listenNode } from '@salus/node-app/listen'

const [dir = '', port = '0', every] = process.argv.slice(2)
const advance = every === undefined ? {} : { advanceMs: Number(every) }
const running = await listenNode({ dir, host: '127.0.0.1', port: Number(port), ...advance })
// Whoever started it is gone, however that ended: nothing is left behind.
process.stdin.resume().once('end', () => process.exit(0))
process.once('SIGTERM', () => void running.stop().then(() => process.exit(0)))
// What this process has used, when asked (world.ts, `usage`).
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  const peak = process.resourceUsage().maxRSS * 1024
  process.send?.({ cpu: (user + system) / 1e6, memory: process.memoryUsage.rss(), peak })
})
