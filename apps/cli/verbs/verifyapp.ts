/** `salus verify-app`: are the web apps at an address the files that their manifest names, and what the ledger there says? */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock, systemRandom } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import { field, parseWith, z } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import { createCall } from '@salus/directory/device/http'
import { ledgerEndpoints } from '@salus/ledger/endpoints'
import { webFolder } from '@salus/web-app/build'
import type { CliCode } from '../errors.ts'
import type { Screen, Verb } from '../verb.ts'
import { day } from '../words.ts'

/** Bytes of one file, and of the manifest, at most; files at most. */
const MAX_FILE = 32 * 1024 * 1024
const MAX_FILES = 5_000

// A path below the origin, nothing that leads elsewhere.
const path = z
  .string()
  .regex(/^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[\w.@-]+(?:\/[\w.@-]+)*$/)
  .max(300)
const manifest = z.strictObject({
  files: z.array(z.strictObject({ path, digest: field.digest, bytes: z.int().min(0).max(MAX_FILE) })).max(MAX_FILES),
})
type Manifest = z.infer<typeof manifest>

/** What a browser says of itself when it opens a page: who asks otherwise may be answered otherwise. */
const BROWSER = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'accept-language': 'en-GB,en;q=0.9,fr;q=0.8',
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 Safari/537.36',
}

/** Is one of these policies as strict as a page needs: scripts of its origin alone, none made from text? */
function isStrict(header: string | null): boolean {
  return (header ?? '').split(',').some((policy) => {
    const directives = policy.split(';').map((one) => one.trim().toLowerCase().split(/\s+/))
    // The first of a name counts (CSP level 3, §2.2.1).
    const said = (name: string) =>
      directives
        .find(([first]) => first === name)
        ?.slice(1)
        .join(' ')
    return said('script-src') === "'self'" && said('require-trusted-types-for') === "'script'"
  })
}

/** The bytes at an address, as they came; of a page only with a strict policy. */
async function download(url: string, page = false): Promise<Uint8Array | undefined> {
  const asked = { redirect: 'error', headers: BROWSER, signal: AbortSignal.timeout(60_000) } as const
  const answer = await fetch(url, asked).catch((cause) => {
    throw new AppError('node-unreachable', {}, { cause })
  })
  if (page && !isStrict(answer.headers.get('content-security-policy'))) {
    await answer.body?.cancel()
    return undefined
  }
  if (!answer.ok) return undefined
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of answer.body ?? []) {
    size += part.length
    if (size > MAX_FILE) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** Its manifest: named once each and in order, so that one content has one text. */
function read(bytes: Uint8Array): Manifest {
  const broken = (cause?: unknown) => new AppError<CliCode>('app-manifest-wrong', {}, { cause })
  let found: Manifest
  try {
    found = parseWith(manifest, bytes)
  } catch (cause) {
    throw isAppError(cause) ? broken(cause) : cause
  }
  const paths = found.files.map((one) => one.path)
  if (paths.some((one, i) => i > 0 && one <= (paths[i - 1] ?? ''))) throw broken()
  return found
}

/** Where browsers ask for a file: a page answers under its folder too, and that is what they open. */
const askedAs = (one: string): string[] => (/(?:^|\/)index\.html$/.test(one) ? [one, one.slice(0, -10)] : [one])

/** Paths that do not answer with what the manifest says. */
async function wrongFiles(base: string, { files }: Manifest, screen: Screen): Promise<string[]> {
  const wrong: string[] = []
  for (const [i, one] of files.entries()) {
    screen.progress(`${i + 1}/${files.length}`)
    for (const asked of askedAs(one.path)) {
      const bytes = await download(`${base}/${asked}`, one.path.endsWith('.html'))
      if (bytes?.length !== one.bytes || digest(bytes) !== one.digest) wrong.push(asked || '/')
    }
  }
  return wrong
}

type Found = Awaited<ReturnType<typeof look>>

/** The digest of this installation's own bundle, built where that was not done yet. */
const localDigest = async () => digest(new Uint8Array(await readFile(join(await webFolder(), 'web.json'))))

async function look(base: string, local: boolean, screen: Screen) {
  const bytes = await download(`${base}/web.json`)
  if (!bytes) throw new AppError<CliCode>('app-missing')
  const named = read(bytes)
  const served = digest(bytes)
  const call = createCall({ fetch: (url, init) => fetch(url, init), base, clock: systemClock, random: systemRandom })
  const { apps } = await call(ledgerEndpoints.apps)
  const said = apps.filter((one) => one.digest === served)
  const wrong = await wrongFiles(base, named, screen)
  const own = local ? { local: await localDigest() } : {}
  return { digest: served, files: named.files.length, wrong, said, apps, ...own }
}

function tell({ digest: served, files, wrong, said, apps, local }: Found, { language, say }: Screen): void {
  const fr = language === 'fr'
  say(fr ? `Empreinte du manifeste : ${served}` : `Digest of the manifest: ${served}`)
  if (wrong.length === 0) say(fr ? `✓ ${files} fichier(s), chacun comme annoncé` : `✓ ${files} file(s), each as named`)
  for (const one of wrong) say(fr ? `✗ autre que le manifeste : ${one}` : `✗ not what the manifest says: ${one}`)
  for (const { org, version, time } of said) {
    const when = day(Math.floor(time / 1000), language)
    say(fr ? `✓ sur le registre : ${org}, ${version}, ${when}` : `✓ on the ledger: ${org}, ${version}, ${when}`)
  }
  if (said.length === 0) {
    say(fr ? '✗ le registre n’en dit rien ; il dit :' : '✗ the ledger does not say so; it says:')
    for (const { org, digest: other } of apps) say(`  ${org}  ${other}`)
  }
  if (local === undefined) return
  if (local === served) say(fr ? '✓ la même que celle de cette installation' : '✓ the same as this installation’s own')
  else say(fr ? '✗ autre que celle de cette installation' : '✗ not the same as this installation’s own')
}

export const verifyAppVerb: Verb = {
  name: 'verify-app',
  positionals: 'URL',
  least: 1,
  options: [
    {
      name: 'local',
      words: {
        en: 'compare with this installation’s own build too',
        fr: 'comparer aussi à celle de cette installation',
      },
    },
  ],
  words: {
    en: 'check the web apps at an address: each file, and what the ledger there says',
    fr: 'vérifier les applications web à une adresse : chaque fichier, et ce que dit son registre',
  },
  more: {
    en: 'The list is the word of the node at that address: ask another member’s node for the same list to be surer.',
    fr: 'La liste est la parole du nœud à cette adresse : demandez-la aussi au nœud d’un autre membre.',
  },
  async run(args, screen) {
    const base = (args.positionals[0] ?? '').replace(/\/+$/, '')
    const found = await look(base, args.options.local === true, screen)
    tell(found, screen)
    const { apps: _, ...facts } = found
    const { wrong, said, local = found.digest } = found
    if (wrong.length > 0 || said.length === 0 || local !== found.digest)
      throw new AppError<CliCode>('app-differs', { files: wrong.length })
    return { ...facts, matches: true }
  },
}
