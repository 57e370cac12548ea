/** The statement by which a patient names who keeps a copy of the record (D38). */
import { AppError } from '@salus/base/errors'
import { type AnyKind, kind } from '@salus/journal/slice'
import { saveCircle } from './circle.store.ts'
import { careCircleSet, type DirectoryCode, type Knows } from './contract.ts'

const fail = (code: DirectoryCode) => new AppError<DirectoryCode>(code)

/** D38 The patient alone, and organisations that the consortium knows, each once. `knows`: is it, or was it then, one of them? */
export const circleKind = (knows: Knows): AnyKind =>
  kind({
    type: 'CareCircleSet',
    body: careCircleSet,
    signers: ['patient'],
    async decide({ statement, chain, now, body: { organisations } }) {
      if (statement.iss !== chain) throw fail('not-allowed')
      const twice = new Set(organisations).size !== organisations.length
      if (twice || !organisations.every((org) => knows(org, now))) throw fail('organisation-unknown')
    },
    project: (v, { chain, body, index }) => saveCircle(v, chain, body.organisations, index),
  })
