import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBudget, readBody } from './budget.ts'

test('default: bytes are booked until they are given back, once', () => {
  const book = createBudget(100)
  const first = book(60)
  assert.throws(() => book(41), { code: 'node-busy' })
  const second = book(40)
  first()
  first()
  assert.throws(() => book(61), { code: 'node-busy' })
  book(60)()
  second()
})

test('behavior: a body that is allowed at all is taken by an idle node', () => {
  const book = createBudget(100)
  const large = book(500)
  assert.throws(() => book(1), { code: 'node-busy' })
  large()
  book(500)()
})

/** A request whose body comes part by part; `push` sends one, `end` closes it. */
function sending(headers: Record<string, string> = {}) {
  let into: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      into = controller
    },
  })
  const request = new Request('http://node.test', { method: 'POST', body, headers, duplex: 'half' } as RequestInit)
  return { request, push: (size: number) => into?.enqueue(new Uint8Array(size).fill(7)), end: () => into?.close() }
}

test('behavior: what was announced and not sent holds nothing back; what arrived does, until it is answered', async () => {
  const book = createBudget(200_000)
  const idle = sending({ 'content-length': '190000' })
  const waiting = readBody(idle.request, 200_000, book)
  book(200_000)()
  const other = sending()
  const reading = readBody(other.request, 200_000, book)
  other.push(150_000)
  other.end()
  const { bytes, release } = await reading
  assert.deepEqual([bytes.length, bytes[0], bytes.at(-1)], [150_000, 7, 7])
  assert.throws(() => book(60_000), { code: 'node-busy' })
  release()
  book(200_000)()
  idle.end()
  assert.equal((await waiting).bytes.length, 0)
})

test('error: too much is refused by its announcement, or as soon as it has come; nothing stays booked', async () => {
  const book = createBudget(1_000_000)
  const said = sending({ 'content-length': '100001' })
  await assert.rejects(readBody(said.request, 100_000, book), { code: 'body-too-large' })
  const unsaid = sending()
  const reading = readBody(unsaid.request, 100_000, book)
  unsaid.push(99_000)
  unsaid.push(2_000)
  await assert.rejects(reading, { code: 'body-too-large' })
  const small = sending({ 'content-length': '10' })
  small.push(10)
  small.end()
  assert.equal((await readBody(small.request, 100_000, book)).bytes.length, 10)
  book(1_000_000)()
})
