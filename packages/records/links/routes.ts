/** Binds the endpoints of links; decides nothing. */
import { type Bound, bind } from '@salus/base/endpoint'
import { linkEndpoints as at } from './endpoints.ts'
import type { createLinks } from './service.ts'

export const linkRoutes = (links: ReturnType<typeof createLinks>): Bound[] => [
  bind(at.mine, async ({ principal }) => links.mine('handle' in principal ? principal.handle : '')),
  bind(at.manifest, async ({ params, input }) => links.manifest(params.link, input)),
  bind(at.file, async ({ params }) => (await links.file(params.ticket)) as never),
]
