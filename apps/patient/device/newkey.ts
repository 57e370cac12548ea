/** "New key since last time": pure, so that it is tested without a browser. */
import type { OwnRequest } from '@salus/records/device/own'

type Asked = Pick<OwnRequest, 'asker' | 'at' | 'reader' | 'status' | 'team' | 'colleague'>

/**
 * Does this person ask with another key than the one that was last said yes to? Asking twice with a new one does not make it a
 * known one. For a team or a colleague the key is theirs, and says nothing of who asks.
 */
export function hasNewKey(all: readonly Asked[], request: Asked): boolean {
  const own = ({ team, colleague }: Asked) => !team && !colleague
  const known = all.filter(
    (one) => one.asker === request.asker && one.at < request.at && own(one) && one.status === 'granted',
  )
  const last = known.sort((a, b) => b.at - a.at)[0]
  return own(request) && last !== undefined && last.reader !== request.reader
}
