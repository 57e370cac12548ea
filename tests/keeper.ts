/** Builders for emergencies: a keeper with keys of its own, glass broken and seconded by people of one organisation. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seconds } from '@salus/base/clock'
import type { Handle } from '@salus/base/ids'
import { issueCredential } from '@salus/directory/device/desk'
import { enrol } from '@salus/directory/device/professional'
import { findKeyring } from '@salus/directory/device/verify'
import type { GlassReason } from '@salus/grants/emergency/contract'
import { breakGlass, findGlass, second } from '@salus/grants/emergency/device'
import { submit } from '@salus/journal/device'
import { fileKeys, fileMemory, writeKeyFile } from '@salus/keeper-app/file'
import { answer, type KeeperPorts, waiting } from '@salus/keeper-app/keeper'
import { signerOf } from '@salus/keeper-app/keys'
import { deskOf, linkTo, type Pro, type World } from './people.ts'

export type Keeper = KeeperPorts & { readonly dir: string }

/** A keeper of `org`, vouched for by its desk, with file-backed keys; `review` is where free text goes. */
export async function newKeeper(w: World, org = 'saint-roch', review?: string): Promise<Keeper> {
  const dir = mkdtempSync(join(tmpdir(), 'salus-keeper-'))
  const path = join(dir, 'keys.json')
  const name = `Keeper of ${org} (sample)`
  const { handle } = await enrol({ ...(await linkTo(w)), suite: 1 }, { org: org as never, name }, (made) =>
    writeKeyFile(path, made),
  )
  const { desk, link } = await deskOf(w, org)
  const until = seconds(w.clock()) + 365 * 86_400
  await issueCredential(link, desk, { handle, profession: 'keeper', name, until, ...(review ? { review } : {}) })
  const keys = await fileKeys(path)
  return {
    ...{ keys, dir, memory: await fileMemory(join(dir, 'seen.json')) },
    link: () => linkTo(w, signerOf(keys), handle),
  }
}

export const acting = (pro: Pro) => ({ handle: pro.keys.handle, signer: pro.signer })

export type Breaking = { reason?: GlassReason; hours?: number; text?: { text: string; review: string } }

/** Breaks the glass; gives the emergency's id. */
export async function broken(w: World, pro: Pro, patient: Handle, how: Breaking = {}): Promise<string> {
  const { keyring } = await findKeyring(pro.link, pro.keys.handle)
  const { reason = 'unconscious', hours = 2, text } = how
  const until = seconds(w.clock()) + hours * 3_600
  const what = { patient, reason, until, ...(text ? { text } : {}) }
  const { id, item } = await breakGlass(pro.link, { ...acting(pro), keyring }, what)
  await submit(pro.link.call, pro.link.logs, [item])
  return id
}

/** A colleague looks and signs too. */
export async function seconded(pro: Pro, glass: string): Promise<void> {
  const item = await second(pro.link, acting(pro), await findGlass(pro.link, glass))
  await submit(pro.link.call, pro.link.logs, [item])
}

/** The keeper looks once and answers `glass` if it waits (all that waits when not said); gives the releases. */
export async function answered(keeper: Keeper, glass?: string): Promise<string[]> {
  const out: string[] = []
  const all = await waiting(await keeper.link())
  for (const one of all.filter((each) => glass === undefined || each.glass === glass)) {
    out.push((await answer(keeper, one)).release)
  }
  return out
}
