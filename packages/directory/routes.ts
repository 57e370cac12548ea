/** Binds the directory's endpoints; decides nothing. */
import { type Bound, bind, type Principal } from '@salus/base/endpoint'
import { type Consortium, MOST_VERSIONS } from './consortium.ts'
import { directoryEndpoints as at } from './endpoints.ts'
import { deviceThumbprint } from './keyring.ts'
import type { createClaims, createKeychains, createPeople, createRepresented, createSessions } from './service.ts'

type Services = {
  readonly sessions: ReturnType<typeof createSessions>
  readonly claims: ReturnType<typeof createClaims>
  readonly keychains: ReturnType<typeof createKeychains>
  readonly people: ReturnType<typeof createPeople>
  readonly represented: ReturnType<typeof createRepresented>
  /** Every version this node has, in order; the last one counts. */
  readonly consortium: readonly [...Consortium[], Consortium]
}

const orgOf = (principal: Principal) => ('org' in principal ? principal.org : '')
const kidOf = (principal: Principal) => ('device' in principal ? deviceThumbprint(principal.device) : '')
const handleOf = (principal: Principal) => ('handle' in principal ? principal.handle : '')

/** What follows `after`; nothing where the very next one is not here: a device could follow none of the others. */
function versionsAfter(all: Services['consortium'], after: number): Consortium[] {
  const files = all.filter(({ roots }) => roots.version > after).slice(0, MOST_VERSIONS)
  return files[0]?.roots.version === after + 1 ? files : []
}

export function directoryRoutes({ sessions, claims, keychains, people, represented, consortium }: Services): Bound[] {
  return [
    bind(at.consortium, async () => consortium.at(-1) as Consortium),
    bind(at.versions, async ({ query }) => ({ files: versionsAfter(consortium, query.after) })),
    bind(at.challenge, async () => sessions.challenge()),
    bind(at.session, async ({ input }) => sessions.open(input.proof)),
    bind(at.keyring, async ({ input }) => people.keyring(input.handle)),
    bind(at.me, async ({ principal }) => people.keyring(handleOf(principal))),
    bind(at.claim, async ({ input }) => claims.claim(input)),
    bind(at.collect, async ({ input }) => claims.collect(input)),
    bind(at.findKeychain, async ({ input }) => keychains.find(input)),
    bind(at.keychain, async ({ principal, query }) => keychains.own(handleOf(principal), query.after)),
    bind(at.represented, async ({ principal }) => represented.mine(handleOf(principal))),
    bind(at.entrusted, async ({ principal }) => represented.packets(handleOf(principal), kidOf(principal))),
    bind(at.claims, async ({ principal }) => claims.waiting(orgOf(principal))),
    bind(at.professionals, async ({ principal }) => people.professionals(orgOf(principal))),
    bind(at.keepers, async () => people.keepers()),
    bind(at.teams, async ({ principal }) => people.teams(handleOf(principal))),
    bind(at.register, async ({ principal }) => people.register(orgOf(principal))),
    bind(at.enter, async ({ principal, input }) => people.enter(orgOf(principal), input)),
  ]
}
