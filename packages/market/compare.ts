/** Two results side by side. A likelihood ratio is said only where one model truly lies within the other, on the same data. */
import type { Json } from '@salus/base/json'
import type { Answer } from '@salus/enclave/task/result'
import { compareFits, type Fitted } from './fitted.ts'

/** A result with what it was asked. */
export type Told = { readonly model: Fitted } & Pick<Answer, 'params' | 'deal'>

type Params = { readonly [key: string]: Json | undefined }

/** One text for what means the same: names in order, nothing for what is not there. */
function sameText(value: Json | undefined): string {
  if (Array.isArray(value)) return `[${value.map((one) => sameText(one as Json)).join()}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value ?? null)
  const all = Object.entries(value as Params).filter(([, one]) => one !== undefined)
  const parts = all.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => `${JSON.stringify(key)}:${sameText(one)}`)
  return `{${parts.join()}}`
}

const fallback: Params = { filter: [], firth: 'auto', missing: 'complete', ranges: {}, withoutSites: [] }

/** What has to be the same besides the terms: whose rows, which outcome, how they count. */
const frame = ({ terms: _, site: __, only: ___, ...rest }: Params): string => sameText({ ...fallback, ...rest } as Json)

const termsOf = ({ terms }: Params): string[] => (Array.isArray(terms) ? terms.map((one) => sameText(one as Json)) : [])

/** Does `small` ask for less of the very same? */
function isWithin(small: Told, large: Told): boolean {
  const [a, b] = [small.params, large.params] as unknown as [Params, Params]
  const versions = ({ deal }: Told) => deal.legs.map(({ data }) => data).sort()
  const likely = [small, large].every(
    ({ model }) => model.method === undefined || model.method === 'maximum-likelihood',
  )
  const sites = (a.site ?? 'none') === (b.site ?? 'none') || (a.site ?? 'none') === 'none'
  const all = new Set(termsOf(b))
  const same = frame(a) === frame(b) && versions(small).join() === versions(large).join()
  return likely && sites && same && termsOf(a).every((one) => all.has(one))
}

/** How far a ratio may be off because both likelihoods came rounded to four digits; nothing where all data is public. */
function roundingOf({ model, deal }: Told): number {
  if (deal.legs.every((leg) => leg.public) || model.fit.logLik === 0) return 0
  return 10 ** (Math.floor(Math.log10(Math.abs(model.fit.logLik))) - 3)
}

/** What `b` says more than `a`. `about`: the ratio may be off by this much, where it was rounded. `simulated`: one of the machines was. */
export function compareAnswers(a: Told, b: Told) {
  const simulated = [a, b].some(({ deal }) => deal.kind === 'simulated')
  const found = { ...compareFits(a.model, b.model), simulated }
  const [small, large] = a.model.parameters <= b.model.parameters ? [a, b] : [b, a]
  if (!found.nested || !isWithin(small, large))
    return { ...found, nested: false, lr: null, df: null, p: null, about: 0 }
  return { ...found, about: roundingOf(a) + roundingOf(b) }
}
