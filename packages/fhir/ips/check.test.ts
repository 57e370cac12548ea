import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Json } from '@salus/base/json'
import { needsShared, sharedFolder } from '@salus/base/testing'
import fc from 'fast-check'
import { checkIps, type IpsFault } from './check.ts'
import { type JsonObject, objectOf, objectsOf, textOf } from './json.ts'
import { sectionOf } from './sections.ts'

/** Published summaries: the four of the IPS 1.1.0 package, and the one with all sections of 2.0. */
function examples(): [string, JsonObject][] {
  const folder = sharedFolder('vectors/ips') as string
  const four = readdirSync(join(folder, 'examples')).filter((name) => name.startsWith('Bundle-'))
  assert.equal(four.length, 4)
  const paths = [...four.map((name) => join('examples', name)), 'Bundle-bundle-ips-all-sections.json']
  return paths.map((path) => [path, JSON.parse(readFileSync(join(folder, path), 'utf8'))])
}

const copy = (bundle: JsonObject): JsonObject => structuredClone(bundle)
const entriesOf = (bundle: JsonObject) => bundle.entry as JsonObject[]
const compositionOf = (bundle: JsonObject) => entriesOf(bundle)[0]?.resource as JsonObject
const sectionsOf = (bundle: JsonObject) => compositionOf(bundle).section as JsonObject[]

type Mutation = { readonly name: string; readonly expected: IpsFault; readonly change: (bundle: JsonObject) => void }

const put = (holder: JsonObject, element: string, value: Json): void => void Object.assign(holder, { [element]: value })

/** An element gone. */
const drop = (name: string, expected: IpsFault, from: (b: JsonObject) => JsonObject | undefined, element: string) => ({
  name: `no ${element}: ${name}`,
  expected,
  change: (b: JsonObject) => void delete from(b)?.[element],
})

/** Mutations of the bundle and its composition: each element that IPS demands, gone, doubled or in the wrong place. */
function ofBundle(bundle: JsonObject): Mutation[] {
  const patient = (b: JsonObject) => entriesOf(b).findIndex((e) => objectOf(e.resource)?.resourceType === 'Patient')
  const composition = (element: string, expected: IpsFault = 'missing') =>
    drop('composition', expected, compositionOf, element)
  return [
    { name: 'a collection', expected: 'not-a-document', change: (b) => put(b, 'type', 'collection') },
    { name: 'no bundle', expected: 'not-a-document', change: (b) => put(b, 'resourceType', 'List') },
    drop('bundle', 'missing', (b) => b, 'identifier'),
    drop('bundle', 'missing', (b) => b, 'timestamp'),
    drop('bundle', 'composition-first', (b) => b, 'entry'),
    { name: 'composition second', expected: 'composition-first', change: (b) => void swap(entriesOf(b)) },
    {
      name: 'two compositions',
      expected: 'composition-twice',
      change: (b) => void entriesOf(b).push({ ...copy(entriesOf(b)[0] as JsonObject), fullUrl: 'urn:uuid:second' }),
    },
    { name: 'no patient', expected: 'patient-count', change: (b) => void entriesOf(b).splice(patient(b), 1) },
    {
      name: 'two patients',
      expected: 'patient-count',
      change: (b) =>
        void entriesOf(b).push({ fullUrl: 'urn:uuid:other', resource: { resourceType: 'Patient', id: 'o' } }),
    },
    ...['status', 'date', 'title', 'author'].map((element) => composition(element)),
    composition('type', 'wrong-code'),
    composition('subject', 'subject'),
    composition('text', 'no-text'),
    composition('section', 'section-missing'),
    ...entriesOf(bundle).flatMap((_, i) => ofEntry(bundle, i)),
  ]
}

const swap = (entries: JsonObject[]) => entries.splice(0, 2, entries[1] as JsonObject, entries[0] as JsonObject)

/** Mutations of one entry: its address, and, where something leads to it, its absence. */
function ofEntry(bundle: JsonObject, i: number): Mutation[] {
  const entry = entriesOf(bundle)[i] as JsonObject
  const { resourceType, id } = entry.resource as JsonObject
  const at = (b: JsonObject) => entriesOf(b)[i] as JsonObject
  const others = JSON.stringify(entriesOf(bundle).filter((one) => one !== entry))
  const led = [entry.fullUrl, `${resourceType}/${id}`].some((one) => others.includes(`"reference":"${one}"`))
  const gone = {
    name: `no entry ${i}`,
    expected: 'dangling',
    change: (b: JsonObject) => void entriesOf(b).splice(i, 1),
  }
  return [
    drop(`entry ${i}`, 'full-url', at, 'fullUrl'),
    {
      name: `address twice ${i}`,
      expected: 'full-url',
      change: (b) => put(at(b), 'fullUrl', entriesOf(b).at(i - 1)?.fullUrl ?? ''),
    },
    drop(`entry ${i}`, i === 0 ? 'composition-first' : 'missing', at, 'resource'),
    ...(led ? [gone as Mutation] : []),
  ]
}

/** Mutations of each section in turn. */
function ofSection(section: JsonObject, i: number): Mutation[] {
  const at = (b: JsonObject) => sectionsOf(b)[i] as JsonObject
  const code = textOf(objectsOf((section.code as JsonObject).coding)[0]?.code)
  const required = sectionOf(code)?.required === true
  const set = (name: string, expected: IpsFault, element: string, value: Json): Mutation => ({
    name: `${name}: section ${i}`,
    expected,
    change: (b) => put(at(b), element, value),
  })
  const coded = (system: string, value: string) => ({ coding: [{ system, code: value }] })
  const xhtml = (inner: string) => ({
    status: 'generated',
    div: `<div xmlns="http://www.w3.org/1999/xhtml">${inner}</div>`,
  })
  const filled = objectsOf(section.entry).length > 0
  const faults = [
    drop(`section ${i}`, 'missing', at, 'title'),
    drop(`section ${i}`, 'wrong-code', at, 'code'),
    drop(`section ${i}`, 'no-text', at, 'text'),
    set('another code', 'wrong-code', 'code', coded('http://loinc.org', '11369-0')),
    set('another system', 'wrong-code', 'code', coded('http://snomed.info/sct', code)),
    set('silent text', 'no-text', 'text', xhtml('<p> </p>')),
    set('empty text', 'no-text', 'text', { ...xhtml('x'), status: 'empty' }),
    set('text that acts', 'no-text', 'text', xhtml('<script>x</script>')),
    set('broken text', 'no-text', 'text', xhtml('<p>x')),
    set('a section inside', 'section-nested', 'section', [{ title: 'x' }]),
    set('an entry that leads nowhere', 'dangling', 'entry', [{ reference: 'Condition/nobody' }]),
    set('an entry without reference', 'dangling', 'entry', [{ display: 'x' }]),
    {
      name: `twice: section ${i}`,
      expected: 'section-twice',
      change: (b: JsonObject) => void sectionsOf(b).push(at(b)),
    },
    set('emptied', 'section-empty', 'entry', []),
    set('a reason beside entries', 'section-empty', 'emptyReason', coded('x', 'withheld')),
    {
      name: `gone: section ${i}`,
      expected: 'section-missing',
      change: (b: JsonObject) => void sectionsOf(b).splice(i, 1),
    },
  ] as Mutation[]
  const typed = sectionOf(code)?.types !== 'any'
  const wrongType: Mutation = {
    name: `a patient as entry: section ${i}`,
    expected: 'entry-type',
    change: (b) => put(at(b), 'entry', [compositionOf(b).subject as Json]),
  }
  const demanding = new Set(['emptied', 'gone'])
  return [...faults, ...(typed ? [wrongType] : [])].filter(({ name }) => {
    const kind = name.split(':')[0] as string
    return (required || !demanding.has(kind)) && (filled || kind !== 'a reason beside entries')
  })
}

test('F18 the published summaries are accepted', needsShared('vectors/ips'), () => {
  for (const [name, bundle] of examples()) assert.deepEqual(checkIps(bundle), [], name)
})

test('F18 every mutation of them is refused, for what is wrong with it', needsShared('vectors/ips'), () => {
  let refused = 0
  for (const [name, bundle] of examples()) {
    const mutations = [...ofBundle(bundle), ...sectionsOf(bundle).flatMap(ofSection)]
    for (const { name: kind, expected, change } of mutations) {
      const mutant = copy(bundle)
      change(mutant)
      const faults = checkIps(mutant).map(({ fault }) => fault)
      assert.ok(faults.includes(expected), `${name}: ${kind}: ${faults.join()}`)
      refused++
    }
  }
  assert.ok(refused > 900, `${refused} mutations`)
})

test('F18 an entry about another patient is refused', needsShared('vectors/ips'), () => {
  for (const [name, bundle] of examples()) {
    const mutant = copy(bundle)
    const condition = entriesOf(mutant).find((one) => objectOf(one.resource)?.resourceType === 'Condition')
    const resource = condition?.resource as JsonObject
    resource.subject = { reference: entriesOf(mutant).at(-1)?.fullUrl ?? '' }
    assert.ok(
      checkIps(mutant).some(({ fault }) => fault === 'entry-of-another'),
      name,
    )
  }
})

test('F18 every literal reference that is bent is found', needsShared('vectors/ips'), () => {
  for (const [name, bundle] of examples()) {
    const source = JSON.stringify(bundle)
    const places = [...source.matchAll(/"reference":"(?!#|https?:)/g)].map((one) => one.index)
    assert.ok(places.length > 10)
    for (const at of places) {
      const bent = `${source.slice(0, at)}"reference":"Nowhere/${source.slice(at + '"reference":"'.length)}`
      assert.ok(checkIps(JSON.parse(bent)).length > 0, `${name} at ${at}`)
    }
  }
})

test('F18 any JSON is judged, none makes the checker fail', needsShared('vectors/ips'), () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => assert.ok(checkIps(value as Json).length > 0)))
  const [, bundle] = examples()[0] as [string, JsonObject]
  const junk = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>
  fc.assert(
    fc.property(junk, fc.constantFrom('entry', 'identifier', 'type'), junk, (value, element, section) => {
      const mutant = copy(bundle)
      mutant[element] = value
      assert.ok(Array.isArray(checkIps(mutant)))
      const other = copy(bundle)
      compositionOf(other).section = [section]
      assert.ok(checkIps(other).length > 0)
    }),
  )
})
