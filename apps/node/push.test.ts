import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '@salus/base/clock'
import { createPusher, isPublic, outwardOf } from './push.ts'

const fresh = () => join(mkdtempSync(join(tmpdir(), 'salus-push-')), 'keys')
const pusher = (also?: (url: URL) => boolean, keys = fresh()) =>
  createPusher({ keys, origin: 'journal.sample.example', clock: systemClock, ...(also ? { also } : {}) })

test('N18 what is an address of the public internet', () => {
  const inner = [
    ...[
      '0.0.0.0',
      '10.1.2.3',
      '100.64.0.1',
      '127.0.0.1',
      '127.255.255.255',
      '169.254.169.254',
      '172.16.0.1',
      '172.31.255.255',
    ],
    ...[
      '192.0.0.8',
      '192.0.2.1',
      '192.168.1.1',
      '198.18.0.1',
      '198.51.100.1',
      '203.0.113.9',
      '224.0.0.1',
      '255.255.255.255',
    ],
    ...[
      '::',
      '::1',
      '::ffff:127.0.0.1',
      '::ffff:10.0.0.1',
      '64:ff9b::7f00:1',
      'fc00::1',
      'fe80::1',
      'ff02::1',
      '2001:db8::1',
    ],
    ...['2002:7f00:1::', '2001::1', '100::1', 'localhost', '', '8.8.8', 'x'],
  ]
  for (const one of inner) assert.equal(isPublic(one), false, one)
  for (const one of ['8.8.8.8', '172.32.0.1', '192.1.0.1', '2606:4700::1111', '2a00:1450::1'])
    assert.equal(isPublic(one), true, one)
})

test('N18 a name that leads to this machine is refused when it is asked for, and when it is used', async () => {
  let asked = 0
  const server = createServer((_, answer) => {
    asked++
    answer.end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  const own = pusher()
  for (const name of [`http://127.0.0.1:${port}/`, 'https://localhost/', 'https://localhost.localdomain/']) {
    assert.equal(await own.allows(name), false, name)
    assert.notEqual(await own.send(name), 'sent', name)
  }
  assert.equal(asked, 0)
  const url = `http://127.0.0.1:${port}/`
  assert.equal(await pusher((one) => one.href === url).send(url), 'sent')
  assert.equal(asked, 1)
  server.closeAllConnections()
  server.close()
})

test('N18 a name is as good as the worst of its addresses, each time it is looked up', async () => {
  const addresses: Record<string, string[]> = {
    'outer.example': ['8.8.8.8', '2606:4700::1111'],
    'inner.example': ['127.0.0.1'],
    'mixed.example': ['8.8.8.8', '10.0.0.1'],
    'none.example': [],
  }
  const resolve: Parameters<typeof outwardOf>[0] = (host, _, answer) =>
    answer(
      null,
      (addresses[host] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  const own = createPusher({ keys: fresh(), origin: 'journal.sample.example', clock: systemClock, resolve })
  const allowed = Object.keys(addresses).map((host) => own.allows(`https://${host}/x`))
  assert.deepEqual(await Promise.all(allowed), [true, false, false, false])
  const connects = (all: boolean) =>
    new Promise((done) => outwardOf(resolve)('outer.example', { all }, (error, found) => done([error, found])))
  assert.deepEqual(await connects(false), [null, '8.8.8.8'])
  addresses['outer.example'] = ['192.168.1.1']
  for (const all of [true, false]) {
    const [error] = (await connects(all)) as [Error | null]
    assert.equal(error?.message, 'inner address', 'a name that turned is not followed')
  }
  assert.equal(await own.send('https://outer.example/x'), 'failed')
})

test('N18 the key is made when it is asked for, and is the same afterwards; a damaged one is said so', async () => {
  const keys = fresh()
  const first = await pusher(undefined, keys).key()
  assert.equal(await pusher(undefined, keys).key(), first)
  assert.notEqual(await pusher().key(), first)
  writeFileSync(join(keys, 'push.key'), 'AAAA')
  await assert.rejects(pusher(undefined, keys).key(), { code: 'key-damaged' })
})
