/**
 * TCB info (version 3) and QE identity (version 2): JSON that Intel signs as its exact letters. The signed letters are
 * cut out of the response and never written again.
 */
import { verify } from 'node:crypto'
import { fromHex, utf8 } from '@salus/base/bytes'
import { parseWith, z } from '@salus/base/schema'
import { advisory, type EvidenceCode, tcbStatus } from './contract.ts'
import { createKept } from './keep.ts'
import { orRefuse, refuse } from './refuse.ts'
import { type Certificate, fingerprintOf } from './x509.ts'

const seconds = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  .transform((text) => Date.parse(text) / 1000)
  .refine(Number.isFinite)
const hexOf = (bytes: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-fA-F]{${bytes * 2}}$`))
    .transform((text) => text.toLowerCase())
const svn = z.int().min(0).max(255)
const advisories = z.array(advisory).max(256).default([])
/** Exactly sixteen: a shorter list would compare fewer components and so accept more. */
const components = z.array(z.object({ svn }).transform((one) => one.svn)).length(16)

const platformLevel = z.object({
  tcb: z.object({
    sgxtcbcomponents: components,
    tdxtcbcomponents: components.optional(),
    pcesvn: z.int().min(0).max(65_535),
  }),
  tcbStatus,
  advisoryIDs: advisories,
})
/** Levels of a signed module or enclave know three words only. */
const moduleLevel = z.object({
  tcb: z.object({ isvsvn: z.int().min(0).max(65_535) }),
  tcbStatus: tcbStatus.extract(['UpToDate', 'OutOfDate', 'Revoked']),
  advisoryIDs: advisories,
})
const seamModule = z.object({ mrsigner: hexOf(48), attributes: hexOf(8), attributesMask: hexOf(8) })
const dated = { issueDate: seconds, nextUpdate: seconds, tcbEvaluationDataNumber: z.int().min(0) }

const tcbInfoSchema = z.object({
  id: z.enum(['SGX', 'TDX']),
  version: z.literal(3),
  ...dated,
  fmspc: hexOf(6),
  pceId: hexOf(2),
  tcbType: z.literal(0),
  tdxModule: seamModule.optional(),
  tdxModuleIdentities: z
    .array(seamModule.extend({ id: z.string().regex(/^TDX_[0-9A-F]{2}$/), tcbLevels: z.array(moduleLevel).min(1) }))
    .optional(),
  tcbLevels: z.array(platformLevel).min(1).max(256),
})
const qeIdentitySchema = z.object({
  id: z.enum(['QE', 'TD_QE']),
  version: z.literal(2),
  ...dated,
  miscselect: hexOf(4),
  miscselectMask: hexOf(4),
  attributes: hexOf(16),
  attributesMask: hexOf(16),
  mrsigner: hexOf(32),
  isvprodid: z.int().min(0).max(65_535),
  tcbLevels: z.array(moduleLevel).min(1).max(256),
})
export type TcbInfo = z.infer<typeof tcbInfoSchema>
export type QeIdentity = z.infer<typeof qeIdentitySchema>
export type PlatformLevel = z.infer<typeof platformLevel>
export type ModuleLevel = z.infer<typeof moduleLevel>
export type SeamModule = z.infer<typeof seamModule>

type Signed<Body> = { readonly body: Body; readonly covered: Uint8Array; readonly signature: Uint8Array }

const tcbInfos = createKept<Signed<TcbInfo>>(32)
const qeIdentities = createKept<Signed<QeIdentity>>(32)
const signed = createKept<boolean>(64)

/** E3 TCB info that `signer` signed. */
export const readTcbInfo = (text: string, signer: Certificate): TcbInfo =>
  read(text, signer, { key: 'tcbInfo', schema: tcbInfoSchema, kept: tcbInfos, code: 'tcb-info-invalid' })

/** E3 The quoting enclave's identity that `signer` signed. */
export const readQeIdentity = (text: string, signer: Certificate): QeIdentity =>
  read(text, signer, {
    key: 'enclaveIdentity',
    schema: qeIdentitySchema,
    kept: qeIdentities,
    code: 'qe-identity-invalid',
  })

type Reading<Body> = {
  key: 'tcbInfo' | 'enclaveIdentity'
  schema: z.ZodType<Body>
  kept: ReturnType<typeof createKept<Signed<Body>>>
  code: EvidenceCode
}

function read<Body>(text: string, signer: Certificate, { key, schema, kept, code }: Reading<Body>): Body {
  const one = orRefuse(code, () => kept.get(text, () => cut(text, key, schema)))
  const holds = signed.get(fingerprintOf(text) + signer.fingerprint, () => verifies(one, signer))
  return holds ? one.body : refuse(code)
}

/** The response is `{"key":BODY,"signature":"HEX"}` and nothing else; BODY is strict JSON without a key twice. */
function cut<Body>(text: string, key: string, schema: z.ZodType<Body>): Signed<Body> {
  const [head, tail] = [`{"${key}":`, text.length - TAIL_LENGTH]
  const end = TAIL.exec(text.slice(tail))
  if (!text.startsWith(head) || !end) throw new RangeError('response')
  const body = text.slice(head.length, tail)
  return { body: parseWith(schema, body), covered: utf8(body), signature: fromHex(end[1]!) }
}
const TAIL = /^,"signature":"([0-9a-f]{128})"\}$/
const TAIL_LENGTH = ',"signature":""}'.length + 128

function verifies({ covered, signature }: Signed<unknown>, signer: Certificate): boolean {
  try {
    return verify('sha256', covered, { key: signer.publicKey, dsaEncoding: 'ieee-p1363' }, signature)
  } catch {
    return false
  }
}
