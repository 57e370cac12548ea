/** deploy/ says what is so: each value of CometBFT's files has its reason, and what units, compose file and guide name exists. */
import assert from 'node:assert/strict'
import { existsSync, globSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { verbs } from '@salus/cli/verbs'
import { COMETBFT } from '@salus/ledger/comet/binary'
import { type CometConfig, makeHome, writeConfig, writeGenesis } from '@salus/ledger/comet/home'
import { sampleGenesis, sampleOrganisation } from '@salus/ledger/samples'

const root = resolve(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const home = mkdtempSync(join(tmpdir(), 'salus-deploy-'))

type Values = Map<string, string>

/** `section.key` and its value, as TOML writes them. */
function tomlOf(text: string): Values {
  const found: Values = new Map()
  let section = ''
  for (const line of text.split('\n')) {
    const head = /^\[(\w+)\]$/.exec(line)
    if (head) section = `${head[1]}.`
    const pair = /^(\w+) = (.*)$/.exec(line)
    if (pair) found.set(`${section}${pair[1]}`, (pair[2] ?? '').replace(/^"|"$/g, ''))
  }
  return found
}

/** Every value of a JSON document by its path; of a list, those of its first entry. */
function leavesOf(value: unknown, path = ''): [string, string][] {
  const one = Array.isArray(value) ? value[0] : value
  if (one === null || typeof one !== 'object') return [[path, String(one)]]
  return Object.entries(one).flatMap(([name, inner]) => leavesOf(inner, path === '' ? name : `${path}.${name}`))
}

/** Rows of the guide's tables under a heading: key and the value it gives; `*` where it differs. */
function explained(heading: string): Values {
  const part = read('deploy/cometbft.md').split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  const rows = [...part.matchAll(/^\| `([\w.]+)` \| ([^|]+) \| (.+) \|$/gm)]
  return new Map(rows.map(([, key = '', value = '']) => [key, value.trim()]))
}

const shown = (value: string): string => (value === '' ? 'empty' : `\`${value}\``)

async function written(more: Partial<CometConfig>): Promise<Values> {
  await writeConfig(home, { abci: 'tcp://127.0.0.1:1', rpc: 2, p2p: 3, peers: ['id@a.example:4'], ...more })
  return tomlOf(readFileSync(join(home, 'config/config.toml'), 'utf8'))
}

function compare(values: Values, rows: Values): void {
  assert.deepEqual([...rows.keys()].sort(), [...values.keys()].sort())
  for (const [key, value] of values) {
    const said = rows.get(key)
    if (said !== '*') assert.equal(said, shown(value), key)
  }
}

test('each value of config.toml has its row and its reason, and no row is for a value that is not written', async () => {
  await makeHome(home)
  const plain = await written({})
  const joining = await written({ stateSync: { servers: ['http://127.0.0.1:5'], height: 6, hash: 'AB' } })
  assert.ok(plain.size > 20 && joining.size > plain.size)
  compare(new Map([...joining, ...plain]), explained('config.toml'))
})

test('each value of genesis.json has its row and its reason', async () => {
  const { validator } = await makeHome(home)
  const genesis = sampleGenesis([await sampleOrganisation('saint-roch')])
  await writeGenesis(home, { genesis, validators: [validator] })
  const values = leavesOf(JSON.parse(readFileSync(join(home, 'config/genesis.json'), 'utf8')))
  compare(new Map(values), explained('genesis.json'))
})

/** Names that some source reads: of the environment, in whatever way. */
const sources = globSync('{apps,packages,bin}/**/*.{ts,js}', {
  cwd: root,
  exclude: ['**/node_modules/**', '**/*.test.ts'],
})
const words = new Set(
  sources.flatMap((path) => [...read(path).matchAll(/\b(?:SALUS_[A-Z_]+|GOGC)\b/g)].map(([one]) => one)),
)
const units = ['deploy/systemd/salus-node.service', 'deploy/systemd/salus-cometbft.service']
const all = [...units, 'deploy/compose.yaml']

test('units and compose file set variables that are read, and start what exists', () => {
  for (const path of all) {
    const named = [...read(path).matchAll(/(?:Environment=|^ {6})([A-Z][A-Z_]+)(?:=|:)/gm)].map(([, one = '']) => one)
    assert.ok(named.length > 0, path)
    assert.deepEqual(
      named.filter((one) => !words.has(one)),
      [],
      path,
    )
  }
  const [, script = '', verb = ''] = /ExecStart=\S+ \/opt\/salus\/(\S+) (\w+)$/m.exec(read(units[0] ?? '')) ?? []
  assert.ok(existsSync(join(root, script)) && verbs.some(({ name }) => name === verb), `${script} ${verb}`)
  assert.match(read('deploy/compose.yaml'), new RegExp(`command: \\["${verb}"\\]`))
  // The same words as the demonstration's own start of CometBFT.
  const spawned = read('packages/ledger/comet/process.ts')
  assert.ok(spawned.includes("['start', '--home', home]") && spawned.includes("GOGC: '50'"))
  assert.match(
    read(units[1] ?? ''),
    /^ExecStart=\S+\/cometbft start --home \/srv\/salus\/data\/comet\nEnvironment=GOGC=50$/m,
  )
  assert.match(read('deploy/compose.yaml'), /command: \["start", "--home", "\/srv\/salus\/data\/comet"\]/)
  assert.ok(read('deploy/Containerfile').includes(`cmd/cometbft@${COMETBFT}\n`))
})

test('what production asks for is there, and both processes are held tight', () => {
  const needed = ['SALUS_MODE', 'SALUS_PROXY', 'SALUS_DATA', 'SALUS_KEYS', 'SALUS_ERASED']
  for (const path of [units[0] ?? '', 'deploy/compose.yaml']) {
    assert.deepEqual(
      needed.filter((one) => !read(path).includes(one)),
      [],
      path,
    )
  }
  for (const path of units) {
    for (const line of [
      'NoNewPrivileges=yes',
      'ProtectSystem=strict',
      'UMask=0077',
      'CapabilityBoundingSet=',
      'User=salus',
    ])
      assert.ok(read(path).split('\n').includes(line), `${path}: ${line}`)
  }
  const compose = read('deploy/compose.yaml')
  // The node, CometBFT, and what is typed once: whatever is built here.
  assert.equal(compose.match(/build: \{ context/g)?.length, 3)
  assert.equal(compose.match(/read_only: true/g)?.length, 3)
  assert.equal(compose.match(/no-new-privileges:true/g)?.length, 3)
  assert.doesNotMatch(compose, /PRIVATE|BEGIN|password/i, 'secrets are files')
})

test('every verb that the consortium’s guide tells to type exists', () => {
  const told = [...read('docs/consortium.md').matchAll(/^ *(?:npx )?salus ([a-z-]+)(?: ([a-z-]+))?/gm)]
  assert.ok(told.length > 8)
  const missing = told.filter(([, one, two]) => !verbs.some(({ name }) => name === one || name === `${one} ${two}`))
  assert.deepEqual(
    missing.map(([line]) => line),
    [],
  )
})
