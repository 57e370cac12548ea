/** The professional's device, in a worker of its own: keys and opened documents stay here; the page gets what is shown. */
import { followEvents } from '@salus/web-app/events'
import { late, serve } from '@salus/web-app/rpc'
import { identity } from './device/identity.ts'
import { becomeWith, enrol, profiles, theBrowser, theProfessional, use } from './device/open.ts'
import * as patients from './device/patients.ts'
import { ask, requests } from './device/requests.ts'

const follow = async (): Promise<void> => void followEvents(theProfessional, () => {})

/** The organisations one may work for, as the roots name them. */
const organisations = async (): Promise<{ org: string; name: string }[]> =>
  (await theBrowser()).roots.organisations.map(({ org, name }) => ({ org, name }))

const offered = {
  ...{ follow, organisations, identity, becomeWith, enrol, profiles, use, ask, requests },
  ...{ patients: patients.patients, findPatient: patients.findPatient, forgetPatient: patients.forgetPatient },
  ...late(() => import('@salus/web-app/samples'), ['samples']),
  ...late(() => import('./device/reading.ts'), ['openRequest', 'openedRecord', 'exported', 'doneAlready']),
  ...late(() => import('./device/writing.ts'), ['formContext', 'write', 'disputes', 'withdraw']),
  ...late(() => import('./device/emergency.ts'), ['begin', 'glass', 'emergencies', 'second']),
  ...late(() => import('./device/desk/register.ts'), ['register', 'newPatient', 'claimCode']),
  ...late(() => import('./device/desk/claims.ts'), ['claims', 'confirmClaim']),
  ...late(() => import('./device/desk/consent.ts'), ['beginVisit', 'allowAtDesk', 'refuseAtDesk', 'endVisit']),
  ...late(
    () => import('./device/desk/staff.ts'),
    ['staff', 'vouch', 'takeCredential', 'teams', 'foundTeam', 'setTeam'],
  ),
  ...late(() => import('./device/desk/merge.ts'), ['joined', 'merge', 'unmerge']),
  ...late(() => import('./device/desk/questions.ts'), ['complaints', 'answerComplaint']),
  ...late(() => import('./device/desk/privacy.ts'), ['reviews', 'review', 'corrections', 'keptParts']),
}
/** What the page may call. */
export type ProfessionalVerbs = typeof offered

serve(offered)
