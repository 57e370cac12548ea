/** What the market's guide, pages and help say: commands that run as written, one word for one thing, no promise that does not hold. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { checkups } from '@salus/cli/demo/checkups'
import { verbs } from '@salus/cli/verbs'
import { analysisOf } from '@salus/enclave/analyses/build'
import { checkParams } from '@salus/enclave/analyses/manifest'
import { runAnalysis } from '@salus/enclave/runtime/run'
import { assertColumns } from '@salus/market/alike'
import { sampleTable } from '@salus/market/dataset/synthetic'

const root = resolve(import.meta.dirname, '..')
const guide = readFileSync(join(root, 'docs/market.md'), 'utf8')

/** Whole commands of a text: lines of its blocks, and what stands in backticks; a comment after three spaces is none of it. */
function commandsIn(text: string): string[] {
  const blocks = [...text.matchAll(/^```\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) => block.split('\n'))
  const inline = [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/`(salus [^`]*)`/g)].map(([, one = '']) => one)
  return [...blocks, ...inline].filter((one) => one.startsWith('salus ')).map((one) => one.split(/ {3,}/)[0] ?? '')
}

/** What a command lacks: its verb, options it must have, positionals; or an option that there is not. */
function wrongIn(command: string): string[] {
  const typed = command.replace(/\s+/g, ' ').slice('salus '.length)
  const verb = verbs.find(({ name }) => typed === name || typed.startsWith(`${name} `))
  if (!verb) return [`${command}: no such verb`]
  const rest = typed.slice(verb.name.length).split(' ').filter(Boolean)
  const first = rest.findIndex((one) => one.startsWith('--'))
  const positionals = first < 0 ? rest.length : first
  const named = rest.filter((one) => one.startsWith('--')).map((one) => one.slice(2))
  const missing = verb.options.filter((one) => one.required && !named.includes(one.name)).map(({ name }) => name)
  const unknown = named.filter((name) => !verb.options.some((one) => one.name === name))
  const short = positionals < (verb.least ?? 0) ? ['positionals'] : []
  return [...missing, ...unknown, ...short].map((what) => `${command}: ${what}`)
}

test('every command of docs/market.md has what its verb asks for, and nothing it does not know', () => {
  const all = commandsIn(guide)
  assert.ok(all.length >= 18, `${all.length} commands`)
  assert.deepEqual(all.flatMap(wrongIn), [])
  for (const wrong of ['salus task watch ID', 'salus market inbox --devise DIR', 'salus result compare A --device DIR'])
    assert.notDeepEqual(wrongIn(wrong), [], wrong)
})

const filesOf = (dir: string): string[] =>
  readdirSync(join(root, dir), { recursive: true, encoding: 'utf8' })
    .filter((one) => /\.(tsx?|md)$/.test(one) && !one.includes('node_modules'))
    .map((one) => join(dir, one))

test('an organisation has one word in French, in the Research door and in the documents', () => {
  const files = [...filesOf('apps/research'), ...filesOf('docs')]
  assert.ok(files.length > 40)
  assert.deepEqual(
    files.filter((one) => /organismes?\b/i.test(readFileSync(join(root, one), 'utf8'))),
    [],
  )
})

test('a no is told for what it is: an order is refunded whole, a held result is not', () => {
  const refuse = verbs.find(({ name }) => name === 'market refuse')
  assert.match(refuse?.words.en ?? '', /order is refunded whole; of a held result who computed is paid/)
  assert.match(refuse?.words.fr ?? '', /remboursée en entier ; d’un résultat retenu le calcul est payé/)
})

test('the models of the guide are whole, and run on the sample rows of the demonstration’s data', async () => {
  const models = [...guide.matchAll(/^```json\n([\s\S]*?)^```/gm)].map(([, one = '']) => JSON.parse(one))
  assert.equal(models.length, 2)
  const tables = ['a', 'b'].map((org) => sampleTable(org, { org: org as never, columns: checkups.columns }))
  for (const [i, name] of (['heartify', 'describe'] as const).entries()) {
    const { manifest, wasm } = await analysisOf(name)
    checkParams(manifest, models[i])
    assertColumns(models[i], [checkups.columns, checkups.columns])
    const limits = { memoryBytes: 256 << 20, ms: 60_000 }
    const answer = await runAnalysis({ wasm, call: 'run', params: models[i], tables, limits })
    assert.ok(answer !== null && typeof answer === 'object' && !('refused' in answer), JSON.stringify(answer))
  }
})
