/** The patient's device, in a worker of its own: keys, opened packets and records' keys stay here; the page gets what is shown. */
import { followEvents } from '@salus/web-app/events'
import { late, serve } from '@salus/web-app/rpc'
import { emergencies, requests } from './device/grants.ts'
import { log } from './device/log.ts'
import { isStale, stage, theOwn } from './device/open.ts'
import { people } from './device/people.ts'

const circle = () => import('./device/circle.ts')
/** Whoever was not reached the last time, off everybody's path; what fails now is tried at the next opening. */
async function tellWhoWaits(): Promise<void> {
  const { book } = await theOwn()
  const all = Object.values(book.stops ?? {})
  const waits = all.some(({ home, stores }) => home || stores.some((one) => one.at === undefined && !one.nothing))
  if (waits) await (await circle()).tellAgain()
}
const follow = async (): Promise<void> => {
  void followEvents(theOwn, isStale)
  void tellWhoWaits().catch(() => undefined)
}

const offered = {
  ...{ stage, follow, log, people },
  ...{ emergencies, requests },
  // What the first page does not need is loaded when somebody goes there.
  ...late(
    () => import('./device/claim.ts'),
    ['beSample', 'chooseForEmergency', 'claiming', 'collect', 'emergencyQuestion', 'giveUp', 'newCode', 'present'],
  ),
  ...late(() => import('@salus/web-app/samples'), ['samples']),
  ...late(() => import('./device/records.ts'), ['entries', 'entry', 'seriesFor', 'objectTo', 'hide']),
  ...late(() => import('./device/adding.ts'), ['add']),
  ...late(() => import('./device/sharing.ts'), ['shared', 'share', 'unshare']),
  ...late(() => import('./device/leaving.ts'), ['exportAll', 'stays']),
  ...late(
    () => import('./device/choices.ts'),
    ['stopEmergency', 'emergencyChoice', 'advanceChoices', 'allowResearch', 'blockPerson', 'unblockPerson'],
  ),
  ...late(() => import('./device/permissions.ts'), ['permissions', 'give', 'refuse']),
  ...late(circle, [
    'circle',
    'nameStore',
    'dropStore',
    'moveTo',
    'revoke',
    'tellAgain',
    'eraseAll',
    'erased',
    'tellErased',
    'beginAnew',
  ]),
  ...late(() => import('./device/questions.ts'), ['takesQuestion', 'askAbout', 'answerTexts']),
  ...late(() => import('./device/about.ts'), ['about']),
  ...late(() => import('./device/notify.ts'), ['pushKey', 'pushStart', 'pushEnd']),
  ...late(() => import('./device/proof.ts'), ['verifyLine', 'exportLog', 'keepProofs']),
  ...late(() => import('./device/representing.ts'), ['fingerprintsOf', 'name', 'dismissPerson', 'actAs']),
  ...late(
    () => import('./device/keys.ts'),
    [
      ...([
        'keys',
        'check',
        'shareNeeds',
        'makeGuardians',
        'makePasskey',
        'lost',
        'recover',
        'join',
        'joining',
        'joined',
      ] as const),
      ...(['giveUpJoining', 'inviteOf', 'admit', 'remove', 'passkeyAccount'] as const),
    ],
  ),
}
/** What the page may call. */
export type PatientVerbs = typeof offered

serve(offered)
