/** Claims: the code, then the desk's countersignature, then the keyring's own statement (D7, D17). */
import { base64url, equal, fromBase64url } from '@salus/base/bytes'
import { type Clock, seconds } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import type { Handle, StatementId } from '@salus/base/ids'
import { digest } from '@salus/crypto/hash'
import { assertPacketKey, assertStrongEd25519 } from '@salus/crypto/keys'
import { packetJwes, statementAt } from '@salus/journal/sources'
import { codeDigest } from './code.ts'
import type { DirectoryCode } from './contract.ts'
import { approvalOf, claimCode, loadKeyring } from './directory.store.ts'
import { findKeyring } from './find.ts'
import type { DirectoryPorts } from './ports.ts'
import { type ClaimRow, claimById, claimsOf, saveClaim, useCode, usedCode } from './register.store.ts'

/** Wrong claim codes told apart in a minute, whole node; beyond, the answer only says "later". */
const MAX_WRONG_CODES = 120
const fail = (code: DirectoryCode) => new AppError<DirectoryCode>(code)

type Claiming = { code: string; device: string; agreement: string }

/** The verbs of a claim, with what they remember between calls. */
export function createClaims(ports: DirectoryPorts) {
  const wrong = createBrake(ports.clock)
  return {
    async claim(input: Claiming) {
      checkKeys(input)
      const secret = base64url(ports.random(32))
      const found = await present(ports, input, digest(secret))
      if (!found) throw wrong()
      const view = await findKeyring(ports.views, ports.journal, found.handle)
      return { claim: found.id, secret, handle: found.handle, entries: view.entries, receipt: view.receipt }
    },
    collect: (input: { claim: string; secret: string }) => collect(ports, input),
    waiting: (org: string) => waiting(ports, org),
  }
}

/**
 * D17 Codes have 80 random bits: guessing is hopeless at any rate, so a right code is never held back by others' wrong
 * ones. Wrong ones are counted only to tell a storm of them to slow down. State with a lifetime: one per node.
 */
function createBrake(clock: Clock): () => AppError<DirectoryCode> {
  let count = 0
  let since = 0
  return () => {
    const now = seconds(clock())
    // A clock that was put back starts a new minute too.
    if (Math.abs(now - since) >= 60) {
      count = 0
      since = now
    }
    return fail(count++ < MAX_WRONG_CODES ? 'claim-code-wrong' : 'claim-code-locked')
  }
}

function checkKeys({ device, agreement }: Claiming): void {
  try {
    assertStrongEd25519(device)
    assertPacketKey(agreement)
  } catch (error) {
    throw isAppError(error) ? fail('key-refused') : error
  }
}

/** D17 Uses the code up, whoever holds it; what comes next needs the desk. Undefined for every reason alike. */
function present(ports: DirectoryPorts, input: Claiming, secret: string) {
  const code = codeDigest(input.code)
  const at = seconds(ports.clock())
  const id = base64url(ports.random(16)) as StatementId
  return ports.views.tx(async (v) => {
    const found = code && (await claimCode(v, code))
    const state = found && (await loadKeyring(v, found.handle))
    if (!found || !state || found.until <= at || state.devices.length > 0) return undefined
    const { handle, idx } = found
    const row: ClaimRow = { id, handle, org: state.org, secret, device: input.device, agreement: input.agreement, at }
    return ports.sources.tx(async (s) => {
      if ((await usedCode(s, handle))?.used === idx) return undefined
      await useCode(s, handle, idx)
      await saveClaim(s, row)
      return { id, handle: handle as Handle }
    })
  })
}

/** The waiting device gets the countersignature of its own claim, never another's; twice if it asks twice. */
const collect = ({ views, sources }: DirectoryPorts, input: { claim: string; secret: string }) =>
  views.tx(async (v) => {
    const row = await sources.tx((s) => claimById(s, input.claim))
    const known = row && equal(fromBase64url(row.secret), fromBase64url(digest(input.secret)))
    if (!row || !known) throw fail('claim-unknown')
    const approval = await approvalOf(v, row.handle)
    if (!approval?.packet || approval.claim !== row.id) return { approval: null, packet: null }
    const { packet: id, idx } = approval
    const jwe = await sources.tx((s) => packetJwes(s, [id]))
    const stored = await sources.tx((s) => statementAt(s, idx))
    return { approval: stored?.token ?? null, packet: jwe.get(id) ?? null }
  })

/** What the desk still has to compare fingerprints for. */
const waiting = ({ views, sources }: DirectoryPorts, org: string) =>
  views.tx(async (v) => {
    const open = []
    for (const { id, handle, device, agreement, at } of await sources.tx((s) => claimsOf(s, org))) {
      const state = await loadKeyring(v, handle)
      const approval = await approvalOf(v, handle)
      if (!state || state.devices.length > 0 || approval?.claim === id) continue
      open.push({ claim: id as StatementId, handle: handle as Handle, device, agreement, at })
    }
    return { claims: open }
  })
