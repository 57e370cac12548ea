import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64url } from '@salus/base/bytes'
import type { OrgId } from '@salus/base/ids'
import { generateDeviceKey } from '@salus/crypto/keys'
import fc from 'fast-check'
import type { Organisation } from './contract.ts'
import { ledgerModules } from './embedded.ts'
import { createMachine, type Machine } from './machine.ts'
import { type Member, type Proposal, proposalId } from './members.ts'
import {
  bodyOf,
  createSender,
  runBlock,
  type Sender,
  sampleGenesis,
  sampleOrganisation,
  sampleVkey,
} from './samples.ts'

const start = async (count: number) => {
  const names = Array.from({ length: count }, (_, nth) => `sample-${nth + 1}`)
  const samples = await Promise.all(names.map((name) => sampleOrganisation(name, `log.${name}.example`)))
  const senders = samples.map(({ org, keys }) => createSender(org, keys))
  const machine = createMachine(ledgerModules, sampleGenesis(samples))
  return { machine, senders, samples, at: (nth: number) => senders[nth - 1] as Sender }
}

const names = (machine: Machine) => (machine.query('members/list') as Member[]).map(({ org }) => org)
const open = (machine: Machine) => machine.query('members/proposals') as (Proposal & { id: string })[]
const guest = async (name: string, origin?: string) => bodyOf(await sampleOrganisation(name, origin))

/** Sends one transaction in a block of its own; a refused one gives its number back. */
async function send(machine: Machine, sender: Sender, type: 'org.admit' | 'org.remove', body: Organisation | string) {
  const tx =
    typeof body === 'string'
      ? await sender.next('org.remove', { org: body as OrgId })
      : await sender.next('org.admit', body)
  const [code] = runBlock(machine, [tx])
  assert.equal(type, typeof body === 'string' ? 'org.remove' : 'org.admit')
  if (code !== 'ok') sender.undo()
  return code
}
const admit = (machine: Machine, sender: Sender, body: Organisation) => send(machine, sender, 'org.admit', body)
const remove = (machine: Machine, sender: Sender, org: string) => send(machine, sender, 'org.remove', org)

test('L5 with one member a proposal takes effect at once; the last one cannot be removed', async () => {
  const { machine, at } = await start(1)
  assert.equal(await remove(machine, at(1), 'sample-1'), 'org-last')
  assert.equal(await admit(machine, at(1), await guest('sample-2')), 'ok')
  assert.deepEqual(names(machine), ['sample-1', 'sample-2'])
  assert.deepEqual(open(machine), [])
})

test('L5 the effect comes with the vote that passes the half, for every size of consortium', async () => {
  for (const count of [2, 3, 4, 5]) {
    const { machine, senders } = await start(count)
    const body = await guest('sample-new')
    const needed = Math.floor(count / 2) + 1
    for (const [nth, sender] of senders.slice(0, needed).entries()) {
      assert.equal(names(machine).includes(body.org), false, `${nth} of ${count} is not enough`)
      assert.equal(await admit(machine, sender, body), 'ok')
    }
    assert.equal(names(machine).includes(body.org), true, `${needed} of ${count} is enough`)
  }
})

test('L5 only identical proposals add up, each organisation once', async () => {
  const { machine, at } = await start(3)
  const body = await guest('sample-new')
  const otherKey = { ...body, key: (await generateDeviceKey()).publicKey }
  assert.equal(await admit(machine, at(1), body), 'ok')
  assert.equal(await admit(machine, at(1), body), 'vote-repeated')
  assert.equal(await admit(machine, at(2), otherKey), 'ok')
  assert.equal(await admit(machine, at(3), { ...body, country: 'BE' }), 'ok')
  assert.deepEqual(
    open(machine).map(({ id, votes }) => [id, votes.length]),
    [body, otherKey, { ...body, country: 'BE' }]
      .map((motion) => [proposalId({ type: 'org.admit', body: motion }), 1])
      .sort(),
  )
  assert.equal(await admit(machine, at(2), body), 'ok')
  assert.deepEqual(names(machine), ['sample-1', 'sample-2', 'sample-3', 'sample-new'])
  assert.deepEqual(open(machine), [], 'what can no longer be enacted is dropped')
})

test('L5 a removal may bring an open proposal over the half', async () => {
  const { machine, at } = await start(4)
  const body = await guest('sample-new')
  await admit(machine, at(1), body)
  await admit(machine, at(2), body)
  for (const nth of [1, 2, 3]) assert.equal(await remove(machine, at(nth), 'sample-4'), 'ok')
  assert.deepEqual(names(machine), ['sample-1', 'sample-2', 'sample-3', 'sample-new'], 'two of three')
})

test('L6 a removed organisation can do nothing, and its votes no longer count, not even when it is back', async () => {
  const { machine, at, samples } = await start(5)
  const body = await guest('sample-new')
  assert.equal(await admit(machine, at(5), body), 'ok')
  assert.equal(await admit(machine, at(1), body), 'ok')
  for (const nth of [1, 2, 3]) await remove(machine, at(nth), 'sample-5')
  assert.deepEqual(open(machine)[0]?.votes, ['sample-1'])
  assert.equal(await admit(machine, at(5), body), 'org-unknown')
  assert.equal(machine.checkTx(await at(5).next('org.remove', { org: 'sample-1' as OrgId })).code, 'org-unknown')
  at(5).undo()

  const keys = await generateDeviceKey()
  const again = { ...bodyOf(samples[4] as (typeof samples)[number]), key: keys.publicKey }
  assert.equal(await admit(machine, at(1), { ...again, key: at(5).keys.publicKey }), 'key-used')
  for (const nth of [1, 2, 3]) assert.equal(await admit(machine, at(nth), again), 'ok')
  assert.deepEqual(open(machine)[0]?.votes, ['sample-1'])
  assert.equal(await admit(machine, at(5), body), 'key-other', 'the old key stays dead')
  const back = createSender('sample-5', keys)
  assert.equal(await admit(machine, back, body), 'seq-replayed', 'its numbers go on where they were')
  const resumed = createSender('sample-5', keys, at(5).seq)
  assert.equal(await admit(machine, resumed, body), 'ok')
})

test('L6 who is removed in a block can do nothing in the rest of it', async () => {
  const { machine, at } = await start(2)
  const body = await guest('sample-new')
  const txs = [
    await at(1).next('org.remove', { org: 'sample-2' as OrgId }),
    await at(2).next('org.remove', { org: 'sample-2' as OrgId }),
    await at(2).next('org.admit', body),
  ]
  assert.deepEqual(runBlock(machine, txs), ['ok', 'ok', 'org-unknown'])
})

test('L7 a key stands for one organisation, once; a weak one for none', async () => {
  const { machine, at } = await start(2)
  const first = at(1).keys
  const next = await generateDeviceKey()
  const rotate = async (key: string) => {
    const [code] = runBlock(machine, [await at(1).next('org.rotate', { key })])
    if (code !== 'ok') at(1).undo()
    return code
  }
  assert.equal(await rotate(at(2).keys.publicKey), 'key-used')
  assert.equal(await rotate(first.publicKey), 'key-used')
  const identity = base64url(Uint8Array.from({ length: 32 }, (_, nth) => (nth === 0 ? 1 : 0)))
  assert.equal(await rotate(identity), 'key-weak')
  assert.equal(await admit(machine, at(1), { ...(await guest('sample-new')), key: identity }), 'key-weak')
  assert.equal(await rotate(next.publicKey), 'ok')
  assert.equal(await rotate((await generateDeviceKey()).publicKey), 'key-other', 'the old key no longer signs')
  at(1).keys = next
  assert.equal(await rotate(first.publicKey), 'key-used', 'and never comes back')
  const third = await generateDeviceKey()
  assert.equal(await rotate(third.publicKey), 'ok')
  at(1).keys = third
  assert.equal(await rotate(next.publicKey), 'key-used', 'nor does one that came by rotation')
})

test('L7 a journal is admitted with its own verifier key, under an origin nobody else has had', async () => {
  const { machine, at } = await start(2)
  const body = await guest('sample-new', 'log.new.example/2026')
  const { origin, vkey } = body.journal as NonNullable<Organisation['journal']>
  const wrong = (journal: { origin: string; vkey: string }) => admit(machine, at(1), { ...body, journal })
  assert.equal(await wrong({ origin: 'log.other.example', vkey }), 'vkey-invalid')
  assert.equal(await wrong({ origin, vkey: vkey.replace(/\+[0-9a-f]{8}\+/, '+00000000+') }), 'vkey-invalid')
  const weak = base64url(Uint8Array.from({ length: 32 }, (_, nth) => (nth === 0 ? 1 : 0)))
  assert.equal(await wrong({ origin, vkey: sampleVkey(origin, weak) }), 'vkey-invalid')
  const taken = 'log.sample-2.example'
  const { publicKey } = await generateDeviceKey()
  assert.equal(await wrong({ origin: taken, vkey: sampleVkey(taken, publicKey) }), 'origin-taken')
  for (const nth of [1, 2]) assert.equal(await admit(machine, at(nth), body), 'ok')
  assert.deepEqual((machine.query('members/get', 'sample-new') as Member).journal, body.journal)
})

test('L5 nobody fills the state with proposals; who is in is not proposed, who is not in is not removed', async () => {
  const { machine, at, samples } = await start(2)
  for (let nth = 0; nth < 8; nth++) assert.equal(await admit(machine, at(1), await guest(`sample-new-${nth}`)), 'ok')
  assert.equal(await admit(machine, at(1), await guest('sample-new-9')), 'proposals-full')
  assert.equal(await admit(machine, at(2), await guest('sample-new-9')), 'ok')
  const inside = bodyOf(samples[1] as (typeof samples)[number])
  assert.equal(await admit(machine, at(2), inside), 'org-known')
  assert.equal(await remove(machine, at(2), 'sample-99'), 'org-unknown')
})

test('L5 whatever is voted: never empty, votes by members only, nothing decided left open', async () => {
  const guests = await Promise.all(['sample-a', 'sample-b'].map((name) => sampleOrganisation(name)))
  const step = fc.record({ voter: fc.nat(4), subject: fc.nat(4), admits: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const { machine, samples } = await start(3)
      const everyone = [...samples, ...guests]
      const senders = everyone.map(({ org, keys }) => createSender(org, keys))
      for (const { voter, subject, admits } of steps) {
        const body = bodyOf(everyone[subject] as (typeof guests)[number])
        await send(machine, senders[voter] as Sender, admits ? 'org.admit' : 'org.remove', admits ? body : body.org)
        const inside = names(machine)
        assert.ok(inside.length >= 1)
        for (const { votes } of open(machine)) {
          assert.ok(votes.length * 2 <= inside.length && votes.length > 0)
          assert.ok(votes.every((org) => inside.includes(org as OrgId)) && new Set(votes).size === votes.length)
        }
      }
    }),
    { numRuns: 25 },
  )
})
