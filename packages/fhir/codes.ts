/** The closed code lists of R4: which codes a required binding allows (R4 §4.1.5), out of HL7's own value sets. */

type Concept = { readonly code: string; readonly concept?: readonly Concept[] }
type CodeSystem = { resourceType: 'CodeSystem'; url: string; content?: string; concept?: readonly Concept[] }
type Include = { system?: string; concept?: readonly Concept[]; filter?: unknown; valueSet?: unknown }
type ValueSet = { resourceType: 'ValueSet'; url: string; compose?: { include?: readonly Include[]; exclude?: unknown } }

/** A bundle of definitions as HL7 ships them. */
export type Definitions = { readonly entry: readonly { readonly resource: { readonly resourceType: string } }[] }

/** Value set URL (a `|version` is ignored) -> its codes; undefined where the list is open (MIME types, currencies). */
export type CodeLists = (valueSet: string) => ReadonlySet<string> | undefined

/** Reads the value sets once; each list is worked out when first asked for. */
export function createCodeLists(...bundles: readonly Definitions[]): CodeLists {
  const all = bundles.flatMap(({ entry }) => entry.map(({ resource }) => resource)) as (CodeSystem | ValueSet)[]
  const systems = new Map(all.filter((one) => one.resourceType === 'CodeSystem').map((one) => [one.url, one]))
  const sets = new Map(all.filter((one) => one.resourceType === 'ValueSet').map((one) => [one.url, one]))
  const lists = new Map<string, ReadonlySet<string> | undefined>()
  return (valueSet) => {
    const url = valueSet.split('|')[0] as string
    if (!lists.has(url)) lists.set(url, listOf(sets.get(url), systems))
    return lists.get(url)
  }
}

/** Anything that cannot be listed completely gives undefined: a code is refused only when it is surely wrong. */
function listOf(set: ValueSet | undefined, systems: ReadonlyMap<string, CodeSystem>): ReadonlySet<string> | undefined {
  if (!set?.compose?.include || set.compose.exclude) return undefined
  const codes = new Set<string>()
  for (const { system, concept, filter, valueSet } of set.compose.include) {
    if (filter || valueSet) return undefined
    const source = system === undefined ? undefined : systems.get(system)
    const concepts = concept ?? (source?.content === 'complete' ? source.concept : undefined)
    if (!concepts) return undefined
    for (const code of flatten(concepts)) codes.add(code)
  }
  return codes
}

const flatten = (concepts: readonly Concept[]): string[] =>
  concepts.flatMap(({ code, concept }) => [code, ...(concept ? flatten(concept) : [])])
