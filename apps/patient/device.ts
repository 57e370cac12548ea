/** The patient's device, as its pages call it. */
import { startDevice } from '@salus/web-app/page'
import type { PatientVerbs } from './worker.ts'
import address from './worker.ts?worker&url'

export const device = startDevice<PatientVerbs>(address)
