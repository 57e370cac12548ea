/** Every verb of emergency access. */
import type { Verb } from '../verb.ts'
import { deskSecond, reviews, reviewVerb } from './emergency/desk.ts'
import { emergency } from './emergency/patient.ts'
import { breakGlassVerb, secondVerb } from './emergency/pro.ts'
import { keeperVerbs } from './keeper.ts'

export const emergencyVerbs: readonly Verb[] = [
  ...[emergency, breakGlassVerb, secondVerb, deskSecond, reviews, reviewVerb],
  ...keeperVerbs,
]
