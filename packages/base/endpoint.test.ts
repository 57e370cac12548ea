import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bind, type Endpoint, type Owners, owns, type Principal } from './endpoint.ts'
import { z } from './schema.ts'

const patient: Principal = { role: 'patient', handle: 'A', org: 'saint-roch', device: 'd' }
const professional: Principal = { role: 'professional', handle: 'B', org: 'saint-roch', device: 'd' }
const desk: Principal = { role: 'desk', org: 'saint-roch', device: 'd' }
const anonymous: Principal = { role: 'anonymous' }

test('B9 a person owns by handle, a desk by organisation, nobody known owns nothing', () => {
  const cases: readonly [Owners, readonly Principal[]][] = [
    [{ handles: ['A'] }, [patient]],
    [{ handles: ['A', 'B'] }, [patient, professional]],
    [{ orgs: ['saint-roch'] }, [desk]],
    [{ orgs: ['lilas'] }, []],
    [{ handles: ['C'] }, []],
    [{ handles: ['saint-roch'], orgs: ['A', 'B'] }, []],
    [{ handles: ['A'], orgs: ['saint-roch'] }, [patient, desk]],
    [{ handles: [], orgs: [] }, []],
    [{}, []],
  ]
  for (const [owners, expected] of cases) {
    const found: Principal[] = [patient, professional, desk, anonymous].filter((one) => owns(one, owners))
    assert.deepEqual(found, expected, JSON.stringify(owners))
  }
})

const row = {
  name: 'sample.echo',
  method: 'POST',
  path: '/sample/:id',
  allow: { patient: 'own' },
  params: z.strictObject({ id: z.string() }),
  input: z.strictObject({ words: z.string() }),
  output: z.strictObject({ words: z.string() }),
  summary: 'A sample.',
} as const satisfies Endpoint

test('default: a bound row keeps its endpoint, its answer, and asks for owners only where it was told to', async () => {
  const asked = { principal: patient, params: { id: '1' }, query: {}, input: { words: 'hello' } } as never
  const plain = bind(row, async ({ input }) => ({ words: input.words }))
  assert.equal(plain.endpoint, row)
  assert.equal('owners' in plain, false)
  assert.deepEqual(await plain.handle(asked), { words: 'hello' })
  const owned = bind(
    row,
    async () => ({ words: '' }),
    async ({ params }) => ({ handles: [params.id] }),
  )
  assert.deepEqual(await owned.owners?.(asked), { handles: ['1'] })
})
