/** The endpoints of links, as data. Sharing and ending are statements: they go the one way in. */
import type { Endpoint } from '@salus/base/endpoint'
import { field, z } from '@salus/base/schema'
import { shownWords } from '@salus/directory/name'

/** How a link stands; `used`: opened as often as it may be, `locked`: closed by wrong passcodes. */
export const linkStates = ['open', 'ended', 'expired', 'locked', 'used'] as const

const linkView = z.strictObject({
  id: field.statementId,
  at: field.time,
  until: field.time,
  categories: z.array(field.category),
  passcode: z.boolean(),
  state: z.enum(linkStates),
  /** Wrong passcodes so far. */
  wrong: z.int(),
  /** Openings so far, and at most. */
  opens: z.int(),
  most: z.int().nullable(),
  /** The newest openings: when, and what the opener wrote of itself. The node's word: nobody has signed it. */
  opened: z.array(z.strictObject({ at: field.time, recipient: z.string() })),
})
export type LinkView = z.infer<typeof linkView>

const part = z.string().regex(/^[A-Za-z0-9_-]{43}$/)

/** One row an endpoint: router, client, OpenAPI and the authorisation test read it. */
export const linkEndpoints = {
  mine: {
    name: 'links.mine',
    method: 'GET',
    path: '/links',
    allow: { patient: 'any' },
    output: z.strictObject({ links: z.array(linkView) }),
    summary: "The caller's own links, the newest first: how each stands, and who opened it by the node's word.",
  },
  /** The address in a SMART Health Link: its random part is the one identifier of somebody's that stands in a path. */
  manifest: {
    name: 'links.manifest',
    method: 'POST',
    path: '/shl/:link',
    allow: { anonymous: 'any' },
    origins: 'any',
    params: z.strictObject({ link: part }),
    // Members of later versions are let by, as the specification asks.
    input: z.object({
      // The patient reads it as a name: it must not pass for anything else.
      recipient: shownWords(200),
      passcode: z.string().max(200).optional(),
      embeddedLengthMax: z.number().min(0).optional(),
    }),
    output: z.strictObject({
      files: z.array(
        z.strictObject({
          contentType: z.literal('application/fhir+json'),
          fhirVersion: z.literal('4.0.1'),
          embedded: z.string().optional(),
          location: z.string().optional(),
        }),
      ),
    }),
    summary:
      'SMART Health Links manifest: the sealed file, against a recipient in words and the passcode if there is one.',
  },
  file: {
    name: 'links.file',
    method: 'GET',
    path: '/shl/files/:ticket',
    allow: { anonymous: 'any' },
    origins: 'any',
    params: z.strictObject({ ticket: part }),
    media: 'application/jose',
    output: z.string(),
    summary: 'A file that its manifest did not embed: once, within five minutes.',
  },
} as const satisfies Record<string, Endpoint>
