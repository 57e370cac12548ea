/** The patient's verbs. Each opens the device, syncs, acts, saves. */
import type { Verb } from '../verb.ts'
import { choices } from './patient/choices.ts'
import { circle } from './patient/circle.ts'
import { claim } from './patient/claim.ts'
import { devices, lost, recover, recovery } from './patient/keys.ts'
import { share, shares, unshare } from './patient/links.ts'
import { move } from './patient/move.ts'
import { eraseVerb, exportVerb, hideVerb, log, record } from './patient/record.ts'
import { linkVerb, representatives, represented } from './patient/represent.ts'
import { approveVerb, grants, inbox, refuseVerb, revokeVerb } from './patient/requests.ts'

export const patientVerbs: readonly Verb[] = [
  ...[
    claim,
    recover,
    recovery,
    devices,
    lost,
    representatives,
    represented,
    linkVerb,
    inbox,
    approveVerb,
    refuseVerb,
    grants,
    revokeVerb,
    choices,
    circle,
    move,
    share,
    shares,
    unshare,
    log,
    record,
    hideVerb,
    exportVerb,
    eraseVerb,
  ],
]
