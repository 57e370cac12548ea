import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { backupNode, restoreNode } from './backup.ts'
import { startNode } from './testing.ts'

const root = mkdtempSync(join(tmpdir(), 'salus-flushed-'))
after(() => rmSync(root, { recursive: true, force: true }))

/** Lets every flush happen, and tells of each: what was flushed, and whether `to` had its name by then. */
async function watchFlushes(t: TestContext, to: string) {
  const seen: { path: string; named: boolean }[] = []
  const file = await open(root, 'r')
  const kind = Object.getPrototypeOf(file) as FileHandle
  await file.close()
  const real = kind.sync
  t.mock.method(kind, 'sync', function (this: FileHandle) {
    seen.push({ path: readlinkSync(`/proc/self/fd/${this.fd}`), named: existsSync(to) })
    return real.call(this)
  })
  return seen
}

const linux = { skip: process.platform !== 'linux' && 'looks at /proc to see what is flushed' }

test(
  'N10 a backup, and what is put back from one, is on the disk before it has its name, and then its name is',
  linux,
  async (t) => {
    const { dir, node } = await startNode({ dir: join(root, 'data') })
    await node.close()
    const [backup, keys, back] = ['backup', 'keys.json', 'back'].map((one) => join(root, one)) as [
      string,
      string,
      string,
    ]
    const steps: [string, string, () => Promise<unknown>][] = [
      [backup, `${backup}.part`, () => backupNode({ dir, now: 1 }, backup, keys)],
      [back, `${back}.restoring`, () => restoreNode(backup, { dir: back, now: 1 }, keys)],
    ]
    for (const [to, part, work] of steps) {
      const seen = await watchFlushes(t, to)
      await work()
      t.mock.restoreAll()
      const there = readdirSync(to, { recursive: true, encoding: 'utf8' })
      assert.ok(there.includes('sources.db') && there.includes('consortium.json') && there.includes('evidence'))
      const before = seen.filter((one) => !one.named).map((one) => one.path)
      for (const one of ['', ...there]) assert.ok(before.includes(join(part, one)), `${to}: ${one}`)
      assert.deepEqual(
        seen.filter((one) => one.named).map((one) => one.path),
        [root],
      )
    }
  },
)
