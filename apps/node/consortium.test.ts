import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock, systemRandom } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import { generateDeviceKey } from '@salus/crypto/keys'
import { type Roots, signRoots } from '@salus/directory/consortium'
import { parsePolicy, quorumMet, witnessesFor } from '@salus/journal/policy'
import { composeNode } from './compose.ts'
import { foundConsortium, type Hospital, operatorOf } from './consortium.ts'
import { readFounded } from './found.ts'
import { followPeers } from './peers.ts'

const names = ['saint-roch', 'cabinet-lilas', 'hopital-nord', 'clinique-sud'] as const
const refusedWith = (code: string) => (error: unknown) => isAppError(error) && error.code === code

async function founded(count: number) {
  const base = mkdtempSync(join(tmpdir(), 'salus-consortium-'))
  const keys = await Promise.all(names.slice(0, count).map(() => generateDeviceKey()))
  const hospitals: Hospital[] = keys.map(({ publicKey }, i) => {
    const org = names[i] ?? ''
    const card = {
      org: org as never,
      name: `Hospital ${i} (sample)`,
      kind: 'hospital',
      country: 'FR',
      key: publicKey,
    } as const
    return { ...card, dir: join(base, org), origin: `journal.${org}.example`, url: `https://${org}.example` }
  })
  const founding = {
    ...{ chain: 'test-chain', time: systemClock() },
    sign: (document: Roots) => Promise.all(keys.map((one) => signRoots(document, one.privateKey, one.publicKey))),
  }
  const roots = await foundConsortium(hospitals, founding)
  return { hospitals, founding, roots }
}

test('N20 one set of roots and one genesis; a folder, a log and keys of its own for each hospital', async () => {
  const { hospitals, founding, roots } = await founded(4)
  const texts = (file: string) => new Set(hospitals.map(({ dir }) => readFileSync(join(dir, file), 'utf8')))
  assert.deepEqual([texts('consortium.json').size, texts('genesis.json').size, texts('node.json').size], [1, 1, 4])
  assert.deepEqual(
    roots.journals.map((one) => one.operator),
    names.map(operatorOf),
  )
  const own = await Promise.all(hospitals.map(({ dir }) => readFounded(dir)))
  assert.equal(new Set(own.map((one) => one.operatorKey.publicKey)).size, 4)
  for (const { dir } of hospitals) {
    const node = await composeNode({ dir, clock: systemClock, random: systemRandom, log: () => {} })
    await node.close()
  }
  await assert.rejects(foundConsortium(hospitals, founding), refusedWith('node-founded'))
})

test('N20 two of the others witness from four hospitals on, one of them below, nobody where there is one', async () => {
  for (const [count, needed] of [
    [4, 2],
    [3, 1],
    [2, 1],
  ] as const) {
    const { roots } = await founded(count)
    const policy = parsePolicy(roots.policy)
    for (const { origin } of roots.journals) {
      const others = witnessesFor(policy, origin).map((one) => one.key.name)
      assert.equal(others.length, count - 1)
      assert.equal(quorumMet(policy, new Set(others.slice(0, needed))), true)
      assert.equal(quorumMet(policy, new Set(others.slice(0, needed - 1))), false)
    }
  }
  const { roots } = await founded(1)
  assert.equal(parsePolicy(roots.policy).quorum, 'none')
})

test('N21 the ledger says whose node a node is: its own organisation’s, and nobody else’s', async () => {
  const { hospitals } = await founded(3)
  const [{ dir }] = hospitals as [Hospital]
  const node = await composeNode({ dir, clock: systemClock, random: systemRandom, log: () => {} })
  const peers = (await followPeers(node.roots, node.ledger))()
  assert.deepEqual(
    peers.map(({ operator, orgs, origin }) => [operator, [...orgs], origin]),
    names.slice(0, 3).map((org) => [operatorOf(org), [org], `journal.${org}.example`]),
  )
  await node.close()
})
