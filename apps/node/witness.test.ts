import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { askText } from './witness.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** A witness that answers as `handler` says, on a port of its own, while `work` runs. */
async function answering<T>(handler: Handler, work: (url: string) => Promise<T>): Promise<T> {
  const server = createServer((request, response) => {
    request.resume()
    handler(request, response)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as { port: number }
  try {
    return await work(`http://127.0.0.1:${port}`)
  } finally {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  }
}

test('N16 a witness is asked for plain text, and a plain answer is taken whole', async () => {
  const seen: (string | undefined)[] = []
  const handler: Handler = ({ method, headers }, response) => {
    seen.push(method, String(headers['accept-encoding']))
    response.writeHead(409).end('7\n')
  }
  await answering(handler, async (url) => {
    assert.deepEqual(await askText(`${url}/witness/add-checkpoint`, 'old 0\n\nnote'), { status: 409, body: '7\n' })
    assert.deepEqual(await askText(`${url}/witness/x/checkpoint`), { status: 409, body: '7\n' })
  })
  assert.deepEqual(seen, ['POST', 'identity', 'GET', 'identity'])
  const most = 'x'.repeat(16 * 1024)
  const whole = await answering((_, response) => response.end(most), askText)
  assert.equal(whole.body, most)
})

test('N16 a witness’s answer without end is left after 16 KB, and its connection is cut', async () => {
  let cut: Promise<unknown> | undefined
  let sent = 0
  const endless: Handler = (_, response) => {
    cut = new Promise((done) => response.once('close', done))
    const more = () => {
      sent++
      // Far beyond what may be read, so that a reader who goes on comes to an end too.
      if (sent > 4_000) response.end()
      else if (response.write(Buffer.alloc(16 * 1024, 'a'))) setImmediate(more)
      else response.once('drain', more)
    }
    more()
  }
  await answering(endless, async (url) => {
    await assert.rejects(askText(url, 'x'), /too large/)
    await cut
  })
  assert.ok(sent <= 4_000, `${sent} parts were sent`)
})

test('N16 a compressed answer is refused before it is unpacked', async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000, 'A'))
  for (const [encoding, body] of [
    ['gzip', bomb],
    ['gzip', gzipSync('7\n')],
    ['br', bomb],
  ] as const) {
    const handler: Handler = (_, response) => response.writeHead(200, { 'content-encoding': encoding }).end(body)
    await assert.rejects(answering(handler, askText), /compressed/)
  }
})

test('N16 a witness sends nobody elsewhere: a redirect is no answer', async () => {
  const reached: string[] = []
  const inner: Handler = ({ url = '' }, response) => {
    reached.push(url)
    response.end('inner')
  }
  await answering(inner, async (there) => {
    for (const status of [301, 302, 303, 307, 308]) {
      const handler: Handler = (_, response) => response.writeHead(status, { location: `${there}/elsewhere` }).end()
      await answering(handler, async (url) => {
        await assert.rejects(askText(url, 'x'), TypeError)
        await assert.rejects(askText(url), TypeError)
      })
    }
  })
  assert.deepEqual(reached, [])
})
