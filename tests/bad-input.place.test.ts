/** The place a node lies in: a full disk, a folder that may not be written, data of a newer version. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import type { Sql } from '@salus/base/sqlite'
import { startNode } from '@salus/node-app/testing'
import { recordEndpoints } from '@salus/records/endpoints'
import { errors } from '@salus/ui/errors'
import { assertWords, createGuard, refused } from './bad-input.ts'
import { deskAuthor, type World, world, write } from './people.ts'
import { bytesOf } from './scan.ts'

/** Lets the file have `more` pages than it has now, as a disk would. */
const cap = (sql: Sql, more: number) =>
  sql.tx(async (tx) => {
    const { page_count: pages = 0 } = (await tx.get<{ page_count: number }>('PRAGMA page_count')) ?? {}
    await tx.get(`PRAGMA max_page_count = ${pages + more}`)
  })

/** The world, and every problem its node answered with, in French. */
function listening(w: World): { heard: World; problems: { status: number; code: string; title: string }[] } {
  const problems: { status: number; code: string; title: string }[] = []
  const fetch: World['at']['fetch'] = async (url, init) => {
    const answer = await w.at.fetch(url, { ...init, headers: { ...init.headers, 'accept-language': 'fr' } })
    if (!answer.ok) problems.push({ ...(await answer.clone().json()), status: answer.status })
    return answer
  }
  return { heard: { ...w, at: { ...w.at, fetch } }, problems }
}

/** Tries until `work` was refused three times; gives how often it succeeded. Every refusal says that the disk is full. */
async function untilFull(work: () => Promise<unknown>): Promise<number> {
  let [done, told] = [0, 0]
  while (told < 3) {
    const code = await work().then(
      () => 'done',
      (error: { code: string }) => error.code,
    )
    if (code === 'done') done++
    else told++
    if (code !== 'done') assert.equal(code, 'disk-full')
    assert.ok(done < 2_000, 'the disk never filled')
  }
  return done
}

/** A try after a failed recovery comes a second after the one before. */
const aSecond = () => new Promise((done) => setTimeout(done, 1_050))

for (const file of ['sources', 'views'] as const) {
  test(`disk full (${file}): said as that, nothing acknowledged is lost, and it goes on when there is room`, async () => {
    const at = await startNode()
    const guard = await createGuard(world(at))
    const { heard, problems } = listening(guard.w)
    const desk = await deskAuthor(heard)
    const { link, keys } = guard.person
    await cap(at.node[file], file === 'sources' ? 400 : 1)
    const size = { sources: 100_000, views: 10 }[file]
    await untilFull(() => write(desk, keys.handle, 'documents', { resourceType: 'Basic', text: 'x'.repeat(size) }))
    if (file === 'sources') {
      await untilFull(() => write(desk, keys.handle, 'documents', { resourceType: 'Basic', text: 'x' }))
      assert.ok((await link.call(recordEndpoints.own)).records.length > 0, 'reading needs no room')
    }
    assert.ok(problems.length >= 3)
    for (const one of problems) assert.deepEqual([one.status, one.code], [507, 'disk-full'])
    assert.match(problems[0]?.title ?? '', /plus de place/)
    assertWords('disk-full')
    await cap(at.node[file], 1_000_000)
    await aSecond()
    await guard.goesOn()
    const again = await at.reopen()
    await guard.goesOn({ ...guard.w, at: { ...again, organisations: at.organisations } })
    await again.node.close()
  })
}

const MAIN = resolve(import.meta.dirname, '../apps/cli/main.ts')
const FLAGS = ['--disable-warning=ExperimentalWarning']
/** Somebody who is not the administrator: root may write anywhere. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
const readable =
  spawnSync(process.execPath, ['-e', `require('fs').readFileSync(${JSON.stringify(MAIN)})`], nobody).status === 0

/** Starts a node over `dir` as a program of its own; gives the code it ended with, whose French words it said. */
function start(dir: string): string {
  const env = { PATH: process.env.PATH ?? '', HOME: dir, SALUS_DATA: dir, SALUS_PORT: '0', LANG: 'fr_FR.UTF-8' }
  const ran = spawnSync(process.execPath, [...FLAGS, MAIN, 'start', '--json'], { env, ...nobody, timeout: 60_000 })
  assert.equal(ran.status, 1, String(ran.stderr))
  const { code, title } = JSON.parse(String(ran.stdout).trim().split('\n').at(-1) ?? '') as Record<string, string>
  assertWords(code ?? '')
  assert.equal(title, errors[code ?? '']?.[0].fr)
  assert.ok(String(ran.stderr).includes(title ?? '-'))
  return code ?? ''
}

/** Every file and folder under `dir`, itself first. */
const all = (dir: string): string[] => [
  dir,
  ...readdirSync(dir, { recursive: true }).map((one) => join(dir, String(one))),
]

const skip = readable ? false : 'needs a program folder that everybody may read'
test('read-only folder: said as that, nothing in it is changed, and it goes on when it may be written', {
  skip,
}, async () => {
  const root = mkdtempSync(join(tmpdir(), 'salus-closed-'))
  chmodSync(root, 0o755)
  const dir = join(root, 'data')
  const at = await startNode({ dir })
  const guard = await createGuard(world(at))
  await at.node.close()
  const before = bytesOf(dir)
  // Another account's, and the own one closed: there the folder itself may be opened again, its files not.
  for (const owner of [process.getuid?.() ?? 0, nobody.uid ?? process.getuid?.() ?? 0]) {
    for (const one of all(dir)) chownSync(one, owner, owner)
    for (const one of all(dir).reverse()) chmodSync(one, statSync(one).isDirectory() ? 0o555 : 0o444)
    assert.equal(start(dir), 'folder-unusable', `owner ${owner}`)
    assert.ok(bytesOf(dir).equals(before), 'not a byte was changed')
  }
  assert.equal(
    start(join(root, 'new', 'data')),
    'folder-unusable',
    'nor is a node founded where nothing may be written',
  )
  for (const one of all(dir)) {
    chownSync(one, process.getuid?.() ?? 0, process.getgid?.() ?? 0)
    chmodSync(one, statSync(one).isDirectory() ? 0o700 : 0o600)
  }
  const again = await startNode({ dir })
  await guard.goesOn({ ...guard.w, at: { ...again, organisations: at.organisations } })
  await again.node.close()
})

test('data folder of a newer version: refused in words, nothing in it is changed', async () => {
  const at = await startNode()
  const guard = await createGuard(world(at))
  await at.node.close()
  const marker = join(at.dir, 'node.json')
  const text = readFileSync(marker, 'utf8')
  writeFileSync(marker, JSON.stringify({ ...JSON.parse(text), format: 99 }))
  const before = bytesOf(at.dir)
  await refused(startNode({ dir: at.dir }), 'data-format-newer')
  assert.ok(bytesOf(at.dir).equals(before), 'not a byte was changed')
  writeFileSync(marker, text)
  const again = await startNode({ dir: at.dir })
  await guard.goesOn({ ...guard.w, at: { ...again, organisations: at.organisations } })
  await again.node.close()
})
