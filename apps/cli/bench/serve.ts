/** The bench's node: `serve.ts DIR PORT`. */
import { listenNode } from '@salus/node-app/listen'

const [dir = '', port = '0'] = process.argv.slice(2)
const running = await listenNode({ dir, host: '127.0.0.1', port: Number(port) })
process.once('SIGTERM', () => void running.stop().then(() => process.exit(0)))
