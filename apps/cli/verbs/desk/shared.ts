/** What every verb of the desk begins with. */
import { directoryEndpoints } from '@salus/directory/endpoints'
import { openDeskStore } from '../../desk.store.ts'
import { type OpenDesk, openDesk } from '../../people.ts'
import { type Arguments, type Option, required } from '../../verb.ts'

export const device: Option = {
  ...{ name: 'device', value: 'DIR', required: true },
  words: { en: 'folder of the desk’s device', fr: 'dossier de l’appareil du guichet' },
}

export async function withDesk<T>(args: Arguments, work: (at: OpenDesk) => Promise<T>): Promise<T> {
  const at = await openDesk(required(args, 'device'))
  await dropClaimedSeeds(at)
  return work(at)
}

/** Intake seeds of everybody who has claimed the record since are forgotten. Called by each act of the desk. */
async function dropClaimedSeeds(at: OpenDesk): Promise<void> {
  const { people } = await at.link.call(directoryEndpoints.register)
  const store = openDeskStore(at)
  try {
    for (const { handle, claimed } of people) if (claimed) await store.dropSeed(handle)
  } finally {
    await store.close()
  }
}
