/** Every verb there is. */
import type { Verb } from './verb.ts'
import { backupVerbs } from './verbs/backup.ts'
import { benchVerb } from './verbs/bench.ts'
import { deskVerbs } from './verbs/desk.ts'
import { emergencyVerbs } from './verbs/emergency.ts'
import { erasureVerbs } from './verbs/erasures.ts'
import { importVerb } from './verbs/import.ts'
import { journalVerbs } from './verbs/journal.ts'
import { mistakeVerbs } from './verbs/mistakes.ts'
import { nodeVerbs } from './verbs/node.ts'
import { patientVerbs } from './verbs/patient.ts'
import { proVerbs } from './verbs/pro.ts'
import { verifyVerb } from './verbs/verify.ts'

export const verbs: readonly Verb[] = [
  ...nodeVerbs,
  ...backupVerbs,
  ...journalVerbs,
  ...erasureVerbs,
  importVerb,
  ...deskVerbs,
  ...patientVerbs,
  ...proVerbs,
  ...mistakeVerbs,
  ...emergencyVerbs,
  verifyVerb,
  benchVerb,
]
