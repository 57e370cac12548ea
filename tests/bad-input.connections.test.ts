/** Slow, half-open and senseless connections at a real port: told in words and closed, while others are served. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, test } from 'node:test'
import { systemClock, systemRandom } from '@salus/base/clock'
import { type Listening, type LogLine, listenNode } from '@salus/node-app/listen'
import { startNode } from '@salus/node-app/testing'
import { errors } from '@salus/ui/errors'
import { assertWords, createGuard } from './bad-input.ts'
import type { World } from './people.ts'

/** Shorter than in production, so that a test may wait for it; which limit strikes is told by the code, not by the time. */
const patience = { headers: 600, request: 900, idle: 1_300, look: 100 }
const founded = await startNode()
await founded.node.close()
const lines: LogLine[] = []
const running: Listening = await listenNode({
  ...{ dir: founded.dir, host: '127.0.0.1', port: 0, patience, log: (line) => void lines.push(line) },
})
after(() => running.stop())
const { hostname, port } = new URL(running.url)

const w: World = {
  at: {
    ...{ ...founded, node: running.node },
    fetch: (url, init) => fetch(url.replace('http://node.test', running.url), init),
  },
  clock: systemClock,
  random: systemRandom,
}
const guard = await createGuard(w)

/** Writes `parts` on a connection of its own; gives all that came back until it was closed. `half`: ends its own side at once. */
function talk(parts: readonly string[], { half = false, reads = true } = {}): Promise<string> {
  return new Promise((done) => {
    let out = ''
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true }, () => {
      for (const part of parts) socket.write(part)
      if (half) socket.end()
    })
    if (reads) {
      socket.on('data', (part) => {
        out += part
      })
      socket.on('end', () => socket.end())
    }
    socket.on('error', () => {})
    socket.on('close', () => done(out))
  })
}

/** The problem in an answer as it came over the wire. */
function problemIn(answer: string): { status: number; code: string } {
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  const { code, title, detail, status } = JSON.parse(body) as Record<string, string>
  assertWords(code ?? '')
  const [words, next] = errors[code ?? ''] ?? []
  assert.deepEqual([title, detail], [`${words?.en} / ${words?.fr}`, `${next?.en} / ${next?.fr}`])
  assert.match(head, new RegExp(`^HTTP/1.1 ${status} [\\s\\S]*connection: close`))
  return { status: Number(status), code: code ?? '' }
}

const HEAD = 'POST /statements HTTP/1.1\r\nhost: node.test\r\ncontent-type: application/json\r\n'

/** Ten of them at once, and meanwhile somebody else is served. */
async function many(open: () => Promise<string>): Promise<string[]> {
  const all = Array.from({ length: 10 }, open)
  await guard.goesOn()
  const answers = await Promise.all(all)
  await guard.goesOn()
  return answers
}

test('slow connections: headers, or a body, that never come to an end', async () => {
  const slow = { status: 408, code: 'request-too-slow' }
  for (const parts of [
    [],
    ['GET / HT'],
    ['GET /health HTTP/1.1\r\nhost: node.test\r\nx: '],
    [`${HEAD}content-length: 100\r\n\r\n{"items":[`],
    [`${HEAD}transfer-encoding: chunked\r\n\r\n5\r\n{"ite`],
  ]) {
    for (const answer of await many(() => talk(parts))) assert.deepEqual(problemIn(answer), slow, parts[0])
  }
})

test('half-open connections: whoever stops in the middle of a request, or goes, holds nothing', async () => {
  for (const parts of [['GET /health HTTP/1.1\r\nhost:'], [`${HEAD}content-length: 100\r\n\r\n{"items":[`]]) {
    for (const answer of await many(() => talk(parts, { half: true }))) {
      if (answer !== '') assert.equal(problemIn(answer).code, 'request-unreadable', parts[0])
    }
  }
  const whole = await talk(['GET /health HTTP/1.1\r\nhost: node.test\r\n\r\n'], { half: true })
  assert.match(
    whole,
    /^HTTP\/1.1 200 OK[\s\S]*"status":"ready"/,
    'a whole request of a half-open connection is answered',
  )
  assert.deepEqual(
    lines.filter((one) => one.code === 'internal'),
    [],
    'nobody’s going away is our fault',
  )
})

test('a reader that stops reading is let go', async () => {
  const whole = (await (await w.at.fetch('http://node.test/openapi.json', {})).text()).length
  // Far more than what lies between the two sockets, and soon made even where much else runs.
  const times = Math.ceil(40_000_000 / whole)
  const got = await new Promise<number>((done) => {
    const one = connect({ port: Number(port), host: hostname }, () => {
      for (let i = 0; i < times; i++) one.write('GET /openapi.json HTTP/1.1\r\nhost: node.test\r\n\r\n')
    })
    one.on('error', () => {})
    one.on('close', () => done(one.bytesRead))
    one.pause()
    // That it was closed is seen only by reading on: the rest of what was asked for never comes.
    setTimeout(() => one.resume(), 10_000)
  })
  assert.ok(got < whole * times, `${got} of ${whole * times} bytes`)
  await guard.goesOn()
})

test('what is no HTTP, and a head that is too large', async () => {
  for (const first of [
    '\u0016\u0003\u0001rubbish\r\n\r\n',
    'HELO node\r\n\r\n',
    'GET / HTTP/1.1\r\nhost: a\r\nhost\r\n\r\n',
    `${HEAD}content-length: 1\r\ncontent-length: 2\r\n\r\n{}`,
  ]) {
    assert.deepEqual(problemIn(await talk([first])), { status: 400, code: 'request-unreadable' }, first)
  }
  const large = `GET /health HTTP/1.1\r\nhost: node.test\r\nx: ${'a'.repeat(40_000)}\r\n\r\n`
  assert.deepEqual(problemIn(await talk([large])), { status: 431, code: 'headers-too-large' })
  await guard.goesOn()
})
