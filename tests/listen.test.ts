/** TLS by two files: a phone on the local network needs it, WebCrypto exists only in a secure context. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock, systemRandom } from '@salus/base/clock'
import { composeNode } from '@salus/node-app/compose'
import { listenNode } from '@salus/node-app/listen'
import { startNode } from '@salus/node-app/testing'

const openssl = spawnSync('openssl', ['version']).status === 0

test('a node with certificate and key answers over TLS only', {
  skip: openssl ? false : 'needs the openssl command to make a certificate',
}, async () => {
  const at = await startNode()
  await at.node.close()
  const dir = mkdtempSync(join(tmpdir(), 'salus-tls-'))
  const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const made = spawnSync('openssl', [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
    ...subject,
    '-keyout',
    key,
    '-out',
    cert,
  ])
  assert.equal(made.status, 0, String(made.stderr))
  const running = await listenNode({ dir: at.dir, host: '127.0.0.1', port: 0, tls: { cert, key } })
  const status = await new Promise<number>((resolve, reject) => {
    request(`${running.url}/health`, { ca: readFileSync(cert) }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })
  assert.equal(status, 200)
  await assert.rejects(fetch(running.url.replace('https', 'http')))
  await running.stop()
})

test('a port that is taken is said in words, and the folder is left closed', async () => {
  const [one, two] = [await startNode(), await startNode()]
  await one.node.close()
  await two.node.close()
  const first = await listenNode({ dir: one.dir, host: '127.0.0.1', port: 0 })
  const port = Number(new URL(first.url).port)
  await assert.rejects(listenNode({ dir: two.dir, host: '127.0.0.1', port }), { code: 'port-taken' })
  const again = await listenNode({ dir: two.dir, host: '127.0.0.1', port: 0 })
  await again.stop()
  await first.stop()
})

test('one node to a folder: a second one is refused while the first runs, and may start after it', async () => {
  const at = await startNode()
  const ports = { dir: at.dir, clock: systemClock, random: systemRandom, log: () => {} }
  await assert.rejects(composeNode(ports), { code: 'node-running' })
  await at.node.close()
  const again = await composeNode(ports)
  await again.close()
})
