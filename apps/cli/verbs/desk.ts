/** The admission desk's verbs: new patients, claim codes, countersignatures, credentials, teams. */
import type { Verb } from '../verb.ts'
import { consent } from './desk/consent.ts'
import { deskInit, deskSign } from './desk/found.ts'
import { holdVerbs } from './desk/hold.ts'
import { mergeVerbs } from './desk/merge.ts'
import { claimCode, countersign, newPatientVerb, patients } from './desk/patients.ts'
import { issue, professionals, revoke } from './desk/professionals.ts'
import { deskRotate } from './desk/rotate.ts'
import { team } from './desk/team.ts'

export const deskVerbs: readonly Verb[] = [
  ...[
    deskInit,
    deskSign,
    deskRotate,
    newPatientVerb,
    patients,
    claimCode,
    countersign,
    professionals,
    issue,
    revoke,
    team,
    consent,
    ...holdVerbs,
    ...mergeVerbs,
  ],
]
