/** What the keeper found out by itself about one emergency, before it opens or releases anything. */
import type { Credential } from '@salus/directory/contract'
import type { Known } from '@salus/directory/device/verify'
import type { Escrow, Glass } from '@salus/grants/emergency/contract'

export type Checked = {
  readonly glass: Glass
  readonly escrow: Escrow
  readonly asker: Known
  readonly credential: Credential
}
