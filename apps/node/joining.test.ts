/** Joining (N35) and renewing a node's roots (N34), without processes: the drill `consortium.newcomer` types the same with them. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { utf8 } from '@salus/base/bytes'
import { systemClock, systemRandom } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import { digest } from '@salus/crypto/hash'
import { generateDeviceKey } from '@salus/crypto/keys'
import { type Consortium, type Roots, signRoots } from '@salus/directory/consortium'
import { createCall } from '@salus/directory/device/http'
import { newerRoots, servedRoots } from '@salus/directory/device/roots'
import { formatVkey } from '@salus/journal/note'
import { makeHome, writeConfig, writeGenesis } from '@salus/ledger/comet/home'
import { bodies, genesis } from '@salus/ledger/contract'
import { backupNode } from './backup.ts'
import { cometFolder, writeCometFile } from './comet.ts'
import { composeNode } from './compose.ts'
import { foundConsortium, type Hospital } from './consortium.ts'
import { examine } from './doctor.ts'
import { readFounded } from './found.ts'
import type { LogLine } from './http.ts'
import { finishJoin, type JoinPlan, proposeJoin, type Welcome, welcome, welcomeFrom } from './joining.ts'
import { logVerifier, witnessVerifier } from './keys.ts'
import { rootsDigest, witnessesOf } from './proposal.ts'
import { standingOf } from './standing.ts'
import { earlierRoots, replaceRoots } from './succeeded.ts'
import { checkSuccessor, nextRoots } from './successor.ts'

const names = ['saint-roch', 'cabinet-lilas', 'hopital-nord', 'clinique-sud'] as const
const refusedWith = (code: string) => (error: unknown) => isAppError(error) && error.code === code
type Key = Awaited<ReturnType<typeof generateDeviceKey>>

/** Founded folders; `comet`: as members of a chain that CometBFT orders from its first block on. */
async function founded(count: number, comet = false) {
  const base = mkdtempSync(join(tmpdir(), 'salus-joining-'))
  const keys = await Promise.all(names.slice(0, count).map(() => generateDeviceKey()))
  const hospitals: Hospital[] = []
  for (const [i, { publicKey: key }] of keys.entries()) {
    const org = names[i] ?? ''
    const dir = join(base, org)
    const machine = { url: `https://${org}.example`, operator: digest(`legal ${org}`), contract: digest('contract') }
    const node = comet ? { ...(await makeHome(cometFolder(dir))), ...machine, role: 'controller' as const } : undefined
    const card = { org: org as never, name: `Hospital ${i} (sample)`, kind: 'hospital', country: 'FR', key } as const
    hospitals.push({ ...card, dir, origin: `journal.${org}.example`, url: machine.url, ...(node ? { node } : {}) })
  }
  const sign = (document: Roots) => signed(document, keys)
  const roots = await foundConsortium(hospitals, { chain: 'test-chain', time: systemClock(), sign })
  for (const { dir } of comet ? hospitals : []) await cometFiles(dir)
  const dir = hospitals[0]?.dir ?? ''
  return { base, dir, keys, hospitals, roots }
}

const signed = (document: Roots, by: readonly Key[]) =>
  Promise.all(by.map((one) => signRoots(document, one.privateKey, one.publicKey)))

async function cometFiles(dir: string): Promise<void> {
  const first = genesis.parse(JSON.parse(readFileSync(join(dir, 'genesis.json'), 'utf8')))
  const home = cometFolder(dir)
  const validators = first.organisations.flatMap(({ node }) => (node ? [node.validator] : []))
  await writeGenesis(home, { genesis: first, validators })
  const peers = [`${'a'.repeat(40)}@cabinet-lilas.example:26656`]
  await writeConfig(home, { abci: 'tcp://127.0.0.1:1024', rpc: 1025, p2p: 26_656, peers })
  await writeCometFile(dir, { abci: { port: 1024 }, rpc: 'http://127.0.0.1:1025' })
}

const planOf = (key: string, more: Partial<JoinPlan> = {}): JoinPlan => ({
  organisation: { org: 'hopital-est' as never, name: 'Hôpital Est (sample)', kind: 'hospital', country: 'FR', key },
  ...{ origin: 'journal.est.example', operator: 'hopital-est-node' as never, url: 'https://est.example' },
  ...{ entity: 'Hôpital Est (sample)', contract: 'E-1', role: 'controller' },
  ...more,
})

const at = (dir: string) => ({ dir, now: systemClock() })
const to = { abci: { port: 1026 }, rpc: 1027, p2p: 26_656 }

async function joining() {
  const net = await founded(4, true)
  const own = await generateDeviceKey()
  const given = await welcomeFrom({ dir: net.dir }, { address: 'saint-roch.example:26656' })
  const folder = join(net.base, 'est')
  return { ...net, own, given, folder, plan: planOf(own.publicKey) }
}

/** What each organisation of `document` signs on its own device. */
async function signaturesOf(document: Roots, by: readonly Key[]) {
  const all = await signed(document, by)
  const orgs = by.map((one) => document.organisations.find(({ key }) => key === one.publicKey)?.org as never)
  return all.map((signature, i) => ({ org: orgs[i] as never, roots: rootsDigest(document), signature }))
}

test('N35 with every signature the newcomer has a folder of its own: roots, genesis, keys, CometBFT’s files', async () => {
  const { folder, plan, given, keys, own, roots } = await joining()
  const { made, paths } = await proposeJoin(at(folder), plan, given)
  checkSuccessor(made)
  const [, ...motions] = paths.map((path) => JSON.parse(readFileSync(path, 'utf8')))
  for (const { type, body } of motions)
    assert.equal(bodies[type as 'org.admit'].parse(body).legal, digest(`legal ${plan.entity}`))
  assert.deepEqual(await proposeJoin(at(folder), plan, given).then((again) => again.made), made, 'the same keys')
  const all = await signaturesOf(made.roots, [...keys, own])
  const join_ = { plan, welcome: given, to }
  await assert.rejects(finishJoin(at(folder), join_, all.slice(1)), refusedWith('founding-signature-missing'))
  const { home } = await finishJoin(at(folder), join_, all)
  const mine = await readFounded(folder)
  assert.deepEqual(
    [mine.roots.version, mine.operator, mine.roots.journals.at(-1)?.origin],
    [2, plan.operator, plan.origin],
  )
  assert.match(
    readFileSync(join(home, 'config/config.toml'), 'utf8'),
    /persistent_peers = "[0-9a-f]{40}@saint-roch\.example:26656,a{40}@/,
  )
  assert.deepEqual(
    (await earlierRoots(folder, mine.consortium)).files.map((one) => one.roots),
    [roots],
  )
  assert.match(mine.roots.policy, /witness hopital-est \S+ https:\/\/est\.example\/witness\ngroup witnesses 2 /)
  await assert.rejects(finishJoin(at(folder), join_, all), refusedWith('node-founded'))
  await assert.rejects(proposeJoin(at(folder), plan, given), refusedWith('node-founded'))
})

test('N35 a welcome that is not of one piece, or of a chain that was migrated, is refused; so is a name that is taken', async () => {
  const { folder, plan, given, keys, own, dir } = await joining()
  const comet = JSON.parse(given.comet)
  const others: Record<string, Welcome> = {
    genesis: { ...given, genesis: given.genesis.replace('"FR"', '"BE"') },
    chain: { ...given, comet: JSON.stringify({ ...comet, chain_id: 'other-chain' }) },
    state: { ...given, comet: JSON.stringify({ ...comet, app_state: {} }) },
    voters: { ...given, comet: JSON.stringify({ ...comet, validators: comet.validators.slice(1) }) },
    time: { ...given, comet: JSON.stringify({ ...comet, genesis_time: '2020-01-01T00:00:00.000Z' }) },
    power: { ...given, comet: given.comet.replace('"power": "1"', '"power": "9"') },
    blocks: { ...given, comet: given.comet.replace(/"max_bytes": "\d+"/, '"max_bytes": "1"') },
    more: { ...given, comet: JSON.stringify({ ...comet, vote: 'me' }) },
    text: { ...given, comet: '{' },
  }
  for (const [what, one] of Object.entries(others))
    await assert.rejects(proposeJoin(at(folder), plan, one), refusedWith('welcome-wrong'), what)
  assert.ok(!welcome.safeParse({ ...given, peers: ['http://nobody'] }).success)
  for (const more of [
    { organisation: { ...plan.organisation, org: 'saint-roch' as never } },
    { organisation: { ...plan.organisation, key: keys[0]?.publicKey ?? '' } },
    { operator: 'saint-roch-node' as never },
    { origin: 'journal.saint-roch.example' },
  ])
    await assert.rejects(proposeJoin(at(folder), { ...plan, ...more }, given), refusedWith('founding-wrong'))
  const migrated = { ...given, comet: JSON.stringify({ ...comet, initial_height: '7', app_hash: 'AB' }) }
  const { made } = await proposeJoin(at(folder), plan, migrated)
  const all = await signaturesOf(made.roots, [...keys, own])
  const plain = { plan, welcome: migrated, to }
  await assert.rejects(finishJoin(at(folder), plain, all), refusedWith('join-snapshot'))
  const snapshot = { servers: ['http://a', 'http://b'], height: 9, hash: 'AB' }
  const { home } = await finishJoin(at(folder), { ...plain, snapshot }, all)
  assert.match(readFileSync(join(home, 'config/config.toml'), 'utf8'), /trust_height = 9/)
  await assert.rejects(welcomeFrom({ dir }, {}), refusedWith('welcome-address'))
  const alone = await founded(2)
  await assert.rejects(welcomeFrom({ dir: alone.dir }, {}), refusedWith('welcome-alone'))
})

test('N35 what a desk signs adds one hospital and changes nothing else, to the letter', async () => {
  const { folder, plan, given } = await joining()
  const { roots, previous } = (await proposeJoin(at(folder), plan, given)).made
  const without = <T>(all: readonly T[]): T[] => all.slice(1)
  const changes: Partial<Roots>[] = [
    { version: 3 },
    { chain: 'other-chain' },
    { suite: 2 },
    { organisations: without(roots.organisations) },
    { organisations: roots.organisations.map((one, i) => (i === 0 ? { ...one, key: plan.organisation.key } : one)) },
    { organisations: roots.organisations.map((one, i) => (i === 0 ? { ...one, name: 'Other (sample)' } : one)) },
    { journals: without(roots.journals) },
    { policy: roots.policy.replace('group witnesses 2', 'group witnesses 1') },
    { policy: 'quorum none\n' },
    { genesis: digest('other') },
  ]
  for (const change of changes)
    assert.throws(() => checkSuccessor({ roots: { ...roots, ...change }, previous }), refusedWith('proposal-wrong'))
  assert.throws(() => checkSuccessor({ roots, previous: { ...previous, version: 7 } }), refusedWith('proposal-wrong'))
})

test('N35 nobody joins under another’s name: not the log’s, not the witness’s, not on a line that is not its own', async () => {
  const { folder, plan, given, roots } = await joining()
  const { roots: next } = (await proposeJoin(at(folder), plan, given)).made
  const [journal, witness] = [next.journals.at(-1), witnessesOf(next.policy).asked.at(-1)]
  assert.ok(journal && witness?.url)
  const { origin, operator, vkey: log } = journal
  const honest = { card: plan.organisation, origin, operator, log, witness: { ...witness, url: witness.url } }
  assert.deepEqual(nextRoots(roots, honest), next)
  const key = (await generateDeviceKey()).publicKey
  const forged = (name: string) => formatVkey(logVerifier(name, key))
  const cosigning = (name: string) => formatVkey(witnessVerifier(name, key))
  const lines = 'journal.est.example\nFingerprint of the whole:\n  AAAA'
  const attacks: [string, Partial<typeof honest>][] = [
    ['the log of another under its own name', { log: forged('journal.saint-roch.example') }],
    ['a witness’s key as a log’s', { log: cosigning('journal.est.example') }],
    ['a line of its own on the screen', { origin: lines }],
    ['a witness for its own log', { witness: { ...honest.witness, vkey: cosigning('journal.other.example') } }],
    ['a log’s key as a witness’s', { witness: { ...honest.witness, vkey: log } }],
    ['a witness under another’s name', { witness: { ...honest.witness, name: 'saint-roch-2' } }],
    ['letters that turn a line around', { witness: { ...honest.witness, url: 'https://est.example/\u202Ewitness' } }],
    ['no address of the web', { witness: { ...honest.witness, url: 'ftp://est.example/witness' } }],
  ]
  for (const [what, change] of attacks)
    assert.throws(() => nextRoots(roots, { ...honest, ...change }), isAppError, what)
  // Where nobody was asked yet, the first witness is the node of the log that is there.
  const alone = (await founded(1)).roots
  const first = { name: 'friend', vkey: cosigning('journal.friend.example'), url: 'https://friend.example/witness' }
  assert.throws(() => nextRoots(alone, honest, first), refusedWith('founding-wrong'))
})

test('N35 one hospital alone and its newcomer witness each other, where the first says where it is', async () => {
  const { roots } = await founded(1)
  const other = await founded(2)
  const [, lilas] = other.roots.journals
  const card = other.roots.organisations[1]
  assert.ok(lilas && card)
  const witnessOf = async (nth: number) =>
    formatVkey((await readFounded(other.hospitals[nth]?.dir ?? '')).witnessKey.key)
  const newcomer = {
    ...{ card, origin: lilas.origin, operator: lilas.operator, log: lilas.vkey },
    witness: { name: card.org, vkey: await witnessOf(1), url: 'https://cabinet-lilas.example/witness' },
  }
  const first = { name: 'saint-roch-node', vkey: await witnessOf(0), url: 'https://saint-roch.example/witness' }
  const both = nextRoots(roots, newcomer, first)
  assert.match(both.policy, /group witnesses 1 saint-roch-node cabinet-lilas\n/)
  checkSuccessor({ roots: both, previous: roots })
  const none = nextRoots(roots, newcomer)
  assert.match(none.policy, /quorum none\n$/)
  checkSuccessor({ roots: none, previous: roots })
})

/** The next version of `roots`, with one organisation more, as its members signed it. */
async function successorFile(roots: Roots, keys: readonly Key[], change: (next: Roots) => Roots = (next) => next) {
  const own = await generateDeviceKey()
  const card = { ...planOf(own.publicKey).organisation, org: `praxis-${roots.version}` as never }
  const next = change({ ...roots, version: roots.version + 1, organisations: [...roots.organisations, card] })
  const by = next.organisations.flatMap(({ key }) => [...keys, own].filter((one) => one.publicKey === key))
  const file: Consortium = { roots: next, signatures: await signed(next, by) }
  return { file, bytes: utf8(JSON.stringify(file)), keys: [...keys, own] }
}

test('N34 a stopped node takes the next versions of its roots, hands out each, and devices follow by its rule alone (D42)', async () => {
  const { dir, roots, keys } = await founded(2)
  const second = await successorFile(roots, keys)
  const third = await successorFile(second.file.roots, second.keys)
  const lines: LogLine[] = []
  const ports = { dir, clock: systemClock, random: systemRandom, log: (line: LogLine) => void lines.push(line) }
  const node = await composeNode(ports)
  await assert.rejects(replaceRoots(dir, [second.bytes]), refusedWith('node-running'))
  await node.close()
  await assert.rejects(replaceRoots(dir, [third.bytes]), refusedWith('roots-skipped'))
  assert.equal((await replaceRoots(dir, [second.bytes, third.bytes])).after.version, 3)
  await assert.rejects(replaceRoots(dir, [second.bytes]), refusedWith('roots-older'))
  const again = await composeNode(ports)
  try {
    assert.deepEqual(
      lines.filter(({ code }) => code !== undefined),
      [],
      'no store is taken for changed',
    )
    const fetch = async (url: string, init: RequestInit) => again.app.fetch(new Request(url, init))
    const call = createCall({ base: 'http://node.test', fetch, clock: systemClock, random: systemRandom })
    const newer = await newerRoots(call, roots)
    assert.deepEqual([newer?.roots, newer?.files.length], [third.file.roots, 2])
    assert.equal(await newerRoots(call, third.file.roots), undefined)
    // A device of another consortium, or one whose roots nobody of these signed, follows nobody.
    const stranger = (await founded(2)).roots
    await assert.rejects(newerRoots(call, { ...stranger, version: 1 }), refusedWith('roots-chain'))
    assert.deepEqual((await servedRoots(call, roots)) as object, newer)
    assert.equal(await servedRoots(call, third.file.roots), undefined)
    assert.equal(await servedRoots(call, { ...third.file.roots, version: 4 }), undefined, 'a node that is behind')
    const others: Roots[] = [
      ...[1, 3, 4].map((version) => ({ ...stranger, version })),
      { ...third.file.roots, suite: 2 },
      { ...roots, organisations: roots.organisations.map((one) => ({ ...one, key: keys[0]?.publicKey ?? '' })) },
    ]
    for (const other of others) assert.equal(await servedRoots(call, other), 'other', JSON.stringify(other))
    const cut = (() => Promise.reject(new AppError('node-unreachable'))) as never
    await assert.rejects(servedRoots(cut, roots), refusedWith('node-unreachable'))
    const backup = join(dir, '..', 'backup')
    await backupNode({ dir, now: 1 }, backup)
    assert.deepEqual(
      (await earlierRoots(backup, third.file)).files.map((one) => one.roots.version),
      [1, 2],
    )
  } finally {
    await again.close()
  }
})

test('N8 doctor says whether the ledger knows the node as a member, and whether its roots name every hospital there', async () => {
  const { dir } = await founded(2)
  const node = await composeNode({ dir, clock: systemClock, random: systemRandom, log: () => {} })
  const { operator, roots } = await readFounded(dir)
  const [one] = roots.journals
  const journals = roots.journals.filter((each) => each !== one)
  const counted = { members: 4, machines: 0 }
  assert.deepEqual(await standingOf({ operator, roots }, node.ledger), counted)
  const behind = (error: unknown) => isAppError(error) && error.code === 'roots-behind' && error.facts.unnamed === 1
  await assert.rejects(standingOf({ operator, roots: { journals } }, node.ledger), behind)
  await assert.rejects(standingOf({ operator: 'hopital-est-node', roots }, node.ledger), refusedWith('node-not-member'))
  await node.close()
  const checks = await examine({ dir })
  assert.deepEqual(
    checks.find(({ name }) => name === 'members'),
    { name: 'members', ok: true, facts: counted },
  )
})

test('N34 refused: without this node’s log, with less than there was, by a minority, or damaged; nothing is changed', async () => {
  const { dir, roots, keys } = await founded(2)
  const before = readFileSync(join(dir, 'consortium.json'), 'utf8')
  const cases: [string, (next: Roots) => Roots][] = [
    ['roots-without-node', (next) => ({ ...next, journals: next.journals.slice(1) })],
    ['roots-narrower', (next) => ({ ...next, journals: next.journals.slice(0, 1) })],
  ]
  for (const [code, change] of cases) {
    const { bytes } = await successorFile(roots, keys, change)
    await assert.rejects(replaceRoots(dir, [bytes]), refusedWith(code))
  }
  const left = await successorFile(roots, keys, (next) => ({ ...next, organisations: next.organisations.slice(1) }))
  const gone: Consortium = { ...left.file, previous: await signed(left.file.roots, keys.slice(0, 1)) }
  await assert.rejects(replaceRoots(dir, [utf8(JSON.stringify(gone))]), refusedWith('roots-narrower'))
  await assert.rejects(replaceRoots(dir, [left.bytes]), refusedWith('roots-minority'))
  const { file } = await successorFile(roots, keys)
  const forged = { ...file, signatures: file.signatures.slice(1) }
  await assert.rejects(replaceRoots(dir, [utf8(JSON.stringify(forged))]), refusedWith('organisation-unknown'))
  assert.equal(readFileSync(join(dir, 'consortium.json'), 'utf8'), before)
})

test('N34 an earlier version that rotted, or is missing, keeps no node from starting: it is handed out no more, and doctor names it', async () => {
  const { dir, roots, keys } = await founded(2)
  const second = await successorFile(roots, keys)
  const third = await successorFile(second.file.roots, second.keys)
  await replaceRoots(dir, [second.bytes, third.bytes])
  const [one, two] = [1, 2].map((nth) => join(dir, `consortium-${nth}.json`)) as [string, string]
  const whole = [readFileSync(one, 'utf8'), readFileSync(two, 'utf8')] as const
  const other = await successorFile(roots, keys)
  const renamed = whole[1].replaceAll('(sample)', '(Sample)')
  const cases: [string, string | undefined, string | undefined, number[]][] = [
    ['all there', whole[0], whole[1], [1, 2]],
    ['the first rotted', '{', whole[1], [2]],
    ['the second rotted', whole[0], '{', []],
    ['the second says something else', whole[0], renamed, []],
    ['the second is another that all signed, and leads on', whole[0], JSON.stringify(other.file), [1, 2]],
    ['the second is missing between', whole[0], undefined, []],
    ['none was kept', undefined, undefined, []],
  ]
  for (const [what, first, next, versions] of cases) {
    for (const [path, said] of [
      [one, first],
      [two, next],
    ] as const)
      if (said === undefined) rmSync(path, { force: true })
      else writeFileSync(path, said)
    const damaged = versions.includes(2) ? (first === '{' ? 'consortium-1.json' : undefined) : 'consortium-2.json'
    const found = await earlierRoots(dir, third.file)
    assert.deepEqual(
      [found.files.map((each) => each.roots.version), found.damaged],
      [versions, first === undefined ? undefined : damaged],
      what,
    )
    const lines: LogLine[] = []
    const at = { clock: systemClock, random: systemRandom }
    const node = await composeNode({ dir, ...at, log: (line: LogLine) => void lines.push(line) })
    try {
      const codes = lines.flatMap(({ code }) => code ?? [])
      assert.equal(codes.includes('roots-earlier-damaged'), found.damaged !== undefined, what)
      const fetch = async (url: string, init: RequestInit) => node.app.fetch(new Request(url, init))
      const call = createCall({ base: 'http://node.test', fetch, ...at })
      assert.deepEqual((await newerRoots(call, second.file.roots))?.roots, third.file.roots, what)
      // A device that is behind the gap keeps what it has, and is not told that these are other roots.
      const behind = await servedRoots(call, roots)
      assert.equal(behind === undefined, !versions.includes(2), what)
    } finally {
      await node.close()
    }
    const said = (await examine({ dir })).find(({ name }) => name === 'roots')
    const expected = found.damaged === undefined ? { versions: versions.length + 1 } : { file: found.damaged }
    assert.deepEqual([said?.ok, said?.facts], [found.damaged === undefined, expected], what)
  }
})
