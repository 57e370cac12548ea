/** Who stands behind a request: the one thing of answering that is looked at before anybody answers. */
import { AppError } from '@salus/base/errors'
import { personThumbprint } from '@salus/crypto/keys'
import { findKeyring, inForce, type Known } from '@salus/directory/device/verify'
import { type GrantCode, readerOf } from '@salus/grants/contract'
import type { OwnRequest } from './own.ts'
import type { PatientDevice } from './sync.ts'

const failGrant = (code: GrantCode) => new AppError<GrantCode>(code)

/** Who asks, checked: the asker's keyring and credential, and the key that the signed request names. */
export async function whoAsks({ link }: PatientDevice, request: OwnRequest): Promise<{ asker: Known; reader: Known }> {
  const asker = await findKeyring(link, request.asker)
  const { team, colleague } = request
  const reader = team || colleague ? await findKeyring(link, readerOf(request)) : asker
  // A team has no credential; its members have.
  for (const one of team ? [asker] : [asker, reader]) {
    if (!inForce(link, one.credentials)) throw failGrant('credential-missing')
  }
  const { person, members } = reader.keyring
  if (team && !members.includes(request.asker as never)) throw failGrant('team-not-member')
  if (!person || personThumbprint(person) !== request.reader) throw failGrant('reader-key-changed')
  return { asker, reader }
}
