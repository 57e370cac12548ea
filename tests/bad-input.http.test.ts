/** Bad bodies over HTTP, and ids of others in every route: refused by form or by rule, in words, and nothing of it stays. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startNode } from '@salus/node-app/testing'
import { asked, createGuard } from './bad-input.ts'
import { world } from './people.ts'

const at = await startNode()
const guard = await createGuard(world(at))
const { w } = guard
after(() => at.node.close())

/** Every route that takes a body from anybody. */
const doors = at.node.routes
  .map(({ endpoint }) => endpoint)
  .filter((one) => one.method === 'POST' && one.input && one.allow.anonymous)
  // A path's own part is a good one: it is the body that is looked at here.
  .map((one) => ({ ...one, path: one.path.replace(/:\w+/g, 'A'.repeat(43)) }))
assert.ok(doors.length >= 6)

/** `body` at every door gives `code`, and the node goes on. */
async function everywhere(bodies: readonly (string | Uint8Array<ArrayBuffer>)[], code: string): Promise<void> {
  const size = at.node.journal.log.size()
  for (const { path, name } of doors) {
    for (const body of bodies)
      assert.equal(await asked(w, path, { method: 'POST', body }), code, `${name} ${String(body).slice(0, 60)}`)
  }
  assert.equal(at.node.journal.log.size(), size)
  await guard.goesOn()
}

test('not JSON', () =>
  everywhere(
    ['', '{', '{"items":[}', "{'items':[]}", '{"items":NaN}', '[1,]', '\ufeff{}', 'null null', '<xml/>'],
    'json-invalid',
  ))

test('bytes that are no text', () =>
  everywhere(
    [Uint8Array.of(0xff, 0xfe, 0x7b), Uint8Array.of(0x22, 0xc3, 0x22), Uint8Array.of(0xed, 0xa0, 0x80)],
    'encoding-invalid',
  ))

test('duplicate JSON keys', () =>
  everywhere(['{"items":[],"items":[]}', '{"a":{"b":1,"\\u0062":2}}', '[{"x":1,"x":1}]'], 'json-duplicate-key'))

test('deep nesting', () =>
  everywhere([`${'['.repeat(65)}${']'.repeat(65)}`, `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`], 'json-too-deep'))

test('prototype keys', () =>
  everywhere(
    ['{"__proto__":{}}', '{"constructor":1}', '{"items":[{"prototype":{}}]}', '{"\\u005f_proto__":1}'],
    'json-invalid',
  ))

test('lone surrogates', () =>
  everywhere(['{"items":"\\ud800"}', '{"\\udc00":1}', '["\\ud83d\\u0041"]'], 'json-invalid'))

test('numbers beyond 2^53, and other values of the wrong kind', async () => {
  const numbers = ['9007199254740993', '1e400', '-1e999', '0.5']
  await everywhere(
    numbers.flatMap((one) => [`{"items":${one}}`, `[${one}]`, one]),
    'schema-mismatch',
  )
  for (const one of ['9007199254740993', '1e30', '-1', '0x10', '1.5']) {
    assert.ok(['not-found', 'session-missing'].includes(await asked(w, `/receipts/${one}`, {})))
  }
})

test('a body that is too large, announced or not', async () => {
  const body = ' '.repeat(70_000)
  for (const { path, name } of doors.filter((one) => !one.limit && !one.anonymousLimit)) {
    assert.equal(await asked(w, path, { method: 'POST', body }), 'body-too-large', name)
  }
  await guard.goesOn()
})
