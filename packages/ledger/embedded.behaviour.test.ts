/** The embedded engine shows the behaviour of every engine. */
import { join } from 'node:path'
import { generateDeviceKey } from '@salus/crypto/keys'
import { createEmbedded } from './embedded.ts'
import { engineBehaviour } from './testing.ts'

const signer = await generateDeviceKey()

engineBehaviour(
  'embedded',
  ({ folder, genesis, clock }) => createEmbedded({ path: join(folder, 'ledger.sqlite'), genesis, clock, signer }),
  { nodes: true },
)
