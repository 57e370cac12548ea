/** Emergency keepers as a patient's device knows them: found by handle, believed by their organisation's signature. */
import { personThumbprint } from '@salus/crypto/keys'
import type { Link } from '@salus/directory/device/link'
import { findKeyring, inForce, type Known } from '@salus/directory/device/verify'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { type StandingReader, standingCompartments } from '@salus/grants/device'
import type { OwnRecordBook } from './own.ts'

/** What of a patient's device they are found with. */
type Looking = { readonly link: Link; readonly book: OwnRecordBook }

/** Keepers with a credential in force, of these organisations. */
export async function findKeepers({ link }: Pick<Looking, 'link'>, orgs: readonly string[]): Promise<Known[]> {
  const { keepers } = await link.call(directoryEndpoints.keepers)
  const found: Known[] = []
  for (const handle of keepers) {
    const known = await findKeyring(link, handle)
    if (inForce(link, known.keeper) && orgs.includes(known.keyring.org)) found.push(known)
  }
  return found
}

/** Keepers of the choice in force, as readers without an end; one whose credential ended gets nothing more. */
export async function keeperReaders({ link, book }: Looking): Promise<StandingReader[]> {
  const readers: StandingReader[] = []
  const { keepers = [], categories = [] } = book.emergency ?? {}
  for (const { keeper, key, escrow } of keepers) {
    const { keyring, keeper: held } = await findKeyring(link, keeper)
    const { person } = keyring
    if (!inForce(link, held) || !person || personThumbprint(person) !== key) continue
    readers.push({ grant: escrow, compartments: emergencyCompartments(categories), person })
  }
  return readers
}

/** Exactly the chosen categories: `people` does not go along in an emergency. */
export const emergencyCompartments = (categories: readonly string[]) =>
  standingCompartments(categories).filter((one) => one !== 'people')

/** What each keeper holds, as `turnOver` asks: under which id, by which key, of which compartments. */
export const escrowHolders = ({ emergency }: OwnRecordBook) =>
  (emergency?.keepers ?? []).map(({ escrow: id, key }) => {
    return { id: id as string, key: key as string, compartments: emergencyCompartments(emergency?.categories ?? []) }
  })
