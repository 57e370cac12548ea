import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64url } from '@salus/base/bytes'
import type { OrgId } from '@salus/base/ids'
import { sha256 } from '@salus/crypto/hash'
import fc from 'fast-check'
import { appsModule, type Published } from './apps.ts'
import { checkpointsModule } from './checkpoints.ts'
import type { Bodies } from './contract.ts'
import { draftTx } from './device.ts'
import { ledgerModules } from './embedded.ts'
import { createMachine } from './machine.ts'
import { membersModule } from './members.ts'
import { createSender, runBlock, sampleGenesis, sampleOrganisation } from './samples.ts'

const one = await sampleOrganisation('sample-one')
const two = await sampleOrganisation('sample-two')
const genesis = sampleGenesis([one, two])
const bundle = (n: number, version = '1.0.0'): Bodies['app.publish'] => ({
  ...{ app: 'salus-web', version },
  digest: base64url(sha256(Uint8Array.of(n))),
})

function start(modules = ledgerModules) {
  const machine = createMachine(modules, genesis)
  const senders = { one: createSender(one.org, one.keys), two: createSender(two.org, two.keys) }
  const send = async (by: 'one' | 'two', body: Bodies['app.publish']) => {
    const [code] = runBlock(machine, [await senders[by].next('app.publish', body)])
    if (code !== 'ok') senders[by].undo()
    return code
  }
  return { machine, senders, send, list: () => machine.query('apps/list') as Published[] }
}

test('L14 the list is what each member said last, whatever was said before and by whom', async () => {
  const step = fc.record({
    by: fc.constantFrom('one', 'two'),
    n: fc.nat(2),
    version: fc.constantFrom('1.0.0', '1.0.1'),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const { machine, send, list } = start()
      const said = new Map<string, Published>()
      for (const { by, n, version } of steps) {
        const { org } = by === 'one' ? one : two
        const body = bundle(n, version)
        const before = said.get(org)
        const same = before?.digest === body.digest && before.version === version
        assert.equal(await send(by, body), same ? 'app-unchanged' : 'ok')
        const { height, time } = machine.info()
        if (!same) said.set(org, { ...body, org, height, time })
        assert.deepEqual(
          list(),
          [...said.values()].sort((a, b) => (a.org < b.org ? -1 : 1)),
        )
      }
    }),
    { numRuns: 40 },
  )
})

test('L14 a removed organisation’s word is listed no more, and it says nothing', async () => {
  const { machine, senders, send, list } = start()
  await send('one', bundle(1))
  await send('two', bundle(2))
  for (const by of [senders.one, senders.two]) {
    runBlock(machine, [await by.next('org.remove', { org: two.org as OrgId })])
  }
  assert.deepEqual(
    list().map((row) => row.org),
    [one.org],
  )
  assert.equal(await send('two', bundle(3)), 'org-unknown')
})

test('L1 no free text: another app, a version in words, a digest of another length', () => {
  const at = { chain: genesis.chain, org: one.org, seq: 1 }
  const bad = [
    { app: 'other' },
    { version: 'v1' },
    { version: '1.0.0-beta' },
    { version: '1.0' },
    { digest: 'AAAA' },
    { note: 'x' },
  ]
  for (const more of bad) assert.throws(() => draftTx(at, 'app.publish', { ...bundle(1), ...more } as never))
})

test('L14 L9 the module changes no hash of a chain that never used it', async () => {
  const before = start([membersModule, checkpointsModule])
  const after = start([membersModule, checkpointsModule, appsModule])
  const send = async ({ machine, senders }: ReturnType<typeof start>) => {
    runBlock(machine, [await senders.one.next('org.remove', { org: two.org as OrgId })])
    return machine.info().appHash
  }
  assert.equal(await send(before), await send(after))
})
