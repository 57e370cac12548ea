/** The web apps' digest on the ledger: said by the node that serves them, told to anybody, checked by `salus verify-app`. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { digest } from '@salus/crypto/hash'
import { examine } from '@salus/node-app/doctor'
import { startNode } from '@salus/node-app/testing'
import { pageHeaders } from '@salus/web-app/headers'
import { createCommands } from './commands.ts'
import { newPatient, world } from './people.ts'

let at = await startNode()
after(() => at.node.close())
const bundle = (digest: string, version = '1.0.0') => ({ app: 'salus-web', version, digest }) as const
const listed = async () =>
  (
    (await (await at.fetch('http://node.test/apps', {})).json()) as {
      apps: { org: string; digest: string; version: string }[]
    }
  ).apps

test('N17 the node says which bundle it serves once, again when it changes, and anybody is told', async () => {
  assert.deepEqual(await listed(), [])
  const height = async () => (await at.node.ledger.info()).height
  const before = await height()
  await at.node.publish(bundle(digest('one')))
  await at.node.publish(bundle(digest('one')))
  assert.equal(await height(), before + 1, 'once')
  at = await at.reopen()
  await at.node.publish(bundle(digest('one')))
  assert.equal(await height(), before + 1, 'and not at the next start')
  await at.node.publish(bundle(digest('two'), '1.0.1'))
  const [one, ...more] = await listed()
  assert.deepEqual([one?.org, one?.digest, one?.version, more], ['saint-roch-node', digest('two'), '1.0.1', []])
})

test('N17 bundles and heads of the journal go on the ledger side by side, none refused', async () => {
  const w = world(at)
  for (let n = 0; n < 4; n++) {
    await newPatient(w)
    await Promise.all([at.node.advance(), at.node.publish(bundle(digest(`side ${n}`))), at.node.advance()])
  }
  assert.equal((await listed())[0]?.digest, digest('side 3'))
  const { size } = (await at.node.ledger.query('checkpoints/head', at.origin)) as { size: number }
  assert.equal(size, at.node.journal.log.size())
})

test('N17 a folder with a bundle on its ledger is sound', async () => {
  await at.node.close()
  assert.deepEqual(
    (await examine({ dir: at.dir })).filter((one) => !one.ok),
    [],
  )
  at = await startNode({ dir: at.dir })
})

/** Some files behind a port, beside the node's list; what is asked of `changed` is answered otherwise. */
async function served(files: Record<string, string>, changed: Record<string, string> = {}) {
  const rows = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))
  const named = rows.map(([path, said]) => ({ path, digest: digest(said), bytes: Buffer.byteLength(said) }))
  const manifest = `${JSON.stringify({ files: named })}\n`
  const server = createServer((asked, answer) => {
    // A page is asked for by its folder, as browsers do.
    const path = (asked.url ?? '').slice(1).replace(/(^|\/)$/, '$1index.html')
    if (path.endsWith('.html'))
      answer.setHeader('content-security-policy', pageHeaders['content-security-policy'] ?? '')
    const said = changed[path] ?? (path === 'web.json' ? manifest : files[path])
    if (path === 'apps') void at.fetch('http://node.test/apps', {}).then(async (one) => answer.end(await one.text()))
    else if (said === undefined) answer.writeHead(404).end()
    else answer.end(said)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    digest: digest(manifest),
    stop: () => {
      server.closeAllConnections()
      return new Promise((done) => server.close(done))
    },
  }
}

const files = { 'index.html': '<!doctype html>', 'assets/a-1.js': 'export {}', 'patient/index.html': '<p>' }
const { run: outcome } = await createCommands('apps')

test('N17 verify-app: every file and the ledger agree, or it is said what does not', async () => {
  const good = await served(files)
  await at.node.publish(bundle(good.digest, '2.0.0'))
  const fine = await outcome(['verify-app', `${good.url}/`])
  assert.deepEqual(fine.code, 0, fine.out)
  assert.match(fine.out, /3 file\(s\), each as named[\s\S]*on the ledger: saint-roch-node, 2\.0\.0/)
  await good.stop()
  const swapped = await served(files, { 'assets/a-1.js': 'export { evil }' })
  const told = await outcome(['verify-app', swapped.url])
  assert.equal(told.code, 1)
  assert.match(told.out, /✗ .*assets\/a-1\.js/)
  await swapped.stop()
  const other = await served({ ...files, 'more.js': '1' })
  const unsaid = await outcome(['verify-app', other.url, '--json'])
  assert.deepEqual([unsaid.code, unsaid.json.code], [1, 'app-differs'])
  await other.stop()
})

test('N17 verify-app: a manifest that leads elsewhere, names a file twice, or is none, is refused', async () => {
  const row = (path: string) => `{"path":${JSON.stringify(path)},"digest":"${digest('x')}","bytes":1}`
  const bad = [
    '<html>',
    '{}',
    `{"files":[${row('../x')}]}`,
    `{"files":[${row('/x')}]}`,
    `{"files":[${row('a/./x')}]}`,
    `{"files":[${row('http://x.example/y')}]}`,
    `{"files":[${row('a')},${row('a')}]}`,
    `{"files":[${row('b')},${row('a')}]}`,
    `{"files":[],"more":1}`,
  ]
  for (const manifest of bad) {
    const page = await served(files, { 'web.json': manifest })
    const told = await outcome(['verify-app', page.url, '--json'])
    assert.deepEqual([told.code, told.json.code], [1, 'app-manifest-wrong'], manifest)
    await page.stop()
  }
  const none = await served(files)
  const told = await outcome(['verify-app', `${none.url}/nowhere`, '--json'])
  assert.deepEqual([told.code, told.json.code], [1, 'app-missing'])
  await none.stop()
})
