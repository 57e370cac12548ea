/** What the enclave's wrapping takes away where no hardware encloses it: the network, the files, the pen. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { isolationHere, wrapped } from '@salus/market/host/isolation'

const here = isolationHere()
const ROOT = resolve(import.meta.dirname, '../..')

/** A script in a task's folder, run as the enclave is; what it printed, one line a try. */
async function tries(isolation: 'namespaces' | 'none', words: readonly string[]): Promise<Record<string, string>> {
  const dir = mkdtempSync(join(tmpdir(), 'salus-wrapped-'))
  const [own, other] = [join(dir, 'task'), join(dir, 'task-other')]
  for (const one of [own, other]) mkdirSync(one)
  for (const one of [own, other]) writeFileSync(join(one, 'data-0'), 'ciphertext (sample)')
  const script = `
    import { readFileSync, writeFileSync, readdirSync } from 'node:fs'
    import { connect } from 'node:net'
    const [folder, other, port, root, data] = ${JSON.stringify([own, other, ...words])}
    const told = {}
    const attempt = (name, work) => { try { work(); told[name] = 'done' } catch (error) { told[name] = error.code } }
    attempt('own', () => readFileSync(folder + '/data-0'))
    attempt('passwd', () => readFileSync('/etc/passwd'))
    attempt('other', () => readFileSync(other + '/data-0'))
    attempt('up', () => readFileSync(folder + '/../task-other/data-0'))
    attempt('list', () => readdirSync(other))
    attempt('desk', () => readFileSync(data))
    attempt('environment', () => readFileSync('/proc/1/environ'))
    attempt('write', () => writeFileSync(folder + '/out', 'x'))
    attempt('writeTmp', () => writeFileSync('/tmp/salus-wrapped-out', 'x'))
    attempt('writeRoot', () => writeFileSync(root + '/out', 'x'))
    const children = await import('node:child_process')
    attempt('child', () => children.execSync('true'))
    told.environmentOf = Object.keys(process.env).join()
    await new Promise((done) => {
      const socket = connect(Number(port), '127.0.0.1', () => { told.socket = 'done'; socket.destroy(); done() })
      socket.on('error', (error) => { told.socket = error.code; done() })
    })
    console.log(JSON.stringify(told))`
  const main = join(own, 'main.mjs')
  writeFileSync(main, script)
  const [command, ...rest] = wrapped(isolation, main, own)
  const child = spawn(command as string, rest, { env: {}, cwd: own, stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  child.stdout.on('data', (part) => {
    out += part
  })
  child.stderr.on('data', (part) => {
    err += part
  })
  await new Promise((done) => child.once('close', done))
  rmSync(dir, { recursive: true, force: true })
  assert.ok(out, err)
  return JSON.parse(out)
}

async function listening(): Promise<{ port: string; stop: () => void }> {
  const server = createServer((_, response) => void response.end())
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const stop = () => {
    server.close()
    server.closeAllConnections()
  }
  return { port: String((server.address() as AddressInfo).port), stop }
}

const denied = 'ERR_ACCESS_DENIED'

test('N6 the enclave’s process reads its own folder and no other file, writes nothing and starts nothing', async () => {
  const { port, stop } = await listening()
  // A desk's folder is often beside the program, in its folder `data`.
  const data = mkdtempSync(join(ROOT, 'data-wrapped-'))
  writeFileSync(join(data, 'keys'), 'secret (sample)')
  const told = await tries(here, [port, ROOT, join(data, 'keys')])
  rmSync(data, { recursive: true, force: true })
  stop()
  const { own, socket: _, environmentOf, ...rest } = told
  assert.equal(own, 'done')
  assert.equal(environmentOf, '')
  for (const [what, code] of Object.entries(rest)) assert.equal(code, denied, what)
  assert.equal(existsSync(join(ROOT, 'out')), false)
})

test('N6 it opens no socket, not to this machine either', {
  skip: here === 'namespaces' ? false : 'this machine allows no namespaces',
}, async () => {
  const { port, stop } = await listening()
  const open = await tries('none', [port, ROOT, '/etc/passwd'])
  assert.equal(open.socket, 'done', 'without namespaces the port is there to be reached')
  const closed = await tries('namespaces', [port, ROOT, '/etc/passwd'])
  assert.match(closed.socket as string, /ECONNREFUSED|ENETUNREACH|EHOSTUNREACH/)
  stop()
})
