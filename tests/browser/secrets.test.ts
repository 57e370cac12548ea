/** After a day's work nobody but the two browsers knows anything: storage, addresses, the node's log, its files and its memory. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { webFolder } from '@salus/web-app/build'
import { launch, noChromium } from '@salus/web-app/testing'
import type { Browser, Page } from 'playwright-core'
import { createCommands } from '../commands.ts'

const skip = (await noChromium()) || (process.platform !== 'linux' && 'reads the memory of a process: Linux')
const marker = 'Zyxofluoxetine 20 mg (sample)'
const note = 'confidential remark number 7781 (sample)'

const commands = await createCommands('secrets')
let browser: Browser
let node: ChildProcess
let printed = ''
let url = ''
let code = ''

/** The demonstration is founded by one process and served by another, which never held a key or a plaintext. */
before(async () => {
  if (skip) return
  await commands.start()
  const { recovery } = JSON.parse(readFileSync(join(commands.data, 'demo.json'), 'utf8'))
  code = recovery['ines-delcourt']
  await commands.stop()
  const child = new URL('node.child.ts', import.meta.url).pathname
  // Built here: who builds reads all sources, and the sample records are among them.
  const web = await webFolder()
  node = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', child, commands.data, web])
  node.stdout?.on('data', (part) => {
    printed += part
  })
  for (let i = 0; i < 600 && !/^ready /m.test(printed); i++) await new Promise((done) => setTimeout(done, 50))
  url = /^ready (.*)$/m.exec(printed)?.[1] ?? ''
  browser = await launch()
})
after(async () => {
  if (skip) return
  await browser.close()
  node.kill('SIGTERM')
})

/** Every readable piece of a process's memory, one after another. */
function* memoryOf(pid: number): Generator<Buffer> {
  const file = openSync(`/proc/${pid}/mem`, 'r')
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const [, from = '', to = '', rights = ''] = /^([0-9a-f]+)-([0-9a-f]+) (\S+)/.exec(line) ?? []
      const [start, end] = [Number.parseInt(from, 16), Number.parseInt(to, 16)]
      if (!rights.startsWith('rw') || end - start > 2 ** 30) continue
      const bytes = Buffer.alloc(end - start)
      try {
        yield bytes.subarray(0, readSync(file, bytes, 0, bytes.length, start))
      } catch {
        // A piece that went away, or that the kernel keeps to itself.
      }
    }
  } finally {
    closeSync(file)
  }
}

/** Words as they may lie somewhere: plain, as UTF-16, in base64 at each of the three places. */
function spellings(words: string): Buffer[] {
  const inBase64 = [0, 1, 2].map((at) => {
    const whole = Buffer.concat([Buffer.alloc(at), Buffer.from(words)]).toString('base64')
    return Buffer.from(
      whole
        .slice(at === 0 ? 0 : at + 1, -4)
        .replaceAll('+', '-')
        .replaceAll('/', '_'),
    )
  })
  return [Buffer.from(words), Buffer.from(words, 'utf16le'), ...inBase64]
}

const found = (bytes: Buffer, words: readonly string[]): string[] =>
  words.filter((one) => spellings(one).some((each) => each.length > 8 && bytes.includes(each)))

/** Everything this browser keeps for the origin: databases, caches, localStorage, cookies; bytes as Latin-1. */
const storageOf = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const parts: string[] = [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie]
    const spell = (value: unknown): string => {
      if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
        const bytes = value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(value.buffer)
        return Array.from(bytes, (one) => String.fromCharCode(one)).join('')
      }
      if (value instanceof CryptoKey) return value.extractable ? 'EXTRACTABLE-KEY' : `kept ${value.type} key`
      if (value !== null && typeof value === 'object') return Object.values(value).map(spell).join('\n')
      return String(value)
    }
    for (const { name } of await indexedDB.databases()) {
      const db = await new Promise<IDBDatabase>((resolve) => {
        const request = indexedDB.open(name ?? '')
        request.onsuccess = () => resolve(request.result)
      })
      for (const store of db.objectStoreNames) {
        const all = await new Promise<unknown[]>((resolve) => {
          const request = db.transaction(store).objectStore(store).getAll()
          request.onsuccess = () => resolve(request.result)
        })
        parts.push(...all.map(spell))
      }
      db.close()
    }
    return parts.join('\n')
  })

type Person = { page: Page; addresses: string[] }
async function person(): Promise<Person> {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1000, height: 800 } })
  context.setDefaultTimeout(20_000)
  const page = await context.newPage()
  const addresses: string[] = []
  page.on('request', (request) => addresses.push(`${request.url()} ${JSON.stringify(request.headers())}`))
  return { page, addresses }
}

/** A patient restores with a code; a professional makes keys in the browser and the desk vouches. */
async function dayOfWork(): Promise<{ patient: Person; professional: Person; recovery: string; handle: string }> {
  const [patient, professional] = [await person(), await person()]
  await patient.page.goto(`${url}/patient/`)
  await patient.page.getByRole('button', { name: 'Continue' }).last().click()
  await patient.page.getByRole('textbox', { name: 'Recovery code' }).fill(code)
  await patient.page.getByRole('button', { name: 'Come back' }).click()
  await patient.page.getByRole('button', { name: 'Make my recovery code' }).click()
  const recovery = (await patient.page.locator('.code.big').first().innerText()).trim()
  await patient.page.getByRole('button', { name: 'I kept it' }).click()
  await patient.page.getByRole('textbox', { name: 'Your recovery code' }).fill(recovery)
  await patient.page.getByRole('button', { name: 'Check' }).click()
  await patient.page.getByRole('heading', { name: 'Hello' }).waitFor()

  const { page } = professional
  await page.goto(`${url}/professional/`)
  await page.getByLabel('Organisation').selectOption({ label: 'Hôpital Saint-Roch (sample)' })
  await page.getByLabel('Name as patients will see it').fill('Dr Ada Voss (sample)')
  await page.getByRole('button', { name: 'Make my keys' }).click()
  const shown = (await page.locator('.code.big').innerText()).trim()
  const more = { SALUS_NODE: url }
  const desk = ['--device', commands.device('desk-hopital-saint-roch'), '--json']
  const listed = await commands.run(['desk', 'professionals', ...desk], '', more)
  const all = (listed.json.professionals ?? []) as { handle: string; name: string }[]
  const handle = all.find((one) => one.name === 'Dr Ada Voss (sample)')?.handle ?? ''
  const issue = ['desk', 'issue-credential', '--pro', handle, '--role', 'physician', ...desk]
  assert.equal((await commands.run(issue, `${shown}\n`, more)).code, 0)

  const { patients } = JSON.parse(readFileSync(join(commands.data, 'demo.json'), 'utf8'))
  await page.getByLabel('Handle', { exact: true }).fill(patients['ines-delcourt'])
  await page.getByRole('button', { name: 'Find' }).click()
  await page.getByRole('link', { name: 'Write' }).click()
  await page.getByRole('link', { name: 'Prescription' }).click()
  await page.getByLabel('Medicine', { exact: true }).fill(marker)
  await page.getByLabel('How to take it').fill(note)
  await page.getByRole('button', { name: 'Sign and file' }).click()
  await page.getByText('Signed, sealed to the patient').waitFor()
  await page.getByRole('link', { name: 'Back to the patient' }).click()
  await page.getByRole('link', { name: 'Ask for access' }).click()
  await page.getByText('Medicines', { exact: true }).click()
  await page.getByRole('button', { name: 'Send the request' }).click()
  await patient.page.getByRole('link', { name: 'Look and answer' }).click()
  await patient.page.getByRole('button', { name: 'Allow all of it' }).click()
  await patient.page.getByText('Allowed. You can take it back').waitFor()
  await page.getByRole('link', { name: /allowed: open it/ }).click()
  await page.getByText(marker).first().waitFor()
  await patient.page.getByRole('link', { name: 'Record', exact: true }).click()
  await patient.page.getByRole('link', { name: /Medicines/ }).click()
  await patient.page.getByText(marker).first().waitFor()
  return { patient, professional, recovery, handle: patients['ines-delcourt'] }
}

test('a scan of browser storage, addresses, the node’s log, its files and its memory finds no clinical plaintext and no private key', {
  skip,
}, async (t) => {
  const { patient, professional, recovery, handle } = await dayOfWork()
  const secrets = [marker, note, recovery, recovery.replaceAll('-', ''), code, code.replaceAll('-', '')]
  // Words that only a record holds: the bundle's own lists of tests and allergens are in the node's memory too.
  const clinical = ['Allergy to penicillin', 'Salbutamol']
  for (const { page, addresses } of [patient, professional]) {
    const storage = Buffer.from(await storageOf(page), 'latin1')
    assert.deepEqual(found(storage, [...secrets, ...clinical]), [])
    assert.ok(!storage.includes('EXTRACTABLE-KEY'))
    // Private halves as JOSE, PKCS #8 or PEM would spell them.
    assert.ok(!/"d":"|PRIVATE KEY|MC4CAQAwBQYDK2VwBCIEI|MIIG\wgIBADANBgkqhkiG/.test(storage.toString('latin1')))
    const asked = Buffer.from(addresses.join('\n'))
    assert.deepEqual(found(asked, secrets), [])
    assert.ok(
      addresses.every((one) => one.startsWith(`${url}/`)),
      'nobody else was asked',
    )
    assert.ok(
      addresses.every((one) => !one.split(' ')[0]?.includes(handle)),
      'no handle in an address',
    )
  }
  const lines = Buffer.from(printed)
  assert.deepEqual(found(lines, [...secrets, ...clinical, handle, 'Ada Voss']), [])
  const files = readdirSync(commands.data, { recursive: true, withFileTypes: true })
  for (const one of files) {
    const path = join(one.parentPath, one.name)
    // The sample devices of the command line, and the demonstration's own list of codes, lie in the same folder.
    if (!one.isFile() || path.includes('/devices/') || path.endsWith('demo.json')) continue
    assert.deepEqual(found(readFileSync(path), [...secrets, ...clinical]), [], path)
  }
  let looked = 0
  const inMemory = new Set<string>()
  try {
    for (const bytes of memoryOf(node.pid ?? 0)) {
      looked += bytes.length
      for (const one of found(bytes, [...secrets, ...clinical])) inMemory.add(one)
    }
  } catch (error) {
    return t.skip(`this machine does not let a test read the memory of its own process: ${(error as Error).message}`)
  }
  assert.deepEqual([...inMemory], [])
  assert.ok(looked > 20_000_000, `only ${looked} bytes were looked at`)
  // The same look finds what is there: the origin of the log.
  let there = false
  for (const bytes of memoryOf(node.pid ?? 0)) there ||= found(bytes, ['journal.saint-roch.example']).length > 0
  assert.ok(there, 'a look that finds nothing proves nothing')
})
