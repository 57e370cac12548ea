/**
 * The map of the house (docs: architecture §2) as a table, and what must hold of the sources as a whole. Every check is a
 * function of a tree of files, so that each is also shown a small tree with one planted fault.
 */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path/posix'
import { test } from 'node:test'
import { type ParseResult, parseSync, Visitor } from 'oxc-parser'
import { browser, map } from './architecture.ts'

/** May use the SQL language outside a `*.store.ts`: the port itself. */
const sqlPort = 'packages/base/sqlite.ts'
/** Reads a table of the node that is no face of it: the words of every status code. */
const reachesIn = ['tests/words.test.ts']

type Tree = Readonly<Record<string, string>>
type Import = Spec & { readonly from: string; readonly to: string | undefined }
/** `value`: the file is loaded; `late`: only when the program comes to it. */
type Spec = { readonly spec: string; readonly value: boolean; readonly late: boolean }
type Package = { name: string; dir: string; exports: Record<string, string>; dependencies: Record<string, string> }
type House = {
  readonly tree: Tree
  readonly packages: readonly Package[]
  readonly parsed: ReadonlyMap<string, ParseResult>
  readonly imports: readonly Import[]
}

const isTest = (path: string): boolean => /(\.test|\.child|\/testing|\/samples?)(\.store)?\.ts$/.test(path)
const isDevice = (path: string): boolean => /\/device(\.ts$|\/)/.test(path)
const short = (name: string): string => name.replace('@salus/', '')
const fits = (pattern: string, face: string): boolean =>
  pattern === face || face.startsWith(pattern.endsWith('/*') ? pattern.slice(0, -1) : `${pattern}/`)
const owner = (house: Pick<House, 'packages'>, path: string): Package | undefined =>
  house.packages.find(({ dir }) => path.startsWith(`${dir}/`))

/** `@salus/x/face` -> the package and the face; undefined for anything else. */
function faceOf(packages: readonly Package[], spec: string): { pkg: Package; face: string } | undefined {
  const pkg = packages.find(({ name }) => spec.startsWith(`${name}/`))
  return pkg && { pkg, face: spec.slice(pkg.name.length + 1) }
}

function resolve(packages: readonly Package[], from: string, spec: string): string | undefined {
  if (spec.startsWith('.')) return normalize(join(dirname(from), spec))
  const at = faceOf(packages, spec)
  const file = at?.pkg.exports[`./${at.face}`]
  return at && file ? join(at.pkg.dir, file) : undefined
}

/** Every import of one file. `import type` leaves nothing behind; `import { type X }` still loads the file. */
function importsOf({ module }: ParseResult, source: string): Spec[] {
  const typed = (start: number, end: number) => /^(im|ex)port\s+type\b/.test(source.slice(start, end))
  const fixed = module.staticImports.map((one) => ({
    spec: one.moduleRequest.value,
    value: !typed(one.start, one.end),
    late: false,
  }))
  const passed = module.staticExports.flatMap(({ start, end, entries }) => {
    const spec = entries[0]?.moduleRequest?.value
    return spec === undefined ? [] : [{ spec, value: !typed(start, end), late: false }]
  })
  const late = module.dynamicImports.map(({ moduleRequest: { start, end } }) => ({
    spec: source.slice(start, end).replace(/^['"`]|['"`]$/g, ''),
    value: true,
    late: true,
  }))
  return [...fixed, ...passed, ...late]
}

/** Reads a tree of files into packages, syntax trees and imports. */
function build(tree: Tree): House {
  const packages = Object.keys(tree)
    .filter((path) => /^(packages|apps)\/[^/]+\/package\.json$/.test(path))
    .map((path) => ({ exports: {}, dependencies: {}, ...JSON.parse(tree[path] ?? ''), dir: dirname(path) }) as Package)
  const sources = Object.keys(tree).filter((path) => /\.tsx?$/.test(path))
  const parsed = new Map(sources.map((path) => [path, parseSync(path, tree[path] ?? '')]))
  const imports = [...parsed].flatMap(([from, result]) =>
    importsOf(result, tree[from] ?? '').map((one) => ({ ...one, from, to: resolve(packages, from, one.spec) })),
  )
  return { tree, packages, parsed, imports }
}

/** Imports that the map does not have. The root's own files (tests, benches) stand outside of it and may see all. */
function offMap(house: House): string[] {
  return house.imports.flatMap(({ from, spec }) => {
    const self = owner(house, from)
    const at = faceOf(house.packages, spec)
    if (!self || (!at && !spec.startsWith('@salus/'))) return []
    const row = map[short(self.name)]
    const patterns = [...(row?.may ?? []), ...(isDevice(from) ? (row?.device ?? []) : [])]
    return patterns.some((one) => fits(one, short(spec))) ? [] : [`${from}: ${spec} is not on the map`]
  })
}

function leaving(house: House): string[] {
  return house.imports
    .filter(({ from, spec, to }) => spec.startsWith('.') && to && owner(house, from) !== owner(house, to))
    .filter(({ from }) => !reachesIn.includes(from))
    .map(({ from, spec }) => `${from}: ${spec} leaves its package`)
}

/** Imports of packages that the own package.json does not name; tests may also use the root's development tools. */
function undeclared(house: House): string[] {
  const root = JSON.parse(house.tree['package.json'] ?? '{}')
  return house.imports.flatMap(({ from, spec }) => {
    if (spec.startsWith('.') || spec.startsWith('node:')) return []
    const name = spec
      .split('/')
      .slice(0, spec.startsWith('@') ? 2 : 1)
      .join('/')
    const self = owner(house, from)
    if (!self && name.startsWith('@salus/')) return []
    const tools = !self || isTest(from) ? root.devDependencies : {}
    return name in { ...self?.dependencies, ...tools } ? [] : [`${from}: ${name} is not in its package.json`]
  })
}

/** Faces: named one by one, pointing at a file that is there; whoever imports one names it as it stands. */
function faces(house: House): string[] {
  const listed = house.packages.flatMap(({ dir, exports }) =>
    Object.entries(exports)
      .filter(([face, file]) => face.includes('*') || !(join(dir, file) in house.tree))
      .map(([face, file]) => `${dir}: ${face} -> ${file} is no single file`),
  )
  const asked = house.imports
    .filter(({ spec, to }) => spec.startsWith('@salus/') && to === undefined)
    .map(({ from, spec }) => `${from}: ${spec} is no face`)
  return [...listed, ...asked]
}

/** Ways round along imports, those of types alone too: files in a circle can only be understood together. */
function cycle(house: House): string[] {
  const next = Map.groupBy(house.imports, ({ from }) => from)
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): string[] => {
    if (trail.includes(path)) return [[...trail.slice(trail.indexOf(path)), path].join(' -> ')]
    if (done.has(path)) return []
    const found = (next.get(path) ?? []).flatMap(({ to }) => (to ? visit(to, [...trail, path]) : []))
    done.add(path)
    return found
  }
  return [...next.keys()].flatMap((path) => visit(path, []))
}

const linesOf = (text: string): number => text.trimEnd().split('\n').length

function tooLong({ tree, parsed }: House): string[] {
  const lengths = [...parsed.keys()].map((path) => ({ path, lines: linesOf(tree[path] ?? '') }))
  const sorted = lengths.map(({ lines }) => lines).sort((a, b) => a - b)
  const p95 = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0
  const over = lengths.filter(({ lines }) => lines > 400).map(({ path, lines }) => `${path}: ${lines} lines`)
  return p95 > 300 ? [...over, `the 95th percentile is ${p95} lines`] : over
}

/** A component is a page as data, one attribute a line (decision 0018). */
const longest = (path: string): number => (path.endsWith('.tsx') ? 90 : 40)

/** Functions of the product that do not fit on a screen. A test's own may tell a long story. */
function longFunctions({ tree, parsed }: House): string[] {
  const found: string[] = []
  for (const [path, { program }] of parsed) {
    if (isTest(path) || /^(tests|drills)\//.test(path)) continue
    const text = tree[path] ?? ''
    const check = ({ start, end }: { start: number; end: number }) => {
      const [lines, at] = [linesOf(text.slice(start, end)), linesOf(text.slice(0, start))]
      if (lines > longest(path)) found.push(`${path}:${at}: a function of ${lines} lines`)
    }
    new Visitor({ FunctionDeclaration: check, FunctionExpression: check, ArrowFunctionExpression: check }).visit(
      program,
    )
  }
  return found
}

/** What a file uses that a browser lacks: `node:` imports, and Node's globals unless it asks `typeof` before. */
function nodeOnly(house: House, path: string): string[] {
  const used = new Set<string>()
  const guarded = new Set<string>()
  new Visitor({
    MemberExpression({ object }) {
      if (object.type === 'Identifier' && ['Buffer', 'process', 'global'].includes(object.name)) used.add(object.name)
    },
    UnaryExpression({ operator, argument }) {
      if (operator === 'typeof' && argument.type === 'Identifier') guarded.add(argument.name)
    },
  }).visit((house.parsed.get(path) as ParseResult).program)
  const loaded = house.imports.filter((one) => one.from === path && one.value && one.spec.startsWith('node:'))
  return [...loaded.map(({ spec }) => spec), ...[...used].filter((one) => !guarded.has(one))]
}

/** Every file that is loaded from `starts` along the imports that count, with the start it was reached from. */
function reachedFrom(house: House, starts: readonly string[], counts: (one: Import) => boolean): Map<string, string> {
  const loaded = Map.groupBy(house.imports.filter(counts), ({ from }) => from)
  const reached = new Map(starts.filter((path) => house.parsed.has(path)).map((path) => [path, path]))
  for (const [path, start] of reached) {
    for (const { to } of loaded.get(path) ?? [])
      if (to && house.parsed.has(to) && !reached.has(to)) reached.set(to, start)
  }
  return reached
}

/** The listed browser faces, with everything they load, however far. */
function inBrowser(house: House): string[] {
  const starts = house.packages.flatMap(({ name, dir, exports }) => {
    const wanted = browser[short(name)]
    if (!wanted) return []
    const all = Object.keys(exports).map((face) => face.slice(2))
    const missing = 'faces' in wanted ? wanted.faces.filter((one) => !all.some((face) => fits(one, face))) : []
    if (missing.length > 0) return missing.map((face) => `${dir}: no face ${face} for the browser`)
    const chosen = 'faces' in wanted ? wanted.faces : all.filter((one) => !wanted.allBut.includes(one))
    return all
      .filter((face) => !face.endsWith('.css'))
      .filter((face) => chosen.some((one) => fits(one, face)))
      .map((face) => join(dir, exports[`./${face}`] ?? ''))
  })
  const bad = [...reachedFrom(house, starts, ({ value }) => value)].flatMap(([path, start]) =>
    nodeOnly(house, path).map((what) => `${start} reaches ${path}, which needs ${what}`),
  )
  return [...starts.filter((path) => !house.parsed.has(path)), ...bad]
}

/** What the command line loads at every call, whatever the verb: nothing that only tests or benches need. */
const shipped = (house: House): string[] =>
  [...reachedFrom(house, ['apps/cli/main.ts'], ({ value, late }) => value && !late).keys()]
    .filter((path) => isTest(path) || /\/(bench|drills|tests)\//.test(path))
    .map((path) => `apps/cli/main.ts reaches ${path}`)

const SQL = /^\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP)\s/

/** Tests, and the root's own files, may look into a database behind the stores' back. */
function strayedSql(house: House): string[] {
  const found: string[] = []
  for (const [path, { program }] of house.parsed) {
    if (path.endsWith('.store.ts') || path === sqlPort || path.endsWith('.test.ts') || !owner(house, path)) continue
    const look = (text: unknown) => typeof text === 'string' && SQL.test(text) && found.push(`${path}: SQL text`)
    new Visitor({
      Literal: ({ value }) => void look(value),
      TemplateElement: ({ value }) => void look(value.raw),
    }).visit(program)
  }
  return found
}

function defaultExports({ parsed }: House): string[] {
  return [...parsed]
    .filter(([path]) => !path.endsWith('.d.ts'))
    .filter(([, { module }]) =>
      module.staticExports.some(({ entries }) => entries.some((e) => e.exportName.kind === 'Default')),
    )
    .map(([path]) => `${path}: a default export`)
}

const unread = ({ tree, packages }: House): string[] =>
  packages
    .filter(({ dir }) => dir.startsWith('packages/') && !(`${dir}/README.md` in tree))
    .map(({ dir }) => `${dir}: no README.md`)

function readHouse(): House {
  const cwd = import.meta.dirname
  const patterns = [
    '{packages,apps,tests,drills,bench}/**/*.{ts,tsx,css}',
    '*.ts',
    '{packages,apps}/*/{package.json,README.md}',
    'package.json',
  ]
  const paths = globSync(patterns, { cwd, exclude: (name) => /(^|\/)(node_modules|dist)$/.test(name) })
  return build(Object.fromEntries(paths.map((path) => [path, readFileSync(join(cwd, path), 'utf8')])))
}

const house = readHouse()

/** Two small packages in good order; `more` plants the fault. */
const sample = (more: Tree): House => {
  const manifest = (name: string, dependencies: object = {}) =>
    JSON.stringify({ name: `@salus/${name}`, exports: { './ids': './ids.ts' }, dependencies })
  return build({
    'package.json': '{ "devDependencies": { "fast-check": "1" } }',
    'packages/base/package.json': manifest('base'),
    'packages/base/README.md': '',
    'packages/base/ids.ts': 'export const id = 1\n',
    'packages/crypto/package.json': manifest('crypto', { '@salus/base': '1' }),
    'packages/crypto/README.md': '',
    'packages/crypto/ids.ts': "import { id } from '@salus/base/ids'\nexport const two = id\n",
    ...more,
  })
}

const [a, b, ids] = ['packages/base/a.ts', 'packages/base/b.ts', 'packages/base/ids.ts']
const exported = (exports: object) => ({
  'packages/base/package.json': JSON.stringify({ name: '@salus/base', exports }),
})

const testingFace = { ...exported({ './testing': './testing.ts' }), 'packages/base/testing.ts': '' }

/** Each check, with planted faults: a part of what it must say, and the files that make it say so. */
const checks: readonly [name: string, check: (house: House) => string[], ...planted: [said: string, Tree][]][] = [
  [
    'every import is on the map',
    offMap,
    ['a.ts: @salus/crypto/ids', { [a]: "import { two } from '@salus/crypto/ids'" }],
    ['a.ts: @salus/crypto/ids', { [a]: "import type { two } from '@salus/crypto/ids'" }],
    ['a.ts: @salus/crypto/ids', { [a]: "export { two } from '@salus/crypto/ids'" }],
    ['a.ts: @salus/crypto/ids', { [a]: "const late = await import('@salus/crypto/ids')" }],
    ['@salus/nowhere/ids', { [a]: "import '@salus/nowhere/ids'" }],
    [
      'packages/grants/slice.ts: @salus/directory/device/link',
      {
        'packages/grants/package.json': '{ "name": "@salus/grants" }',
        'packages/grants/device.ts': "import '@salus/directory/device/link'",
        'packages/grants/slice.ts': "import '@salus/directory/device/link'",
      },
    ],
  ],
  [
    'a relative import stays in its package',
    leaving,
    ['../base/ids.ts leaves', { 'packages/crypto/a.ts': "import { id } from '../base/ids.ts'" }],
    ['tests/a.ts', { 'tests/a.ts': "import { id } from '../packages/base/ids.ts'" }],
  ],
  [
    'a package names in its package.json what it imports',
    undeclared,
    ['a.ts: zod', { [a]: "import { z } from 'zod/mini'" }],
    ['a.ts: fast-check', { [a]: "import fc from 'fast-check'" }],
    ['a.test.ts: zod', { 'packages/base/a.test.ts': "import fc from 'fast-check'\nimport { z } from 'zod'" }],
  ],
  [
    'faces are named one by one',
    faces,
    ['@salus/base/other is no face', { 'packages/crypto/a.ts': "import '@salus/base/other'" }],
    ['./* -> ./*.ts', exported({ './ids': './ids.ts', './*': './*.ts' })],
    ['./b -> ./b.ts', exported({ './ids': './ids.ts', './b': './b.ts' })],
  ],
  [
    'no file needs itself by a way round',
    cycle,
    ['ids.ts -> packages/base/b.ts -> ', { [ids]: "import './b.ts'", [b]: "import { type A } from './ids.ts'" }],
    ['ids.ts -> packages/base/b.ts -> ', { [ids]: "import './b.ts'", [b]: "import type { A } from './ids.ts'" }],
  ],
  [
    'files are 300 lines at the 95th percentile, 400 at most',
    tooLong,
    ['a.ts: 401 lines', { [a]: '//\n'.repeat(401) }],
    ['percentile is 301 lines', { [a]: '//\n'.repeat(301) }],
  ],
  [
    'functions are 40 lines at most',
    longFunctions,
    ['a.ts:1: a function of 41 lines', { [a]: `function a() {${'\n'.repeat(40)}}\n` }],
    ['a.tsx:1: a function of 91 lines', { [`${a}x`]: `function a() {${'\n'.repeat(90)}}\n` }],
    ['a.ts:2: a function of 41 lines', { [a]: `\nexport const a = () => {${'\n'.repeat(40)}}\n` }],
  ],
  [
    'what runs in a browser needs nothing of Node',
    inBrowser,
    ['b.ts, which needs node:fs', { [ids]: "import './b.ts'", [b]: "import 'node:fs'" }],
    ['needs Buffer', { [ids]: 'export const bytes = Buffer.alloc(2)' }],
    ['needs process', { [ids]: "export const home = typeof Buffer === 'function' && process.env.HOME" }],
    ['no face contract', { 'packages/ledger/package.json': '{ "name": "@salus/ledger" }' }],
  ],
  [
    'the command line loads no tests and no benches before they are asked for',
    shipped,
    [
      'main.ts reaches apps/cli/bench/a.ts',
      {
        'apps/cli/main.ts': "import './verbs.ts'\nconst late = await import('./bench/late.ts')",
        'apps/cli/verbs.ts': "import './bench/a.ts'",
        'apps/cli/bench/a.ts': '',
        'apps/cli/bench/late.ts': '',
      },
    ],
    ['reaches packages/base/testing.ts', { 'apps/cli/main.ts': "import '@salus/base/testing'", ...testingFace }],
  ],
  [
    'SQL stands in stores only',
    strayedSql,
    ['a.ts: SQL', { [a]: "export const q = 'SELECT 1'" }],
    ['a.ts: SQL', { [a]: 'export const q = `\n  CREATE TABLE t (a)`' }],
  ],
  ['nothing is exported as default', defaultExports, ['a.ts: a default', { [a]: 'export default 1' }]],
  ['every package has a README', unread, ['packages/ui', { 'packages/ui/package.json': '{ "name": "@salus/ui" }' }]],
]

test('default: the whole tree is read, and every package stands on the map', () => {
  assert.ok(house.packages.length >= 11 && house.parsed.size > 150 && house.imports.length > 500)
  assert.ok([...house.parsed.values()].every(({ errors }) => errors.length === 0))
  assert.deepEqual(Object.keys(map).sort(), house.packages.map(({ name }) => short(name)).sort())
})

for (const [name, check, ...planted] of checks) {
  test(name, () => assert.deepEqual(check(house), []))
  test(`error: a planted fault is seen: ${name}`, () => {
    assert.deepEqual(check(sample({})), [])
    for (const [said, tree] of planted) {
      const found = check(sample(tree))
      assert.ok(found[0]?.includes(said), `${said}: ${found.join('; ')}`)
    }
  })
}
