/** A node that starts at another address, devices that follow it, and the printed tour, typed as it stands. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createCommands, type Reply } from './commands.ts'
import { freePort } from './ports.ts'

const salus = await createCommands('moves')
const { run, done, device, root, data } = salus
const elsewhere = String(await freePort())

after(() => salus.stop())

/** The words of each command the tour prints, `npx salus` left out. */
const tour = (printed: string): string[][] =>
  printed
    .split('\n')
    .filter((line) => line.startsWith('  npx salus '))
    .flatMap((line) => line.trim().split(' && '))
    .map((line) => line.split(' ').slice(2))

test('the tour works word for word after a start at another port; a device elsewhere is told with SALUS_NODE', async () => {
  await salus.start()
  const far = join(root, 'far')
  const init = [
    'pro',
    'init',
    '--org',
    'cabinet-des-lilas',
    '--role',
    'nurse',
    '--name',
    'Ada (sample)',
    '--device',
    far,
  ]
  const made = await run(init)
  assert.match(
    made.out,
    /^Handle: [0-9A-Z]{26}\nRead this fingerprint to the desk, and ask to be credentialed as Nurse \(nurse\): /,
  )
  await salus.stop()
  await salus.start({ SALUS_PORT: elsewhere })

  const lost = await run(['pro', 'inbox', '--device', far, '--json'])
  assert.deepEqual([lost.code, lost.json.code], [1, 'node-unreachable'])
  const found = await run(['pro', 'inbox', '--device', far], '', { SALUS_NODE: `http://127.0.0.1:${elsewhere}/` })
  assert.equal(found.code, 0, found.err)
  assert.match(found.out, /No credential yet\.\nRead this fingerprint to the desk, and ask to be credentialed as Nurse/)

  let id = 'ID'
  const steps = tour(salus.printed())
  const claim = steps.findIndex((words) => words[1] === 'claim')
  assert.ok(claim > 5, salus.printed())
  for (const words of steps.slice(0, claim)) {
    const typed = words.map((word) => (word === 'ID' ? id : word))
    const ran = await run(typed)
    assert.equal(ran.code, 0, `${typed.join(' ')}\n${ran.err}`)
    id = /^(\S{22})\n {2}Dr Noor Okafor/.exec(ran.out)?.[1] ?? id
  }
  assert.notEqual(id, 'ID')
  const code = /asks for this code: ([0-9A-Z-]+);/.exec(salus.printed())?.[1] ?? ''
  const replies: Reply[] = [
    { when: /^/, say: () => code },
    { when: /Recovery code, keep it offline: (\S+)/, say: (seen) => seen[1] ?? '' },
  ]
  const claiming = run([...(steps[claim] ?? []), '--wait', '1'], replies)
  for (let shown = ''; ; ) {
    await new Promise((next) => setTimeout(next, 300))
    const listed = await run(['patient', 'claim', '--wait', '0', '--device', device('paul')])
    shown = /[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(listed.out)?.[0] ?? ''
    if (shown === '') continue
    const signed = await run(steps[claim + 1] ?? [], `${shown}\n`)
    assert.equal(signed.code, 0, signed.err)
    break
  }
  const claimed = await claiming
  assert.equal(claimed.code, 0, claimed.err)
  assert.match(claimed.out, /Restoring was tried: it works/)
  assert.equal((await run(['patient', 'record', '--device', device('paul')])).code, 0)
})

test('the role asked for is shown until the credential is there, and not after', async () => {
  const far = join(root, 'far')
  const at = { SALUS_NODE: `http://127.0.0.1:${elsewhere}` }
  const card = () => JSON.parse(readFileSync(join(far, 'device.json'), 'utf8')) as { asks?: string }
  assert.equal(card().asks, 'nurse')
  const desk = ['--device', device('desk-cabinet-des-lilas')]
  const { professionals } = (await done(['desk', 'professionals', ...desk])) as {
    professionals: { handle: string; name: string }[]
  }
  const handle = professionals.find(({ name }) => name === 'Ada (sample)')?.handle ?? ''
  const shown = /[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(
    (await run(['pro', 'teams', '--device', far], '', at)).out,
  )?.[0]
  await done(['desk', 'issue-credential', '--pro', handle, '--role', 'nurse', ...desk], `${shown}\n`)
  assert.doesNotMatch((await run(['pro', 'teams', '--device', far], '', at)).out, /No credential/)
  assert.equal(card().asks, undefined)
  const file = join(root, 'note.json')
  writeFileSync(file, '{"resourceType":"Basic","code":{"text":"x"}}')
  const { patients } = JSON.parse(readFileSync(join(data, 'demo.json'), 'utf8')) as { patients: Record<string, string> }
  const words = ['pro', 'write', file, '--patient', patients['marc-ferrand'] ?? '', '--device', far]
  assert.equal((await run(words, '', at)).code, 0)
})
