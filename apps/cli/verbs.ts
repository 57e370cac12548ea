/** Every verb there is. */
import type { Verb } from './verb.ts'
import { backupVerbs } from './verbs/backup.ts'
import { benchVerb } from './verbs/bench.ts'
import { consortiumVerbs } from './verbs/consortium.ts'
import { deskVerbs } from './verbs/desk.ts'
import { emergencyVerbs } from './verbs/emergency.ts'
import { erasureVerbs } from './verbs/erasures.ts'
import { heartifyVerb } from './verbs/heartify.ts'
import { importVerb } from './verbs/import.ts'
import { joinVerbs } from './verbs/join.ts'
import { journalVerbs } from './verbs/journal.ts'
import { analysisVerbs } from './verbs/market/analysis.ts'
import { creditVerbs } from './verbs/market/credit.ts'
import { datasetVerbs } from './verbs/market/dataset.ts'
import { hospitalVerbs } from './verbs/market/hospital.ts'
import { marketVerbs } from './verbs/market/market.ts'
import { orderVerbs } from './verbs/market/order.ts'
import { resultVerbs } from './verbs/market/result.ts'
import { serveVerbs } from './verbs/market/serve.ts'
import { taskVerbs } from './verbs/market/task.ts'
import { memberVerbs } from './verbs/members.ts'
import { mistakeVerbs } from './verbs/mistakes.ts'
import { nodeVerbs } from './verbs/node.ts'
import { openLinkVerb } from './verbs/openlink.ts'
import { patientVerbs } from './verbs/patient.ts'
import { proVerbs } from './verbs/pro.ts'
import { questionVerbs } from './verbs/questions.ts'
import { rekey } from './verbs/rekey.ts'
import { renewalVerbs } from './verbs/renewal.ts'
import { rootsVerbs } from './verbs/roots.ts'
import { verifyVerb } from './verbs/verify.ts'
import { verifyAppVerb } from './verbs/verifyapp.ts'

export const verbs: readonly Verb[] = [
  ...nodeVerbs,
  ...backupVerbs,
  ...journalVerbs,
  ...consortiumVerbs,
  ...memberVerbs,
  ...erasureVerbs,
  importVerb,
  ...deskVerbs,
  ...patientVerbs,
  ...proVerbs,
  ...mistakeVerbs,
  ...questionVerbs,
  ...emergencyVerbs,
  openLinkVerb,
  ...datasetVerbs,
  ...marketVerbs,
  ...hospitalVerbs,
  ...analysisVerbs,
  ...orderVerbs,
  ...resultVerbs,
  ...serveVerbs,
  ...taskVerbs,
  ...creditVerbs,
  heartifyVerb,
  ...joinVerbs,
  rekey,
  ...rootsVerbs,
  ...renewalVerbs,
  verifyVerb,
  verifyAppVerb,
  benchVerb,
]
