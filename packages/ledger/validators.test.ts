import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OrgId } from '@salus/base/ids'
import { generateDeviceKey } from '@salus/crypto/keys'
import fc from 'fast-check'
import type { MemberNode, Organisation, Validator } from './contract.ts'
import { ledgerModules } from './embedded.ts'
import { createMachine, type Machine } from './machine.ts'
import type { Member } from './members.ts'
import {
  bodyOf,
  createSender,
  type KeyPair,
  type Sender,
  sampleGenesis,
  sampleMember,
  sampleNode,
  sampleOrganisation,
} from './samples.ts'

type Sample = Organisation & { keys: KeyPair }
const newKey = async () => (await generateDeviceKey()).publicKey
const nodeOf = ({ node }: { node?: MemberNode | undefined }) => node as MemberNode
const inOrder = (votes: Iterable<readonly [string, number]>): Validator[] =>
  [...votes].map(([key, power]) => ({ key, power })).sort((a, b) => (a.key < b.key ? -1 : 1))

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
  return { machine, samples, at, sample }
}
const keys = (machine: Machine) => machine.validators().map(({ key }) => key)

test('L19 a block tells what it changes of who votes, in key order, and nothing where nobody’s vote changed', async () => {
  const { machine, at, sample } = await start(3, 2)
  const { height, time } = machine.info()
  const run = (txs: string[], late = 1) => machine.finalizeBlock({ height: height + late, time: time + late, txs })
  const [validator, later] = [await newKey(), await newKey()]
  const body = { org: 'sample-3' as OrgId, ...(await sampleNode('sample-3')) }
  const txs = [
    await at(1).next('node.rotate', { validator }),
    await at(1).next('node.rotate', { validator: later }),
    await at(1).next('node.admit', body),
    await at(2).next('node.admit', body),
  ]
  const expected: Validator[] = [
    { key: nodeOf(sample(1)).validator, power: 0 },
    { key: later, power: 1 },
    { key: body.validator, power: 1 },
  ]
  expected.sort((a, b) => (a.key < b.key ? -1 : 1))
  assert.deepEqual(run(txs).validators, expected, 'the key between two rotations of one block is never told')
  assert.equal(machine.validators().length, 2, 'not before the commit')
  assert.deepEqual(run(txs.slice(0, 1)).validators.length, 2, 'another block in its place is told anew')
  run(txs)
  machine.commit()
  assert.deepEqual(keys(machine), [nodeOf(sample(2)).validator, later, body.validator].sort())
  const rotation = await at(2).next('org.rotate', { key: await newKey() })
  assert.deepEqual(run([rotation], 2).validators, [])
  assert.deepEqual(run([], 2).validators, [])
})

test('L19 a machine that goes on from a snapshot of the state has the same validators', async () => {
  const { machine, samples } = await start(4)
  const next = createMachine(ledgerModules, sampleGenesis(samples))
  assert.equal(next.restore(machine.save(), machine.info().appHash), true)
  assert.deepEqual(next.validators(), machine.validators())
  assert.equal(next.validators().length, 4)
})

/** What must hold of the members, however it came about. */
function checkInvariants(machine: Machine, votes: ReadonlyMap<string, number>): void {
  const members = machine.query('members/list') as Member[]
  const seats = members.filter(({ node }) => node)
  assert.deepEqual(machine.validators(), inOrder(seats.map((one) => [nodeOf(one).validator, 1])))
  assert.deepEqual(machine.validators(), inOrder(votes))
  assert.ok(seats.length >= 1)
  for (const list of [seats.map((one) => nodeOf(one).peer), seats.map((one) => nodeOf(one).validator)]) {
    assert.equal(new Set(list).size, seats.length)
  }
  if (seats.length < 4) return
  for (const entity of new Set(seats.flatMap((one) => [one.legal, nodeOf(one).operator]))) {
    const held = seats.filter((one) => one.legal === entity || nodeOf(one).operator === entity).length
    assert.ok(held * 3 < seats.length, `${held} of ${seats.length}`)
  }
}

test('L15 L17 L18 L19 whatever is voted and rotated: one peer each, no third, never none, and the changes add up', async () => {
  const entities = (await Promise.all(['x', 'y', 'z'].map((org) => sampleOrganisation(`sample-${org}`)))).map(
    ({ legal }) => legal,
  )
  // Keys and peers that come up again and again, and entities that several share: refusals are part of it.
  const fresh = await Promise.all(Array.from({ length: 12 }, newKey))
  const samples = await Promise.all(
    Array.from({ length: 7 }, (_, nth) => sampleMember(`sample-${nth + 1}`, { peer: `${nth}`.repeat(40) })),
  )
  const step = fc.record({
    act: fc.constantFrom('admit', 'admit', 'node', 'node', 'node', 'rotate', 'remove'),
    ...{
      subject: fc.nat(6),
      key: fc.nat(11),
      peer: fc.nat(15),
      entity: fc.nat(3),
      voters: fc.oneof(fc.constant(127), fc.nat(127)),
    },
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 20 }), fc.nat(3), async (steps, more) => {
      const founders = samples.slice(0, 4).map(({ node, ...row }, nth) => (nth <= more ? { ...row, node } : row))
      const machine = createMachine(ledgerModules, sampleGenesis(founders as Sample[]))
      const senders = samples.map(({ org, keys }) => createSender(org, keys))
      const dead = new Set<string>()
      const votes = new Map(machine.validators().map(({ key, power }) => [key, power]))
      for (const { act, subject, key, peer, entity, voters } of steps) {
        const { node, ...row } = samples[subject] as Sample
        const changed = { ...nodeOf({ node }), validator: fresh[key] as string, peer: peer.toString(16).repeat(40) }
        const operator = entities[entity] ?? changed.operator
        const bodies = {
          admit: [
            'org.admit',
            { ...bodyOf(row), key: key % 3 ? row.key : fresh[key], node: { ...nodeOf({ node }), operator } },
          ],
          node: ['node.admit', { org: row.org, ...changed, operator }],
          rotate: ['node.rotate', { validator: changed.validator, peer: changed.peer }],
          remove: ['org.remove', { org: row.org }],
        } as const
        const [type, body] = bodies[act]
        const by = act === 'rotate' ? [senders[subject] as Sender] : senders.filter((_, nth) => voters & (1 << nth))
        const txs = await Promise.all(by.map((sender) => sender.next(type, body as never)))
        const { height, time } = machine.info()
        const block = machine.finalizeBlock({ height: height + 1, time: time + 1, txs })
        for (const [nth, { code }] of block.results.entries()) if (code !== 'ok') by[nth]?.undo()
        machine.commit()
        for (const one of block.validators) {
          assert.notEqual(votes.get(one.key) ?? 0, one.power, 'a change changes')
          assert.ok(!dead.has(one.key), 'a key that went does not come back')
          if (one.power === 0) dead.add(one.key)
          if (one.power === 0) votes.delete(one.key)
          else votes.set(one.key, one.power)
        }
        checkInvariants(machine, votes)
      }
    }),
    { numRuns: 80 },
  )
})
