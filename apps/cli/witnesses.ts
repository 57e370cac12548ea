/** What a founding's witnesses are worth, in words: said before anybody signs. */
import type { Roots } from '@salus/directory/consortium'
import { witnessesOf } from '@salus/node-app/proposal'
import type { Screen } from './verb.ts'

/** Says where a quorum is at most half of the witnesses, and what would be enough. */
export function sayHalfQuorum({ policy }: Roots, { language, say }: Screen): void {
  const { asked, quorum, half } = witnessesOf(policy)
  if (!half) return
  const enough = Math.floor(asked.length / 2) + 1
  say(
    language === 'fr'
      ? `Attention : ${quorum} témoin(s) sur ${asked.length}, ce n’est pas plus de la moitié. Deux groupes peuvent attester deux passés
différents, chacun valable : mettez un quorum d’au moins ${enough}.`
      : `Attention: ${quorum} of ${asked.length} witnesses are not more than half. Two groups of them can witness two different pasts,
both of them valid: make the quorum at least ${enough}.`,
  )
}
