/** The professional's device, as its pages call it. */
import { startDevice } from '@salus/web-app/page'
import type { ProfessionalVerbs } from './worker.ts'
import address from './worker.ts?worker&url'

export const device = startDevice<ProfessionalVerbs>(address)
