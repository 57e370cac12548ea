/** Binds the endpoints of questions; decides nothing. */
import { type Bound, bind } from '@salus/base/endpoint'
import { questionEndpoints as at } from './endpoints.ts'
import type { createQuestions } from './service.ts'

export const questionRoutes = (questions: ReturnType<typeof createQuestions>): Bound[] => [
  bind(at.list, async ({ principal }) => questions.list('org' in principal ? principal.org : '')),
  bind(at.answers, async ({ principal }) => questions.answers('handle' in principal ? principal.handle : '')),
]
