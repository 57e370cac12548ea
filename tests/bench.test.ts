/** Every bench runs, at a size that measures nothing, and prints its lines. No time is asserted. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needsShared } from '@salus/base/testing'
import { benches } from '@salus/cli/bench/benches'
import { noChromium } from '@salus/web-app/testing'

const skipped = await noChromium()

/** What each bench prints at tiny size, by name. */
const expected: Readonly<Record<string, readonly string[]>> = {
  'journal.append': ['journal.append', 'journal.append.signed'],
  'journal.receipt': ['journal.receipt'],
  'ledger.commit': ['ledger.commit'],
  'records.deposit': ['records.deposit', 'records.deposit.batch'],
  'records.open': [
    ...['records.open.once.suite1', 'records.open.standing.suite1'],
    ...['records.open.once.suite2', 'records.open.standing.suite2'],
  ],
  'grants.roundtrip': ['grants.roundtrip'],
  'fhir.import': ['fhir.import', 'fhir.import.importer', 'fhir.import.node'],
  'task.70k': ['task.70k', 'task.70k.overhead'],
  'market.match': ['market.match'],
  'verify.quote': ['verify.quote'],
  'dataset.seal': ['dataset.seal', 'dataset.seal.memory'],
  'glm.70k': ['glm.70k'],
  'glm.1m': ['glm.1m'],
  'consortium.throughput': ['consortium.throughput'],
  'consortium.latency': ['consortium.latency', 'consortium.latency.p95'],
  'consortium.roundtrip': ['consortium.roundtrip', 'consortium.roundtrip.fallen'],
  'consortium.replicate': ['consortium.replicate', 'consortium.replicate.large'],
  'consortium.footprint': [
    ...['consortium.footprint', 'consortium.footprint.memory', 'consortium.energy', 'consortium.energy.idle'],
  ],
  'consortium.validators': [
    ...['consortium.validators.latency.1', 'consortium.validators.energy.1', 'consortium.validators.disk.1'],
    ...['consortium.validators.latency.2', 'consortium.validators.energy.2', 'consortium.validators.disk.2'],
  ],
  'consortium.history': [
    ...['consortium.history.lone', 'consortium.history.bytes.128', 'consortium.history.commit.128'],
    ...['consortium.history.open.128', 'consortium.history.query.128'],
    ...['consortium.history.replay.128', 'consortium.history.memory.128'],
  ],
  apps: ['apps.first', 'apps.again', 'apps.category20', 'apps.document'],
  'node.idle': ['node.idle.memory', 'node.idle.cpu'],
  'node.million': ['node.million.deposit.40', 'node.million.read.40'],
}

const members = ['limit', 'machine', 'name', 'ratio', 'unit', 'value']

test('default: every bench is in this table', () => {
  assert.deepEqual(Object.keys(benches), Object.keys(expected))
})

for (const [name, names] of Object.entries(expected)) {
  const needs = /^(task|glm)/.test(name)
    ? needsShared('data/cardio')
    : name === 'fhir.import'
      ? needsShared('vectors/synthea')
      : {
          skip:
            (name === 'apps' && skipped) ||
            (name.startsWith('consortium') && (await benches[name]?.lacks?.())) ||
            false,
        }
  test(`behavior: ${name} runs and prints its lines`, needs, async () => {
    const lines = (await benches[name]?.run('tiny')) ?? []
    assert.deepEqual(
      lines.map((one) => one.name),
      names,
    )
    for (const line of lines) {
      assert.deepEqual(Object.keys(line).sort(), members)
      // CPU of an idle second may round to nothing; everything else was measured.
      assert.ok(Number.isFinite(line.value) && (line.value > 0 || /cpu|idle/.test(line.name)), line.name)
      assert.equal(line.ratio === null, line.limit === null)
      if (line.limit !== null) assert.ok(line.limit > 0 && Number.isFinite(line.ratio), line.name)
    }
  })
}
