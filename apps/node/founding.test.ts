/** N15: founding in steps. Keys and folders are real; each organisation signs with a key of its own, as its desk does. */
import assert from 'node:assert/strict'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { generateDeviceKey } from '@salus/crypto/keys'
import { openConsortium, type Roots, signRoots } from '@salus/directory/consortium'
import { formatCheckpoint, formatVkey, parseVkey, signNote } from '@salus/journal/note'
import { witnessRequest } from '@salus/journal/witness'
import { examine } from './doctor.ts'
import { follow } from './followed.ts'
import { foundNode, readFounded } from './found.ts'
import { finishNode, proposeNode, readPlan } from './founding.ts'
import { logVerifier, ownKeys, witnessVerifier } from './keys.ts'
import { checkProposal, type FoundingPlan, type RootsSignature, rootsDigest, witnessesOf } from './proposal.ts'
import { startNode } from './testing.ts'
import { upgradeNode } from './upgrade.ts'

const root = mkdtempSync(join(tmpdir(), 'salus-founding-'))
after(() => rmSync(root, { recursive: true, force: true }))
let count = 0
const fresh = () => join(root, `${count++}`)

type Holder = Awaited<ReturnType<typeof generateDeviceKey>>
const [roch, lilas, stranger] = [await generateDeviceKey(), await generateDeviceKey(), await generateDeviceKey()]
const row = (org: string, { publicKey: key }: Holder) =>
  ({ org, name: `${org} (sample)`, kind: 'hospital', country: 'FR', key }) as FoundingPlan['organisations'][number]
const plan: FoundingPlan = {
  ...{ chain: 'sample-chain', origin: 'journal.sample.example', operator: 'sample-node' as never },
  organisations: [row('saint-roch', roch), row('lilas', lilas)],
}
const other = await generateDeviceKey()
const theirs = formatVkey(witnessVerifier('journal.other.example', other.publicKey))
const witnessed: FoundingPlan = {
  ...plan,
  ...{ witnesses: [{ name: 'other', vkey: theirs, url: 'http://other.example/witness' }], quorum: 1 },
}

const signed = async (roots: Roots, org: string, by: Holder): Promise<RootsSignature> => ({
  ...{ org: org as never, roots: rootsDigest(roots) },
  signature: await signRoots(roots, by.privateKey, by.publicKey),
})
const both = async (roots: Roots) => [await signed(roots, 'saint-roch', roch), await signed(roots, 'lilas', lilas)]
const at = (dir = fresh()) => ({ dir, keys: `${dir}-keys`, now: 1_900_000_000_000 })
const reads = (name: string) => readFileSync(name, 'utf8')

test('N15 default: keys and a proposal, a signature of each organisation, and the folder is founded; doctor finds nothing wrong', async () => {
  const ports = at()
  const made = await proposeNode(ports, witnessed)
  assert.deepEqual(readdirSync(ports.keys).sort(), ownKeys.map((one) => `${one}.key`).sort())
  for (const one of ownKeys) assert.equal(statSync(join(ports.keys, `${one}.key`)).mode & 0o777, 0o600)
  assert.ok(!existsSync(join(ports.dir, 'node.json')))
  checkProposal(JSON.parse(reads(made.path)), ports.now)
  assert.deepEqual(witnessesOf(made.proposal.roots.policy).quorum, 1)
  assert.equal(parseVkey(made.witness).type, 4)
  const done = await finishNode(ports, witnessed, await both(made.proposal.roots))
  assert.deepEqual([done.log, done.witness], [made.log, made.witness])
  assert.deepEqual(await openConsortium(reads(join(ports.dir, 'consortium.json'))), made.proposal.roots)
  const { witnessKey, logKey } = await readFounded(ports.dir, ports.keys)
  assert.deepEqual([formatVkey(logKey.key), formatVkey(witnessKey.key)], [made.log, made.witness])
  assert.deepEqual(
    readdirSync(ports.dir).filter((one) => /founding|proposal/.test(one)),
    [],
  )
  const checks = await examine({ dir: ports.dir, keys: ports.keys })
  assert.ok(
    checks.every((one) => one.ok),
    JSON.stringify(checks),
  )
  assert.ok(!existsSync(join(ports.dir, 'sources.db')), 'looking makes nothing')
})

test('N15 the plan may change until it is signed: the keys stay, the proposal follows, the same plan makes the same one', async () => {
  const ports = at()
  const first = await proposeNode(ports, plan)
  const keys = ownKeys.map((one) => reads(join(ports.keys, `${one}.key`)))
  assert.deepEqual((await proposeNode({ ...ports, now: ports.now + 9_000 }, plan)).proposal, first.proposal)
  const second = await proposeNode(ports, witnessed)
  assert.deepEqual([second.log, second.witness], [first.log, first.witness])
  assert.notDeepEqual(second.proposal.roots.policy, first.proposal.roots.policy)
  assert.deepEqual(
    ownKeys.map((one) => reads(join(ports.keys, `${one}.key`))),
    keys,
  )
  // What was signed before the change is over other roots; so is what was signed of the new plan, for the old one.
  const old = await both(first.proposal.roots)
  await assert.rejects(finishNode(ports, witnessed, old), { code: 'founding-roots-other' })
  await assert.rejects(finishNode(ports, plan, await both(second.proposal.roots)), { code: 'founding-roots-other' })
  // A digest that says the right thing over a signature that does not.
  const lying = old.map((one) => ({ ...one, roots: rootsDigest(second.proposal.roots) }))
  await assert.rejects(finishNode(ports, witnessed, lying), { code: 'founding-signature-other' })
  assert.ok(!existsSync(join(ports.dir, 'node.json')))
  await finishNode(ports, witnessed, await both(second.proposal.roots))
})

test('N15 a signature that is missing, by another key, or for another organisation founds nothing; a second founding neither', async () => {
  const ports = at()
  await assert.rejects(finishNode(ports, plan, []), { code: 'founding-none' })
  const { roots } = (await proposeNode(ports, plan)).proposal
  const [one, two] = await both(roots)
  assert.ok(one && two)
  const refused: [RootsSignature[], string][] = [
    [[], 'founding-signature-missing'],
    [[one], 'founding-signature-missing'],
    [[one, one], 'founding-signature-missing'],
    [[one, await signed(roots, 'lilas', stranger)], 'founding-signature-other'],
    [[one, await signed(roots, 'lilas', roch)], 'founding-signature-other'],
    [[one, two, await signed(roots, 'stranger', stranger)], 'founding-signature-other'],
    [[one, { ...two, signature: 'nothing' }], 'founding-signature-other'],
  ]
  for (const [given, code] of refused) await assert.rejects(finishNode(ports, plan, given), { code })
  await assert.rejects(finishNode(ports, plan, [one]), { facts: { missing: 'lilas' } })
  assert.ok(!existsSync(join(ports.dir, 'node.json')) && !existsSync(join(ports.dir, 'consortium.json')))
  await finishNode(ports, plan, [two, one])
  await assert.rejects(finishNode(ports, plan, [one, two]), { code: 'node-founded' })
  await assert.rejects(proposeNode(ports, plan), { code: 'node-founded' })
})

test('N15 cut short anywhere, it goes on or begins again; nobody can start what is not finished', async () => {
  const whole = at()
  const made = await proposeNode(whole, plan)
  const given = await both(made.proposal.roots)
  /** The draft as it stands before the last key is written. */
  const writing = (dir: string, folder: string) => {
    const path = join(dir, 'founding.json')
    writeFileSync(path, JSON.stringify({ ...JSON.parse(reads(path)), folder, writing: true }))
  }
  // After the draft, after a key, before the proposal, and in the middle of finishing.
  const cuts: ((dir: string, keys: string) => void)[] = [
    (dir, keys) => {
      writing(dir, keys)
      rmSync(keys, { recursive: true })
      rmSync(join(dir, 'proposal.json'))
    },
    (dir, keys) => {
      writing(dir, keys)
      rmSync(join(keys, 'witness.key'))
      rmSync(join(dir, 'proposal.json'))
    },
    (dir) => rmSync(join(dir, 'proposal.json')),
    (dir) => writeFileSync(join(dir, 'genesis.json'), '{"half'),
    (dir) => writeFileSync(join(dir, 'consortium.json'), '{'),
  ]
  for (const [i, cut] of cuts.entries()) {
    const dir = fresh()
    const ports = { ...whole, dir, keys: `${dir}-keys` }
    cpSync(whole.dir, dir, { recursive: true })
    cpSync(whole.keys, ports.keys, { recursive: true })
    cut(dir, ports.keys)
    await assert.rejects(readFounded(dir, ports.keys), { code: 'marker-damaged' })
    await assert.rejects(startNode({ dir }), { code: 'founding-unfinished' }, 'no demonstration takes its place')
    const again = await proposeNode(ports, plan)
    // Keys of which one is gone are made anew, and what was signed with the others counts no more.
    if (i < 2) assert.notEqual(again.log, made.log)
    else assert.deepEqual(again.proposal, made.proposal)
    await finishNode(ports, plan, i < 2 ? await both(again.proposal.roots) : given)
    await readFounded(dir, ports.keys)
  }
})

test('N15 keys of another node, a folder with something in it: left as they are', async () => {
  const first = at()
  const { roots } = (await proposeNode(first, plan)).proposal
  await finishNode(first, plan, await both(roots))
  const kept = reads(join(first.keys, 'journal.key'))
  await assert.rejects(proposeNode({ ...at(), keys: first.keys }, plan), { code: 'keys-there' })
  const second = at()
  await proposeNode(second, plan)
  await assert.rejects(proposeNode({ ...second, keys: first.keys }, plan), { code: 'keys-there' })
  assert.equal(reads(join(first.keys, 'journal.key')), kept)
  const full = at()
  mkdirSync(full.dir)
  writeFileSync(join(full.dir, 'sources.db'), 'something')
  await assert.rejects(proposeNode(full, plan), { code: 'data-there' })
  assert.ok(!existsSync(full.keys))
  await assert.rejects(foundNode(second.dir, { ...plan, time: 1, sign: async () => [] }), {
    code: 'founding-unfinished',
  })
})

test('N15 a plan that contradicts itself is named by its place; what is no plan by its field', async () => {
  const wrong: [object, string][] = [
    [{ organisations: [...plan.organisations, row('lilas', stranger)] }, 'organisation-twice'],
    [{ organisations: [row('a-one', roch), row('b-two', roch)] }, 'key-twice'],
    [{ operator: 'lilas' }, 'operator'],
    [{ quorum: 1 }, 'quorum'],
    [{ witnesses: witnessed.witnesses }, 'quorum'],
    [{ ...witnessed, quorum: 2 }, 'quorum'],
    [{ ...witnessed, witnesses: [...(witnessed.witnesses ?? []), ...(witnessed.witnesses ?? [])] }, 'witness-name'],
    [{ ...witnessed, witnesses: [{ name: 'none', vkey: theirs, url: 'http://a.example/w' }] }, 'witness-name'],
    [
      {
        ...witnessed,
        witnesses: [
          { name: 'log', vkey: formatVkey(logVerifier('a.example', other.publicKey)), url: 'http://a.example/w' },
        ],
      },
      'witness-vkey',
    ],
    [{ ...witnessed, witnesses: [{ name: 'rubbish', vkey: 'x', url: 'http://a.example/w' }] }, 'witness-vkey'],
  ]
  const none = async () => assert.fail('no card is named')
  for (const [change, place] of wrong) {
    await assert.rejects(readPlan(JSON.stringify({ ...plan, ...change }), none), {
      code: 'founding-wrong',
      facts: { at: place },
    })
  }
  const twice = [witnessed.witnesses?.[0], { ...witnessed.witnesses?.[0], name: 'again' }]
  const plainly = await readPlan(JSON.stringify({ ...witnessed, witnesses: twice }), none)
  await assert.rejects(proposeNode(at(), plainly), { code: 'founding-wrong', facts: { at: 'witness-vkey' } })
  const ports = at()
  const { witness } = await proposeNode(ports, plan)
  const own = { ...witnessed, witnesses: [{ name: 'self', vkey: witness, url: 'http://a.example/w' }] }
  await assert.rejects(proposeNode(ports, own), { code: 'founding-wrong', facts: { at: 'witness-own' } })
  for (const change of [{ suite: 3 }, { origin: 'No Host' }, { chain: '' }, { extra: 1 }, { organisations: [] }]) {
    await assert.rejects(readPlan(JSON.stringify({ ...plan, ...change }), none), { code: 'schema-mismatch' })
  }
  for (const url of [
    'ftp://a.example',
    'http://a.example/',
    'http://user@a.example/w',
    'http://a.example/w?x',
    'a b',
  ]) {
    const changed = { ...witnessed, witnesses: [{ name: 'other', vkey: theirs, url }] }
    await assert.rejects(readPlan(JSON.stringify(changed), none), { code: 'schema-mismatch' }, url)
  }
  const named = await readPlan(
    JSON.stringify({ ...plan, organisations: ['one.json', plan.organisations[1]] }),
    async () => plan.organisations[0],
  )
  assert.deepEqual(named, plan)
})

test('N15 a proposal that lay for longer than a desk would sign it begins now, with the same keys', async () => {
  const ports = at()
  const first = await proposeNode(ports, plan)
  const later = { ...ports, now: ports.now + 31 * 24 * 3_600_000 }
  const second = await proposeNode(later, plan)
  assert.deepEqual([second.log, second.proposal.genesis.time], [first.log, later.now])
  checkProposal(second.proposal, later.now)
})

test('N15 keys are made once: looked for in another folder, or gone from theirs, they are asked for and not made again', async () => {
  const ports = at()
  const first = await proposeNode(ports, plan)
  const draft = reads(join(ports.dir, 'founding.json'))
  const elsewhere = { ...ports, keys: `${ports.dir}-other` }
  await assert.rejects(proposeNode(elsewhere, plan), { code: 'keys-elsewhere' })
  await assert.rejects(finishNode(elsewhere, plan, await both(first.proposal.roots)), { code: 'keys-elsewhere' })
  const { keys: _, ...inside } = ports
  await assert.rejects(proposeNode(inside, plan), { code: 'keys-elsewhere' })
  assert.ok(!existsSync(elsewhere.keys) && !existsSync(join(ports.dir, 'keys')), 'nothing was made there')
  const kept = reads(join(ports.keys, 'witness.key'))
  rmSync(join(ports.keys, 'witness.key'))
  await assert.rejects(proposeNode(ports, plan), { code: 'keys-elsewhere' })
  writeFileSync(join(ports.keys, 'witness.key'), kept)
  assert.equal(reads(join(ports.dir, 'founding.json')), draft)
  // A draft of an earlier version does not say where: neither are its keys replaced.
  const { folder: __, ...before } = JSON.parse(draft)
  writeFileSync(join(ports.dir, 'founding.json'), JSON.stringify(before))
  await assert.rejects(proposeNode(elsewhere, plan), { code: 'keys-elsewhere' })
  // The folder itself may move, with the keys in it.
  cpSync(ports.keys, elsewhere.keys, { recursive: true })
  assert.deepEqual((await proposeNode(elsewhere, plan)).proposal, first.proposal)
})

test('N16 no log that the roots name is followed under another key; the roots’ own key counts', async () => {
  const ports = at()
  const { roots } = (await proposeNode(ports, plan)).proposal
  await finishNode(ports, plan, await both(roots))
  const theirs = logVerifier('journal.second.example', stranger.publicKey)
  const second = { origin: 'journal.second.example', vkey: formatVkey(theirs), operator: 'lilas' as never }
  const wider = { ...roots, journals: [...roots.journals, second] }
  const signatures = (await both(wider)).map((one) => one.signature)
  writeFileSync(join(ports.dir, 'consortium.json'), JSON.stringify({ roots: wider, signatures }))
  for (const key of [other, stranger]) {
    assert.equal(await follow(ports.dir, formatVkey(logVerifier('journal.second.example', key.publicKey))), 'rooted')
  }
  assert.equal(await follow(ports.dir, formatVkey(logVerifier('journal.third.example', other.publicKey))), 'followed')
  assert.equal(existsSync(join(ports.dir, 'followed.json')), true)
})

test('N16 a list of an earlier version that names a log of the roots under another key has no effect', async () => {
  const node = await startNode()
  const own = node.node.roots.journals[0]
  assert.ok(own)
  const thief = logVerifier(own.origin, other.publicKey)
  const third = logVerifier('journal.third.example', other.publicKey)
  const again = await node.reopen({ follows: [thief, third] })
  const ask = async (key: typeof thief) => {
    const text = formatCheckpoint({ origin: key.name, size: 1, root: new Uint8Array(32) })
    const sign = async (m: Uint8Array<ArrayBuffer>) =>
      new Uint8Array(await crypto.subtle.sign('Ed25519', other.privateKey, m))
    const body = witnessRequest(0, [], await signNote(text, key, sign))
    return (await again.fetch('http://node.test/witness/add-checkpoint', { method: 'POST', body })).status
  }
  assert.deepEqual([await ask(third), await ask(thief)], [200, 404])
  await again.node.close()
})

test('N15 readers make no key: a missing witness key is named, another is refused, an earlier folder gets one by upgrade', async () => {
  const node = await startNode()
  await node.node.close()
  const { dir } = node
  const path = join(dir, 'keys', 'witness.key')
  const key = reads(path)
  const marker = join(dir, 'node.json')
  const said = reads(marker)
  rmSync(path)
  const named = async () => (await examine({ dir })).find((one) => !one.ok)?.code
  assert.equal(await named(), 'witness-key-missing')
  await assert.rejects(startNode({ dir }), { code: 'witness-key-missing' })
  const ports = { dir, random: () => new Uint8Array(16), now: 1 }
  await assert.rejects(
    upgradeNode(ports, fresh()),
    { code: 'witness-key-missing' },
    'it was lost, it is not replaced unasked',
  )
  assert.ok(!existsSync(path))
  writeFileSync(path, reads(join(dir, 'keys', 'operator.key')))
  assert.equal(await named(), 'key-damaged')
  // A folder of a version that made the key when it first needed it.
  rmSync(path)
  const { witness: _, ...before } = JSON.parse(said)
  writeFileSync(marker, JSON.stringify(before))
  assert.equal(await named(), 'witness-key-missing')
  assert.deepEqual(await upgradeNode(ports, fresh()), { from: 2, to: 2 })
  assert.equal(await upgradeNode(ports, fresh()), undefined)
  assert.notEqual(reads(path), key)
  writeFileSync(marker, said.replace(/"witness":"witness\.j/, '"witness":"witness.k'))
  assert.equal(await named(), 'marker-damaged')
})
