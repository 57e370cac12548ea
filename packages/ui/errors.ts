/** Error code -> what happened, what to do next, in both languages. Tested: every code a person can meet stands here. */
import { accessErrors } from './errors/access.ts'
import { appErrors } from './errors/apps.ts'
import { consentErrors } from './errors/consent.ts'
import { consortiumErrors } from './errors/consortium.ts'
import { dataErrors } from './errors/data.ts'
import { directoryErrors } from './errors/directory.ts'
import { emergencyErrors } from './errors/emergency.ts'
import { enclaveErrors } from './errors/enclave.ts'
import { folderErrors } from './errors/folder.ts'
import { foundingErrors } from './errors/founding.ts'
import { hostErrors } from './errors/host.ts'
import { importErrors } from './errors/import.ts'
import { journalErrors } from './errors/journal.ts'
import { ledgerErrors } from './errors/ledger.ts'
import { linkErrors } from './errors/links.ts'
import { marketErrors } from './errors/market.ts'
import { pushErrors } from './errors/push.ts'
import { questionErrors } from './errors/questions.ts'
import type { ErrorTable } from './errors/steps.ts'

/** The rooms, each with the table of its own codes; a code that several packages share stands in one of them (rule U2). */
export const errorTables: readonly ErrorTable[] = [
  dataErrors,
  journalErrors,
  ledgerErrors,
  directoryErrors,
  accessErrors,
  emergencyErrors,
  consentErrors,
  linkErrors,
  questionErrors,
  appErrors,
  pushErrors,
  importErrors,
  folderErrors,
  foundingErrors,
  consortiumErrors,
  hostErrors,
  marketErrors,
  enclaveErrors,
]

/** All of them. Without a prototype: a code comes from the wire, and `constructor` must find nothing. */
export const errors: ErrorTable = Object.assign(Object.create(null), ...errorTables)
