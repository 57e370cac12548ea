/** fhir.import: files in, deposits out, over HTTP; what the importer's and the node's memory do meanwhile. */
import { spawn } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sharedFolder } from '@salus/base/testing'
import type { SourceResource } from '@salus/fhir/contract'
import { readFhirFile } from '@salus/fhir/file'
import { createValidator, type Validator } from '@salus/fhir/validate'
import { openDeskStore } from '../desk.store.ts'
import { importResources } from '../import.ts'
import { type BenchLine, elapsed, line, rate, roundsOf, type Scale, sized } from './line.ts'
import { type BenchNode, startBenchNode } from './world.ts'

const MEGABYTE = 1024 * 1024
/** What the node may take, megabytes. */
const NODE_MEMORY = 200
const MAIN = join(import.meta.dirname, '../main.ts')
/** Says at the end of a process what it took at most (kilobytes): works on every system, needs nothing of the process itself. */
const TELL_PEAK =
  "data:text/javascript,process.on('exit',()=>process.stderr.write('\\npeak '+process.resourceUsage().maxRSS+'\\n'))"

/** The sample patients' files, in order; a few at tiny scale. */
async function samples(scale: Scale): Promise<string[]> {
  const folder = sharedFolder('vectors/synthea') ?? ''
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json.gz')).sort()
  return names.slice(0, sized(scale, 23, 1)).map((name) => join(folder, name))
}

async function resourcesIn(files: readonly string[]): Promise<SourceResource[]> {
  const all: SourceResource[] = []
  for (const file of files) for await (const one of readFhirFile(file)) all.push(one)
  return all
}

/** Everything in `files` as somebody new: a desk's store of its own knows nobody. */
async function importAll(node: BenchNode, store: string, files: readonly string[], check: Validator): Promise<void> {
  const at = { ...node.desk, store }
  const kept = openDeskStore(at)
  try {
    const validate = (source: SourceResource) => check(source.resource)
    for (const file of files)
      await importResources({ at, store: kept, validate, progress: () => {} }, readFhirFile(file))
  } finally {
    await kept.close()
  }
}

/** One patient and `count` measurements, one a line. */
async function linesFile(path: string, count: number): Promise<string> {
  const id = `bench-${count}`
  const patient = { resourceType: 'Patient', id, name: [{ family: 'Bench', given: ['Sample'] }] }
  const lines = Array.from({ length: count }, (_, i) => ({
    ...{ resourceType: 'Observation', id: `${id}-${i}`, status: 'final', subject: { reference: `Patient/${id}` } },
    code: { text: 'sample' },
    valueString: 'sample '.repeat(100),
  }))
  await writeFile(path, [patient, ...lines].map((one) => `${JSON.stringify(one)}\n`).join(''))
  return path
}

/** Megabytes that `salus import FILE` takes at most, in a process of its own. */
async function importerPeak(node: BenchNode, file: string): Promise<number> {
  const flags = ['--disable-warning=ExperimentalWarning', '--import', TELL_PEAK]
  const words = ['import', file, '--device', join(node.dir, 'desk')]
  const child = spawn(process.execPath, [...flags, MAIN, ...words], { stdio: ['ignore', 'ignore', 'pipe'] })
  let told = ''
  child.stderr.on('data', (part) => {
    told = `${told}${part}`.slice(-4_000)
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  const peak = /\npeak (\d+)\n/.exec(told)?.[1]
  if (code !== 0 || peak === undefined) throw new Error(`the import failed: ${told}`)
  return Number(peak) / 1024
}

async function speed(node: BenchNode, scale: Scale): Promise<BenchLine> {
  const validate = await createValidator()
  const files = await samples(scale)
  const resources = await resourcesIn(files)
  const imported: number[] = []
  const limit: number[] = []
  await mkdir(join(node.dir, 'stores'), { recursive: true })
  for (let round = 0; round < roundsOf(scale); round++) {
    const alone = await elapsed(async () => {
      for (const { resource } of resources) validate(resource)
    })
    limit.push(resources.length / (alone / 1000))
    const store = join(node.dir, 'stores', `${round}.db`)
    imported.push(await rate(resources.length, () => importAll(node, store, files, validate)))
  }
  return line('fhir.import', `resources/s, ${files.length} Synthea patients`, imported, limit)
}

/** Peaks for a file and for one eight times as long: flat when the ratio is near one. */
async function memory(node: BenchNode, scale: Scale): Promise<BenchLine> {
  const count = sized(scale, 1_000, 5)
  const small = await linesFile(join(node.dir, 'small.ndjson'), count)
  const large = await linesFile(join(node.dir, 'large.ndjson'), 8 * count)
  const peaks: number[] = []
  const limit: number[] = []
  for (let round = 0; round < roundsOf(scale); round++) {
    limit.push(await importerPeak(node, small))
    peaks.push(await importerPeak(node, large))
  }
  return line('fhir.import.importer', `MB at most for ${8 * count} lines, beside ${count} lines`, peaks, limit)
}

/** Resources per second beside the validator alone; then the importer's memory, and the node's over all of it. */
export async function benchImport(scale: Scale): Promise<BenchLine[]> {
  const node = await startBenchNode()
  try {
    const lines = [await speed(node, scale), await memory(node, scale)]
    const { peak } = await node.usage()
    lines.push(line('fhir.import.node', 'MB at most over these imports', [peak / MEGABYTE], [NODE_MEMORY]))
    return lines
  } finally {
    await node.stop()
  }
}
