import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64url } from '@salus/base/bytes'
import type { OrgId } from '@salus/base/ids'
import { generateDeviceKey } from '@salus/crypto/keys'
import { type Bodies, type MemberNode, memberNode, type Organisation } from './contract.ts'
import { ledgerModules } from './embedded.ts'
import { createMachine, type Machine } from './machine.ts'
import type { Member, Peer, Proposal } from './members.ts'
import {
  bodyOf,
  createSender,
  type KeyPair,
  runBlock,
  type Sender,
  sampleGenesis,
  sampleMember,
  sampleNode,
  sampleOrganisation,
} from './samples.ts'

type Sample = Organisation & { keys: KeyPair }
const newKey = async () => (await generateDeviceKey()).publicKey
const weak = base64url(Uint8Array.from({ length: 32 }, (_, nth) => (nth === 0 ? 1 : 0)))

const nodeOf = ({ node }: { node?: MemberNode | undefined }) => node as MemberNode

/** `count` members, the first `nodes` of them with a node. */
async function start(count: number, nodes = count) {
  const names = Array.from({ length: count }, (_, nth) => `sample-${nth + 1}`)
  const samples = await Promise.all(
    names.map((name, nth) => (nth < nodes ? sampleMember(name) : sampleOrganisation(name))),
  )
  const machine = createMachine(ledgerModules, sampleGenesis(samples))
  const senders = samples.map(({ org, keys }) => createSender(org, keys))
  const at = (nth: number) => senders[nth - 1] as Sender
  const sample = (nth: number) => samples[nth - 1] as Sample
  return { machine, senders, samples, at, sample }
}

/** Sends one transaction in a block of its own; a refused one gives its number back. */
async function send<T extends keyof Bodies>(machine: Machine, sender: Sender, type: T, body: Bodies[T]) {
  const [code] = runBlock(machine, [await sender.next(type, body)])
  if (code !== 'ok') sender.undo()
  return code
}
/** Sends the same from several; all but the last must be taken. Gives the last one's answer. */
async function sendAll<T extends keyof Bodies>(machine: Machine, senders: Sender[], type: T, body: Bodies[T]) {
  const codes: (string | undefined)[] = []
  for (const sender of senders) codes.push(await send(machine, sender, type, body))
  assert.deepEqual(codes.slice(0, -1), codes.slice(0, -1).fill('ok'))
  return codes.at(-1)
}
const peers = (machine: Machine) => machine.query('members/peers') as Peer[]
const member = (machine: Machine, org: string) => machine.query('members/get', org) as Member
const open = (machine: Machine) => machine.query('members/proposals') as Proposal[]
const keys = (machine: Machine) => machine.validators().map(({ key }) => key)

test('L15 a node is admitted, changed and taken out by the vote of more than half; who left has none', async () => {
  const { machine, at, sample } = await start(3, 1)
  const node = await sampleNode('sample-2')
  const body = { org: 'sample-2' as OrgId, ...node }
  assert.equal(await send(machine, at(2), 'node.admit', body), 'ok')
  assert.equal(member(machine, 'sample-2').node, undefined, 'one of three is not enough')
  assert.equal(await send(machine, at(2), 'node.admit', body), 'vote-repeated')
  assert.equal(await send(machine, at(1), 'node.admit', body), 'ok')
  assert.deepEqual(member(machine, 'sample-2').node, node)
  assert.equal(await send(machine, at(1), 'node.admit', body), 'node-unchanged')

  const moved = { ...body, url: 'https://other.example:8443', role: 'processor' as const }
  assert.equal(await sendAll(machine, [at(1), at(3)], 'node.admit', moved), 'ok')
  const { org: _, ...expected } = moved
  assert.deepEqual(member(machine, 'sample-2').node, expected, 'the present validator key may stay')

  const brings = await sampleMember('sample-4')
  assert.equal(await sendAll(machine, [at(1), at(3)], 'org.admit', bodyOf(brings)), 'ok')
  const listed = [sample(1), { org: 'sample-2', node: expected }, brings].map((one) => {
    const { peer, url, validator } = nodeOf(one)
    return { org: one.org, peer, url, validator }
  })
  assert.deepEqual(peers(machine), listed)
  assert.equal(machine.query('members/peer', nodeOf(brings).peer), 'sample-4')
  assert.equal(machine.query('members/peer', 'f'.repeat(40)), null)
  assert.throws(() => machine.query('members/peer', 'F'.repeat(40)), { code: 'schema-mismatch' })

  const leaves = { org: 'sample-4' as OrgId }
  assert.equal(await sendAll(machine, [at(1), at(2), at(3)], 'org.remove', leaves), 'ok')
  assert.deepEqual([member(machine, 'sample-4').status, member(machine, 'sample-4').node], ['removed', undefined])
  assert.equal(machine.query('members/peer', nodeOf(brings).peer), null)
  assert.deepEqual(keys(machine), [nodeOf(sample(1)).validator, node.validator].sort())
  const returns = { ...leaves, ...(await sampleNode('sample-4')) }
  assert.equal(await send(machine, at(1), 'node.admit', returns), 'org-unknown')
})

test('L15 no two present members have one peer id, in whatever way it comes; one that was left free may be taken', async () => {
  const { machine, at, sample } = await start(3)
  const { peer } = nodeOf(sample(1))
  const again = { org: 'sample-2' as OrgId, ...nodeOf(sample(2)), peer }
  assert.equal(await send(machine, at(1), 'node.admit', again), 'peer-taken')
  const guest = bodyOf(await sampleMember('sample-new', { peer }))
  assert.equal(await send(machine, at(1), 'org.admit', guest), 'peer-taken')
  assert.equal(await send(machine, at(2), 'node.rotate', { validator: await newKey(), peer }), 'peer-taken')
  const doubles = [await sampleMember('sample-a', { peer }), await sampleMember('sample-b', { peer })]
  assert.throws(() => createMachine(ledgerModules, sampleGenesis(doubles)), { code: 'peer-taken' })
  assert.equal(await sendAll(machine, [at(2), at(3)], 'org.remove', { org: 'sample-1' as OrgId }), 'ok')
  assert.equal(await send(machine, at(2), 'node.rotate', { validator: await newKey(), peer }), 'ok')
  assert.equal(machine.query('members/peer', peer), 'sample-2')
})

test('L15 a node’s address is an origin in its one spelling: https, or this very machine', async () => {
  const node = await sampleNode('sample-1')
  const takes = (change: object) => memberNode.safeParse({ ...node, ...change }).success
  const good = [
    'https://a.example',
    'https://node-1.hospital.example:8443',
    'http://127.0.0.1:65535',
    'http://127.0.0.1:1',
  ]
  for (const url of good) assert.ok(takes({ url }), url)
  const bad = [
    ...[
      'http://a.example',
      'https://127.0.0.1:8443',
      'http://127.0.0.1',
      'http://127.0.0.2:80',
      'http://localhost:8080',
    ],
    ...[
      'https://a.example/',
      'https://a.example/x',
      'https://a.example?x',
      'https://u:p@a.example',
      'https://A.example',
    ],
    ...['https://a.example:443', 'http://127.0.0.1:80', 'https://a.example:0', 'https://a.example:65536', 'https://a'],
    ...[
      'https://a.example:08',
      'https://-a.example',
      'https://a_b.example',
      ' https://a.example',
      'https://a.example\n',
    ],
    ...[
      'javascript:alert(1)',
      'file:///etc',
      `https://${'a'.repeat(64)}.example`,
      `https://${'abcdefg.'.repeat(14)}example`,
    ],
  ]
  for (const url of bad) assert.ok(!takes({ url }), url)
  assert.ok(!takes({ peer: node.peer.toUpperCase() }) && !takes({ peer: node.peer.slice(1) }))
  assert.ok(!takes({ role: 'owner' }) && !takes({ operator: 'a sentence' }) && !takes({ note: 'x' }))
})

test('L16 a validator key is strong, stands once, for ever, for nobody else, and is no ledger key', async () => {
  const { machine, at, sample } = await start(4, 3)
  const fresh = await sampleNode('sample-4')
  const admit = (validator: string) =>
    send(machine, at(1), 'node.admit', { org: 'sample-4' as OrgId, ...fresh, validator })
  assert.equal(await admit(weak), 'key-weak')
  assert.equal(await admit(nodeOf(sample(2)).validator), 'key-used')
  assert.equal(await admit(sample(2).key), 'key-used', 'another’s ledger key')
  assert.equal(await admit(sample(4).key), 'key-used', 'nor the own')
  const guest = bodyOf(await sampleMember('sample-new'))
  const brings = (validator: string) =>
    send(machine, at(1), 'org.admit', { ...guest, node: { ...nodeOf(guest), validator } })
  assert.equal(await brings(guest.key), 'key-used', 'the two keys of one admission')
  assert.equal(await brings(weak), 'key-weak')
  assert.equal(await brings(nodeOf(sample(1)).validator), 'key-used')
  assert.equal(await send(machine, at(1), 'org.rotate', { key: nodeOf(sample(1)).validator }), 'key-used')
  const twice = { ...guest, key: nodeOf(sample(3)).validator, node: undefined }
  assert.equal(await send(machine, at(1), 'org.admit', twice as unknown as Organisation), 'key-used')

  const first = nodeOf(sample(3)).validator
  assert.equal(await sendAll(machine, [at(1), at(2), at(4)], 'org.remove', { org: 'sample-3' as OrgId }), 'ok')
  const back = { ...bodyOf(sample(3)), key: await newKey() }
  assert.equal(await send(machine, at(1), 'org.admit', back), 'key-used', 'a former member’s validator key stays dead')
  assert.equal(await admit(first), 'key-used')
  const one = { org: 'sample-1' as OrgId, ...nodeOf(sample(1)) }
  const other = { ...one, validator: await newKey() }
  assert.equal(await sendAll(machine, [at(1), at(2)], 'node.admit', other), 'ok')
  assert.equal(await send(machine, at(1), 'node.admit', one), 'key-used', 'nor does one come back that a vote replaced')
})

test('L16 a member changes its validator key alone, signed with its ledger key; the rest of its node stays', async () => {
  const { machine, at, sample } = await start(2, 1)
  const before = nodeOf(sample(1))
  assert.equal(await send(machine, at(2), 'node.rotate', { validator: await newKey() }), 'node-unknown')
  const validator = await newKey()
  const consensus = await generateDeviceKey()
  const stranger = createSender('sample-1', consensus, at(1).seq)
  assert.equal(await send(machine, stranger, 'node.rotate', { validator }), 'key-other')
  assert.equal(await send(machine, at(1), 'node.rotate', { validator: before.validator }), 'key-used')
  assert.equal(await send(machine, at(1), 'node.rotate', { validator: weak }), 'key-weak')
  assert.equal(await send(machine, at(1), 'node.rotate', { validator }), 'ok')
  assert.deepEqual(member(machine, 'sample-1').node, { ...before, validator })
  const next = { validator: await newKey(), peer: 'a'.repeat(40) }
  assert.equal(await send(machine, at(1), 'node.rotate', next), 'ok')
  assert.deepEqual(member(machine, 'sample-1').node, { ...before, ...next })
  assert.equal(await send(machine, at(1), 'node.rotate', { validator }), 'key-used', 'the one between is dead too')
  assert.equal(await send(machine, at(1), 'org.rotate', { key: validator }), 'key-used')
})

test('L16 a rotation drops the proposals that name what it took', async () => {
  const { machine, at, sample } = await start(3, 2)
  const body = { org: 'sample-3' as OrgId, ...(await sampleNode('sample-3')) }
  const keeps = { org: 'sample-1' as OrgId, ...nodeOf(sample(1)), url: 'https://other.example' }
  assert.equal(await send(machine, at(3), 'node.admit', body), 'ok')
  assert.equal(await send(machine, at(3), 'node.admit', keeps), 'ok')
  assert.equal(open(machine).length, 2)
  assert.equal(await send(machine, at(2), 'node.rotate', { validator: body.validator }), 'ok')
  assert.deepEqual(
    open(machine).map(({ body }) => body.org),
    ['sample-1'],
  )
  assert.equal(await send(machine, at(1), 'node.rotate', { validator: await newKey() }), 'ok')
  assert.deepEqual(open(machine), [], 'one that names the key of before would bring it back')
})

test('L17 from four validators on no legal entity has a third of the votes, as member or as operator', async () => {
  const { machine, at, sample } = await start(4, 3)
  const { legal } = sample(1)
  const fourth = { org: 'sample-4' as OrgId, ...(await sampleNode('sample-4')) }
  assert.equal(await send(machine, at(1), 'node.admit', { ...fourth, operator: legal }), 'votes-third')
  const guest = bodyOf(await sampleMember('sample-new'))
  assert.equal(await send(machine, at(1), 'org.admit', { ...guest, legal }), 'votes-third', 'two seats of one member')
  const { operator } = nodeOf(sample(2))
  const run = { ...guest, node: { ...nodeOf(guest), operator } }
  assert.equal(await send(machine, at(1), 'org.admit', run), 'votes-third')
  assert.equal(await sendAll(machine, [at(1), at(2), at(3)], 'node.admit', fourth), 'ok')
  assert.equal(machine.validators().length, 4)
  const taken = { ...fourth, operator: legal }
  assert.equal(await send(machine, at(4), 'node.admit', taken), 'votes-third', 'nor by a change of operator')
  assert.equal(
    await send(machine, at(1), 'org.admit', { ...bodyOf(await sampleOrganisation('sample-lab')), legal }),
    'ok',
  )
})

test('L17 below four there is no such limit: each of three has a third by itself', async () => {
  const { machine, at, sample } = await start(2)
  const third = bodyOf(await sampleMember('sample-3', { operator: sample(1).legal }))
  assert.equal(await sendAll(machine, [at(1), at(2)], 'org.admit', { ...third, legal: sample(1).legal }), 'ok')
  assert.equal(machine.validators().length, 3)
})

test('L17 seven may hold two of one entity, six may not: a removal that would leave it a third is refused', async () => {
  const count = 7
  const names = Array.from({ length: count }, (_, nth) => `sample-${nth + 1}`)
  const samples: Sample[] = await Promise.all(names.map((name) => sampleMember(name)))
  const twin = { ...(samples[1] as Sample), legal: (samples[0] as Sample).legal }
  samples[1] = twin
  const machine = createMachine(ledgerModules, sampleGenesis(samples))
  const senders = samples.map(({ org, keys }) => createSender(org, keys))
  const remove = (org: string, by: Sender[]) => sendAll(machine, by, 'org.remove', { org: org as OrgId })
  assert.equal(await remove('sample-7', senders.slice(0, 1)), 'votes-third')
  assert.equal(await remove('sample-2', senders.slice(0, 4)), 'ok')
  assert.equal(await remove('sample-7', senders.filter(({ org }) => org !== 'sample-2').slice(0, 4)), 'ok')
  assert.throws(() => createMachine(ledgerModules, sampleGenesis(samples.slice(0, 6))), { code: 'votes-third' })
  createMachine(ledgerModules, sampleGenesis(samples.slice(0, 3)))
})

test('L17 of two proposals that exceed the third together, the second is dropped when the first is enacted', async () => {
  const { machine, at, sample } = await start(6, 6)
  const { legal } = sample(1)
  const guests = await Promise.all(['sample-a', 'sample-b'].map((org) => sampleMember(org, { operator: legal })))
  const [a, b] = guests.map(bodyOf) as [Organisation, Organisation]
  for (const guest of [a, b]) assert.equal(await sendAll(machine, [at(1), at(2), at(3)], 'org.admit', guest), 'ok')
  assert.equal(open(machine).length, 2)
  assert.equal(await send(machine, at(4), 'org.admit', a), 'ok')
  assert.equal(machine.validators().length, 7)
  assert.deepEqual(open(machine), [], 'three of eight would be more than a third')
  assert.equal(await send(machine, at(4), 'org.admit', b), 'votes-third')
})

test('L18 the last validator cannot be removed, whoever else is a member; its key may change', async () => {
  const { machine, at, sample } = await start(3, 1)
  assert.equal(await send(machine, at(2), 'org.remove', { org: 'sample-1' as OrgId }), 'validator-last')
  const validator = await newKey()
  assert.equal(await send(machine, at(1), 'node.rotate', { validator }), 'ok')
  assert.deepEqual(keys(machine), [validator])
  const second = { org: 'sample-2' as OrgId, ...(await sampleNode('sample-2')) }
  assert.equal(await sendAll(machine, [at(1), at(2)], 'node.admit', second), 'ok')
  assert.equal(await sendAll(machine, [at(2), at(3)], 'org.remove', { org: sample(1).org }), 'ok')
  assert.deepEqual(keys(machine), [second.validator])
})

test('L18 of two removals that would leave no validator together, the second is dropped', async () => {
  const { machine, at } = await start(5, 2)
  const remove = (nth: number, by: number[]) =>
    sendAll(machine, by.map(at), 'org.remove', { org: `sample-${nth}` as OrgId })
  await remove(1, [3, 4])
  await remove(2, [3, 4])
  assert.equal(await remove(1, [5]), 'ok')
  assert.deepEqual(open(machine), [])
  assert.equal(await remove(2, [3]), 'validator-last')
})
