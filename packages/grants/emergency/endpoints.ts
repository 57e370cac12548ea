/** The endpoints of emergency access, as data. Patients need none: their device folds its own chain. */
import type { Endpoint } from '@salus/base/endpoint'
import { field, z } from '@salus/base/schema'
import { journalEndpoints } from '@salus/journal/contract'
import { findings, glassReasons } from './contract.ts'

/** Broken glass as people of the asker's organisation see it; the statement itself comes along, to be checked. */
export const glassView = z.strictObject({
  glass: field.statementId,
  patient: field.handle,
  asker: field.handle,
  reason: z.enum(glassReasons),
  at: field.time,
  until: field.time,
  statement: z.string(),
  /** Who signed second. */
  second: z.string().nullable(),
  /** What is read under, once the keeper has released. */
  release: field.grantId.nullable(),
  ended: z.boolean(),
  found: z.enum(findings).nullable(),
})
export type GlassView = z.infer<typeof glassView>

const params = z.strictObject({ glass: field.statementId })

/** One row an endpoint: router, client, OpenAPI and the authorisation test read it. */
export const emergencyEndpoints = {
  glass: {
    name: 'emergency.glass',
    method: 'GET',
    path: '/emergencies/:glass',
    allow: { professional: 'any', desk: 'any' },
    params,
    output: glassView,
    summary: "Broken glass of the caller's own organisation: to second it, or to see whether it was released.",
  },
  reviews: {
    name: 'emergency.reviews',
    method: 'GET',
    path: '/emergencies',
    allow: { desk: 'any' },
    output: z.strictObject({ emergencies: z.array(glassView.extend({ text: z.string().nullable() })) }),
    summary: "Glass broken by the caller's own organisation, newest first, with the text sealed for the review.",
  },
  waiting: {
    name: 'emergency.waiting',
    method: 'GET',
    path: '/keeper/waiting',
    allow: { professional: 'any' },
    output: z.strictObject({ waiting: z.array(z.strictObject({ glass: field.statementId, patient: field.handle })) }),
    summary: 'For an emergency keeper: seconded glass of its organisation that it has not answered.',
  },
  chain: {
    name: 'emergency.chain',
    method: 'GET',
    path: '/keeper/:glass/chain',
    allow: { professional: 'any' },
    params,
    query: journalEndpoints.chain.query,
    output: journalEndpoints.chain.output,
    summary: "For the keeper that is to answer: the patient's chain, with the proof that the log holds it.",
  },
  packets: {
    name: 'emergency.packets',
    method: 'GET',
    path: '/keeper/:glass/packets',
    allow: { professional: 'any' },
    params,
    output: z.strictObject({ packets: z.array(z.string()) }),
    summary: 'For the keeper that is to answer: its own packets of that patient, of epochs that have begun.',
  },
} as const satisfies Record<string, Endpoint>
