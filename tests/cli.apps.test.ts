/** The web apps that `salus start` serves are what its ledger says, and what these sources give; an address that lies is told. */
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { createCommands } from './commands.ts'

const { run, start, stop, url } = await createCommands('apps')
before(() => start())
after(() => stop())

type Answer = { status: number; body: Buffer; headers: Record<string, string> }

/** An address before the node's, which passes everything on but for what `lie` changes. */
async function lying(lie: (asked: IncomingMessage, answer: Answer) => void): Promise<string> {
  const server = createServer(async (asked, answer) => {
    const headers = { accept: asked.headers.accept ?? '*/*' }
    const real = await fetch(`${url}${asked.url}`, { headers })
    const kept = ['content-type', 'content-security-policy'].flatMap((name) => {
      const value = real.headers.get(name)
      return value === null ? [] : [[name, value] as const]
    })
    const said = { status: real.status, body: Buffer.from(await real.arrayBuffer()), headers: Object.fromEntries(kept) }
    lie(asked, said)
    answer.writeHead(said.status, said.headers).end(said.body)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** What verify-app finds wrong at an address. */
async function wrongAt(address: string): Promise<string[]> {
  const { out } = await run(['verify-app', address])
  return [...out.matchAll(/^✗ not what the manifest says: (.*)$/gm)].map((one) => one[1] ?? '')
}

test('N17 a node says at its start which apps it serves; verify-app finds each file, the ledger and the own build agreeing', async () => {
  const ran = await run(['verify-app', url, '--local'], '', { LANG: 'fr_FR.UTF-8' })
  assert.equal(ran.code, 0, ran.err + ran.out)
  assert.match(ran.out, /✓ \d+ fichier\(s\)[\s\S]*✓ sur le registre[\s\S]*✓ la même/)
  const { json } = await run(['verify-app', url, '--json'])
  assert.ok(Number(json.files) > 3 && json.matches === true)
})

test('N17 verify-app asks as a browser does: for a page by its folder, and with a browser’s headers', async () => {
  const honest = await lying(() => undefined)
  assert.equal((await run(['verify-app', honest])).code, 0, 'passing on is no lie')
  const folder = await lying(({ url: path }, answer) => {
    if (path === '/patient/') answer.body = Buffer.from('<script src="/evil.js"></script>')
  })
  assert.deepEqual(await wrongAt(folder), ['patient/'])
  assert.equal((await run(['verify-app', folder])).code, 1)
  const toBrowsers = await lying(({ url: path, headers }, answer) => {
    const browser =
      headers.accept?.startsWith('text/html') && /^Mozilla\/5\.0 .*Chrome/.test(headers['user-agent'] ?? '')
    if (browser && path?.endsWith('.js')) answer.body = Buffer.from('evil()')
  })
  const wrong = await wrongAt(toBrowsers)
  assert.ok(wrong.length > 0 && wrong.every((one) => one.endsWith('.js')), wrong.join())
})

test('N17 verify-app finds a page whose policy lets other scripts in', async () => {
  const policies: ((own: string) => string | undefined)[] = [
    () => undefined,
    (own) => own.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'"),
    (own) => own.replace("script-src 'self'", 'script-src *'),
    (own) => own.replace("require-trusted-types-for 'script'", ''),
    (own) => `script-src *; ${own}`,
  ]
  for (const policy of policies) {
    const address = await lying(({ url: path }, { headers }) => {
      if (path !== '/professional/') return
      const said = policy(headers['content-security-policy'] ?? '')
      if (said === undefined) delete headers['content-security-policy']
      else headers['content-security-policy'] = said
    })
    assert.deepEqual(await wrongAt(address), ['professional/'], String(policy))
  }
})
