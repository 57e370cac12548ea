/** What an analysis says of itself: its name, what it takes, what it answers. Signed and digested together with its code. */
import { AppError } from '@salus/base/errors'
import { parseWith, z } from '@salus/base/schema'

export type AnalysisCode =
  | 'analysis-unknown'
  | 'analysis-changed'
  | 'analysis-params-invalid'
  | 'analysis-output-invalid'

const line = z
  .string()
  .min(1)
  .max(120)
  .regex(/^[^\p{Cc}\p{Cf}]*$/u)
const title = z.strictObject({ en: line, fr: line })
/** A pattern of an author's own could take years on a long word: none is taken. */
const hasPattern = (value: unknown): boolean =>
  value !== null &&
  typeof value === 'object' &&
  Object.entries(value).some(([key, one]) => key === 'pattern' || key === 'patternProperties' || hasPattern(one))
const jsonSchema = z.record(z.string(), z.json()).refine((schema) => !hasPattern(schema))

export const manifestSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{1,30}$/),
  version: z.int().min(1).max(9999),
  /** The runtime's interface the code was made for. */
  abi: z.literal(1),
  title,
  params: jsonSchema,
  output: jsonSchema,
  /** How a result may be shown: names the pages and the CLI know. */
  views: z.array(z.enum(['forest', 'factors', 'roc', 'calibration', 'hospitals', 'summary', 'counts'])).max(8),
})

export type Manifest = z.infer<typeof manifestSchema>

/** Reads a manifest's bytes. Error: `schema-mismatch`, `json-*`. */
export const parseManifest = (bytes: Uint8Array): Manifest => parseWith(manifestSchema, bytes)

const compiled = new WeakMap<object, z.ZodType>()

/** The schema of a manifest as a check; made once. */
function checkOf(schema: Manifest['params']): z.ZodType {
  const made = compiled.get(schema) ?? z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])
  compiled.set(schema, made)
  return made
}

function check(schema: Manifest['params'], value: unknown, code: AnalysisCode): void {
  const result = checkOf(schema).safeParse(value)
  if (!result.success) throw new AppError(code, { at: result.error.issues[0]?.path.join('.') || '(top)' })
}

/** Refuses parameters outside of the manifest's schema: `analysis-params-invalid`, naming the place and never the value. */
export const checkParams = (manifest: Manifest, params: unknown): void =>
  check(manifest.params, params, 'analysis-params-invalid')

/** Refuses an answer outside of the manifest's schema: `analysis-output-invalid`. */
export const checkOutput = (manifest: Manifest, output: unknown): void =>
  check(manifest.output, output, 'analysis-output-invalid')
