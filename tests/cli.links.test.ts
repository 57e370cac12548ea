/** A patient shares a summary by a link, and somebody without an account opens it, as both type it. */
import assert from 'node:assert/strict'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createCommands } from './commands.ts'

const { device, root, run, done, start, stop } = await createCommands('links')
before(() => start())
after(() => stop())

const ines = ['--device', device('ines-delcourt')]
const shares = async () => (await done(['patient', 'shares', ...ines])).links as Record<string, unknown>[]

test('R32 R34 a link with a passcode is shared, opened, listed and ended; passcode and link are asked for, never arguments', async () => {
  const made = await done(
    ['patient', 'share', '--pin', '--categories', 'allergies', '--until', '2h', ...ines],
    '4711\n4711\n',
  )
  const link = String(made.link)
  assert.match(link, /^shlink:\//)
  const out = join(root, 'summary.json')
  const wrong = await run(['open-link', '--out', out, '--json'], `${link}\nDr Loin (sample)\n0000\n`, {
    LANG: 'fr_FR.UTF-8',
  })
  assert.deepEqual([wrong.code, wrong.json.code], [1, 'passcode-wrong'])
  assert.match(wrong.err, /Essais restants : 4/)
  const opened = await run(['open-link', '--out', out], `https://viewer.example#${link}\nDr Loin (sample)\n4711\n`)
  assert.equal(opened.code, 0, opened.err)
  const bundle = JSON.parse(await readFile(out, 'utf8'))
  assert.deepEqual([bundle.resourceType, bundle.type], ['Bundle', 'document'])
  assert.match(JSON.stringify(bundle), /Not shared: /)
  assert.equal((await stat(out)).mode & 0o777, 0o600)
  const [listed] = await shares()
  assert.deepEqual([listed?.id, listed?.state, listed?.wrong, listed?.opens], [made.id, 'open', 1, 1])
  const said = await run(['patient', 'shares', ...ines])
  assert.match(said.out, /opened .*: Dr Loin \(sample\)[\s\S]*the node’s word/)
  assert.ok(!said.out.includes('shlink'))
  const ended = await run(['patient', 'unshare', String(made.id), ...ines])
  assert.match(ended.out, /Dr Loin/)
  const gone = await run(['open-link', '--json'], `${link}\nx\n4711\n`)
  assert.deepEqual([gone.code, gone.json.code], [1, 'link-unknown'])
  assert.match((await run(['patient', 'log', ...ines])).out, /shared a summary by a link[\s\S]*ended a link/)
})

test('R32 what is mistyped is said before anything is shared', async () => {
  const before = (await shares()).length
  const differ = await run(['patient', 'share', '--pin', ...ines, '--json'], '4711\n4712\n')
  assert.deepEqual([differ.code, differ.json.code], [2, 'misuse'])
  const short = await run(['patient', 'share', '--pin', ...ines, '--json'], '12\n12\n')
  assert.deepEqual([short.code, short.json.code], [1, 'passcode-short'])
  assert.equal((await run(['patient', 'share', '--opens', 'many', ...ines])).code, 2)
  const none = await run(['open-link', '--json'], 'hello\n')
  assert.deepEqual([none.code, none.json.code], [1, 'link-invalid'])
  assert.equal((await shares()).length, before)
})
