/** The kind of statement by which a patient chooses in advance. */
import { AppError } from '@salus/base/errors'
import { type AnyKind, kind } from '@salus/journal/slice'
import type { GrantCode } from '../contract.ts'
import { policyHead, savePolicy } from '../grants.store.ts'
import { nextPolicy } from '../rules.ts'
import { saveChoices } from './choices.store.ts'
import { choicesMade } from './contract.ts'
import { decideChoices } from './rules.ts'

/** G17 The patient alone; nobody who acts for the patient. */
export const choicesKind: AnyKind = kind({
  type: 'ChoicesMade',
  body: choicesMade,
  signers: ['patient'],
  async decide({ views, statement, body, chain }) {
    if (statement.iss !== chain) throw new AppError<GrantCode>('not-allowed')
    decideChoices(body, chain)
    nextPolicy(await policyHead(views, chain), body.policy)
  },
  async project(v, { body, chain }) {
    await saveChoices(v, chain, body)
    await savePolicy(v, chain, body.policy)
  },
})
