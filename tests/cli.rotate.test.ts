/** `desk rotate`, `roots leave`, `roots admit`, `roots finish` as they are typed: organisations change keys, leave, come without a machine. */
import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openFolder } from '@salus/cli/device'
import { generateDeviceKey } from '@salus/crypto/keys'
import { type Roots, roots } from '@salus/directory/consortium'
import { newDevicePair } from '@salus/directory/device/patient'
import { createCommands } from './commands.ts'

const c = await createCommands('rotate')
before(() => c.start())
after(() => c.stop())

const ROCH = 'hopital-saint-roch'
const others = ['cabinet-des-lilas', 'pharmacie-du-port', 'coeur-lab', 'calcul-sud', 'methodes', 'tresor']
const desk = (org: string) => c.device(`desk-${org}`)
const path = (name: string) => join(c.root, name)
type Keys = { device: { publicKey: string }; next?: { publicKey: string }; before?: { publicKey: string } }
const keysOf = async (org: string) => (await (await openFolder(desk(org), 'desk')).read<Keys>('keys')) as Keys
const rotate = (input = 'ROTATE\n') =>
  c.run(['desk', 'rotate', '--device', desk(ROCH), '--output', path('proposal.json'), '--json'], input)
const read = (name: string) => JSON.parse(readFileSync(path(name), 'utf8')) as { roots: Roots; previous: Roots }
/** A code's refusal, whatever is typed. */
async function refused(words: readonly string[], code: string, input = 'SIGN\n') {
  const ran = await c.run([...words, '--json'], input)
  assert.equal(ran.json.code, code, `${words.join(' ')}\n${ran.out}${ran.err}`)
}

/** Each desk signs what `made` proposes, into a folder of its own. */
async function signed(name: string, fingerprint: unknown, orgs: readonly string[], more: readonly string[] = []) {
  const folder = path(`${name}.signatures`)
  mkdirSync(folder)
  for (const dir of [...orgs.map(desk), ...more]) {
    const out = join(folder, `${dir.split('/').at(-1)}.signature.json`)
    const words = ['desk', 'sign', path(name), '--device', dir, '--out', out, '--fingerprint', String(fingerprint)]
    await c.done(words, 'SIGN\n')
  }
  return folder
}

/** The file is made, and the node takes it, stopped; then the desks' devices. */
async function taken(name: string, signatures: string, to: string, orgs: readonly string[]) {
  await c.done(['roots', 'finish', path(name), '--signatures', signatures, '--output', path(to)])
  await c.stop()
  const changed = await c.done(['roots', 'update', path(to), '--node'])
  await c.start()
  for (const org of orgs) await c.done(['roots', 'update', path(to), '--device', desk(org)])
  return changed
}

test('N38 a desk makes another key; cut short before the ledger has it, or after, it goes on with the same', async () => {
  const old = (await keysOf(ROCH)).device.publicKey
  assert.equal((await rotate('NO\n')).json.code, 'misuse')
  assert.equal((await keysOf(ROCH)).next, undefined, 'nothing was made')
  // Killed between making and sending.
  const made = await newDevicePair()
  const { publicKey } = made
  const folder = await openFolder(desk(ROCH), 'desk')
  await folder.write('keys', { ...(await keysOf(ROCH)), next: made })
  copyFileSync(join(desk(ROCH), 'keys.jwe'), path('made.jwe'))
  assert.equal((await rotate('')).json.key, publicKey, 'no other key is made, nothing is asked')
  // Killed between the ledger's answer and writing it down.
  copyFileSync(path('made.jwe'), join(desk(ROCH), 'keys.jwe'))
  assert.equal((await keysOf(ROCH)).device.publicKey, old)
  assert.equal((await rotate('')).json.key, publicKey)
  const first = read('proposal.json')
  assert.equal((await rotate('')).json.key, publicKey, 'typed again it proposes the same')
  assert.deepEqual(read('proposal.json'), first)
  const { device, next, before: past } = await keysOf(ROCH)
  assert.deepEqual([device.publicKey, next, past?.publicKey], [publicKey, undefined, old])
})

test('N38 a desk signs one change that the ledger confirms, and nothing beside it; until then the new key signs no statement (D44)', async () => {
  const lilas = ['--device', desk('cabinet-des-lilas'), '--out', path('no.signature.json')]
  const { roots: next, previous } = read('proposal.json')
  const [first, ...rest] = next.organisations as [Roots['organisations'][0], ...Roots['organisations']]
  const other = (await generateDeviceKey()).publicKey
  const put = (change: Partial<Roots>) =>
    writeFileSync(path('bent.json'), JSON.stringify({ roots: roots.parse({ ...next, ...change }), previous }))
  put({ organisations: [{ ...first, key: other }, ...rest] })
  await refused(['desk', 'sign', path('bent.json'), ...lilas], 'ledger-disagrees')
  put({ organisations: [{ ...first, name: 'Another (sample)' }, ...rest] })
  await refused(['desk', 'sign', path('bent.json'), ...lilas], 'proposal-wrong')
  put({
    organisations: [
      { ...first, past: [{ key: previous.organisations[0]?.key ?? '', until: 2_000_000_000 * 2 }] },
      ...rest,
    ],
  })
  await refused(['desk', 'sign', path('bent.json'), ...lilas], 'proposal-end')
  const [ended] = first.past as [{ key: string; until: number }]
  for (const until of [ended.until - 60, ended.until + 60]) {
    put({ organisations: [{ ...first, past: [{ ...ended, until }] }, ...rest] })
    const own = ['--device', desk(ROCH), '--out', path('no.signature.json')]
    await refused(['desk', 'sign', path('bent.json'), ...own], 'desk-key-end')
  }
  const gone = rest.find(({ org }) => org === 'tresor') as Roots['organisations'][0]
  const left = { ...previous, version: 2, former: [{ ...gone, until: Math.floor(Date.now() / 1000) }] }
  const without = previous.organisations.filter((one) => one.org !== 'tresor')
  const leaves = roots.parse({ ...left, organisations: without })
  writeFileSync(path('bent.json'), JSON.stringify({ roots: leaves, previous }))
  await refused(['desk', 'sign', path('bent.json'), ...lilas], 'ledger-disagrees')
  const leave = ['roots', 'leave', 'tresor', '--device', desk('cabinet-des-lilas'), '--output', path('none.json')]
  await refused(leave, 'ledger-disagrees')
  const { patients } = JSON.parse(readFileSync(join(c.data, 'demo.json'), 'utf8')) as {
    patients: Record<string, string>
  }
  const hold = ['desk', 'hold', '--device', desk(ROCH), '--patient', patients['ines-delcourt'] ?? '']
  await refused([...hold, '--reason', 'medical-record', '--until', '2040-01-01'], 'desk-key-unnamed')
})

test('N38 signed by all, the node takes it: the old key’s statements verify, the desk works, the old key is destroyed', async () => {
  const { json } = await rotate('')
  const folder = await signed('proposal.json', json.fingerprint, [ROCH, ...others])
  const { previous } = JSON.parse(readFileSync(join(folder, `desk-${ROCH}.signature.json`), 'utf8')) as {
    previous: string
  }
  assert.ok(previous, 'the old key votes for the version that replaces it')
  const changed = await taken('proposal.json', folder, '2.json', [ROCH, ...others])
  assert.deepEqual([changed.version, changed.rekeyed], [2, [ROCH]])
  const patient = c.device('ines-delcourt')
  await c.done(['roots', 'update', '--device', patient])
  // Everything in this record was signed before: intake, claim, credentials, documents.
  await c.done(['patient', 'record', '--device', patient])
  await c.done(['patient', 'export', '--device', patient, '--out', path('export.json')])
  const verified = await c.done(['verify', path('export.json'), '--roots', join(c.data, 'consortium.json')])
  assert.ok(Number(verified.records) > 0)
  const { patients } = JSON.parse(readFileSync(join(c.data, 'demo.json'), 'utf8')) as {
    patients: Record<string, string>
  }
  const about = ['--patient', patients['ines-delcourt'] ?? '', '--reason', 'medical-record', '--until', '2040-01-01']
  await c.done(['desk', 'hold', '--device', desk(ROCH), ...about])
  await c.done(['patient', 'log', '--device', patient])
  assert.equal((await keysOf(ROCH)).before, undefined)
})

test('N38 who was voted out leaves the roots, and a practice that was voted in comes into them; each by all that are named', async () => {
  const stay = [ROCH, ...others.filter((one) => one !== 'tresor')]
  // More than half: of eight with the node's own, then of seven.
  const decide = async (file: string, votes: number) => {
    for (const org of stay.slice(0, votes))
      await c.done(['members', 'vote', path(file), '--device', desk(org), '--yes'])
  }
  await c.done(['members', 'motion', 'tresor', '--output', path('leave.motion.json')])
  await decide('leave.motion.json', 5)
  const at = ['--device', desk(ROCH)]
  const left = await c.done(['roots', 'leave', 'tresor', ...at, '--output', path('left.json')])
  const three = await taken('left.json', await signed('left.json', left.fingerprint, stay), '3.json', stay)
  assert.deepEqual([three.version, three.left], [3, ['tresor']])
  const card = ['--name', 'Roses (sample)', '--kind', 'practice', '--country', 'FR', '--node', c.url]
  const roses = path('desk-roses')
  await c.done(['desk', 'init', '--org', 'cabinet-roses', ...card, '--device', roses])
  const admit = ['roots', 'admit', join(roses, 'card.json'), ...at, '--output']
  await refused([...admit, path('none.json')], 'newcomer-not-admitted')
  const entity = ['--entity', 'Cabinet des Roses (sample)', '--output', path('roses.motion.json')]
  await c.done(['members', 'admit', join(roses, 'card.json'), ...entity])
  await decide('roses.motion.json', 4)
  const said = JSON.parse(readFileSync(join(roses, 'card.json'), 'utf8')) as object
  for (const [nth, other] of [{ kind: 'hospital' }, { country: 'BE' }].entries()) {
    writeFileSync(path(`card-${nth}.json`), JSON.stringify({ ...said, ...other }))
    const bent = ['roots', 'admit', path(`card-${nth}.json`), ...at, '--output', path('none.json')]
    await refused(bent, 'newcomer-not-admitted')
  }
  const come = await c.done([...admit, path('come.json')])
  const folder = await signed('come.json', come.fingerprint, stay, [roses])
  const four = await taken('come.json', folder, '4.json', stay)
  assert.deepEqual([four.version, four.joined], [4, ['cabinet-roses']])
  const iris = path('desk-iris')
  await c.done(['desk', 'init', '--org', 'cabinet-iris', ...card, '--device', iris])
  const same = ['--entity', 'Cabinet des Roses (sample)', '--output', path('iris.motion.json')]
  await c.done(['members', 'admit', join(iris, 'card.json'), ...same])
  await decide('iris.motion.json', 5)
  await c.done(['members', 'motion', 'cabinet-roses', '--output', path('roses.leave.json')])
  const seen = await c.run(['members', 'vote', path('roses.leave.json'), ...at], 'NO\n')
  assert.match(seen.out, /of the same legal entity these stay members, each with its vote: cabinet-iris\./)
  const alone = ['members', 'motion', 'methodes', '--output', path('methodes.leave.json')]
  await c.done(alone)
  const other = await c.run(['members', 'vote', path('methodes.leave.json'), ...at], 'NO\n')
  assert.doesNotMatch(other.out, /Attention/)
  const listed = await c.run(['members', 'list', '--device', roses])
  assert.match(listed.out, /cabinet-roses {2}Roses \(sample\) {2}practice/, listed.err)
})
