import assert from 'node:assert/strict'
import { test } from 'node:test'
import { field, z } from '@salus/base/schema'
import { bodies, envelope, genesis, header } from './contract.ts'
import { ledgerModules } from './embedded.ts'
import { checkReasons, closedFields, type Reason } from './fields.ts'
import { createMachine } from './machine.ts'
import { membersModule } from './members.ts'
import { txType } from './module.ts'
import {
  appsReasons,
  checkpointsReasons,
  envelopeReasons,
  genesisReasons,
  headerReasons,
  membersReasons,
} from './reasons.ts'

const reason: Reason = { need: 'a test', kept: 'a test', risk: 'none' }

test('L13 every field that stands on the ledger has its reason, and every reason its field', () => {
  const bodyFields = Object.entries(bodies).flatMap(([type, schema]) => closedFields(type, schema))
  checkReasons(bodyFields, { ...membersReasons, ...checkpointsReasons, ...appsReasons })
  checkReasons(closedFields('tx', z.strictObject(envelope)), envelopeReasons)
  checkReasons(closedFields('genesis', genesis), genesisReasons)
  checkReasons(closedFields('header', header), headerReasons)
  assert.equal(bodyFields.length, 31)
})

test('L13 a new field without a reason fails, and so does a reason with a part missing or without its field', () => {
  const fields = closedFields('org.remove', bodies['org.remove'].extend({ until: field.time }))
  assert.deepEqual(fields, ['org.remove.org', 'org.remove.until'])
  const known = { 'org.remove.org': reason }
  const at = { code: 'module-invalid', facts: { at: 'org.remove.until' } }
  assert.throws(() => checkReasons(fields, known), at)
  assert.throws(() => checkReasons(fields, { ...known, 'org.remove.until': { ...reason, risk: '' } }), at)
  checkReasons(fields, { ...known, 'org.remove.until': reason })
  assert.throws(() => checkReasons(['org.remove.org'], { ...known, 'org.remove.until': reason }), at)
})

test('L1 an open schema is refused: free text, unknown fields, JSON, unbounded numbers and lists', () => {
  const open: Record<string, z.ZodType> = {
    text: z.string(),
    'long text': z.string().max(20),
    sentence: z.string().regex(/^[\w ]+$/),
    'unanchored pattern': z.string().regex(/[0-9a-f]{8}/),
    any: z.any(),
    unknown: z.unknown(),
    record: z.record(z.string(), z.int().min(0).max(9)),
    'loose object': z.object({ a: field.count }),
    'kept object': z.looseObject({ a: field.count }),
    float: z.number(),
    'unbounded list': z.array(field.digest),
    union: z.union([field.digest, z.string()]),
    date: z.date(),
    'custom check': z.custom<string>(() => true),
  }
  for (const [name, schema] of Object.entries(open)) {
    assert.throws(() => closedFields('x', z.strictObject({ a: schema })), { code: 'module-invalid' }, name)
  }
})

test('L1 L13 a machine with an open or unreasoned module does not start', () => {
  const added = (schema: z.ZodType, reasons: Record<string, Reason>) => ({
    name: 'added',
    types: { 'added.put': txType({ schema, apply: () => {} }) },
    reasons,
    queries: {},
  })
  const closed = z.strictObject({ key: field.key32 })
  const start = (module: ReturnType<typeof added>) => createMachine([...ledgerModules, module])
  start(added(closed, { 'added.put.key': reason }))
  const invalid = { code: 'module-invalid' }
  assert.throws(() => start(added(closed, {})), invalid)
  assert.throws(() => start(added(z.strictObject({ key: z.string() }), { 'added.put.key': reason })), invalid)
  assert.throws(() => createMachine([...ledgerModules, membersModule]), invalid)
  const elects = { ...added(closed, { 'added.put.key': reason }), validators: () => new Map() }
  assert.throws(() => start(elects), invalid, 'two modules that say who votes')
  assert.throws(() => createMachine([]), invalid)
})
