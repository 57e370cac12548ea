/** The statements by which a patient names who keeps a copy of the record (D38), and where it is at home (D46). */
import { AppError } from '@salus/base/errors'
import { type AnyKind, kind } from '@salus/journal/slice'
import { circleOf, saveCircle, saveHomeOrg } from './circle.store.ts'
import { careCircleSet, type DirectoryCode, homeMoved, type Knows } from './contract.ts'
import { loadKeyring } from './directory.store.ts'

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

/** D46 The patient alone, whom nobody acts for, to an organisation that was named and so has a copy, and to another journal than this one. */
export const homeKind = (knows: Knows): AnyKind =>
  kind({
    type: 'HomeMoved',
    body: homeMoved,
    signers: ['patient'],
    async decide({ views, statement, chain, now, body: { org, origin } }) {
      if (statement.iss !== chain) throw fail('not-allowed')
      if (!knows(org, now)) throw fail('organisation-unknown')
      if (origin === statement.aud) throw fail('home-already')
      if (!(await circleOf(views, chain)).includes(org)) throw fail('home-no-copy')
      const { representatives = [] } = (await loadKeyring(views, chain)) ?? {}
      if (representatives.some((one) => one.until > now)) throw fail('home-represented')
    },
    moves: ({ origin }) => origin,
    project: async (v, { chain, body }) => void (await saveHomeOrg(v, chain, body.org)),
  })
