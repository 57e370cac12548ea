/** The kinds of statements of emergency access: who signs, the rule asked, the view kept. */
import { AppError } from '@salus/base/errors'
import type { z } from '@salus/base/schema'
import type { Tx } from '@salus/base/sqlite'
import { digest } from '@salus/crypto/hash'
import { personThumbprint } from '@salus/crypto/keys'
import type { DirectoryPort, epochOpened } from '@salus/directory/contract'
import { type Accepted, type AnyKind, kind } from '@salus/journal/slice'
import type { GrantCode } from '../contract.ts'
import { grantById, policyHead, revokeGrant, saveGrant, savePolicy } from '../grants.store.ts'
import { freshId, nextPolicy } from '../rules.ts'
import {
  type EmergencyChosen,
  type EmergencyCode,
  type Escrow,
  emergencyChosen,
  emergencyReleased,
  glassBroken,
  glassEnded,
  glassReviewed,
  glassSeconded,
} from './contract.ts'
import {
  changeGlass,
  choiceOf,
  escrowById,
  escrowEpochPackets,
  escrowsOf,
  glassById,
  saveChoice,
  saveEpochKept,
  saveGlass,
} from './emergency.store.ts'
import { decideChoice, decideGlass, decideRelease, decideReview, decideSecond, standing } from './rules.ts'

const fail = (code: EmergencyCode | GrantCode) => new AppError<EmergencyCode | GrantCode>(code)

/** The keepers of a choice whose credential is in force and whose key it is. */
async function entitledKeepers(directory: DirectoryPort, v: Tx, keepers: readonly Escrow[], now: number) {
  const entitled = new Set<string>()
  for (const one of keepers) {
    const keyring = await directory.keyring(v, one.keeper)
    const held = await directory.keeper(v, one.keeper, now)
    if (held && keyring?.person && personThumbprint(keyring.person) === one.key) entitled.add(one.escrow)
  }
  return (one: Escrow) => entitled.has(one.escrow)
}

/** G13 An escrow's id is the patient's own for the same keeper, or nobody's. */
async function checkIds(v: Tx, chain: string, { keepers }: EmergencyChosen): Promise<void> {
  for (const one of keepers) {
    const taken = await escrowById(v, one.escrow)
    if (taken && (taken.patient !== chain || taken.keeper !== one.keeper)) throw fail('not-allowed')
    freshId(await grantById(v, one.escrow))
  }
}

const chosenKind = (directory: DirectoryPort) =>
  kind({
    type: 'EmergencyChosen',
    body: emergencyChosen,
    signers: ['patient'],
    claims: (body) => ({ packets: body.packets }),
    async decide({ views, statement, body, chain, now, packets }) {
      if (statement.iss !== chain) throw fail('not-allowed')
      decideChoice(body, await entitledKeepers(directory, views, body.keepers, now))
      await checkIds(views, chain, body)
      nextPolicy(await policyHead(views, chain), body.policy)
      for (const [i, { kid, bind }] of packets.entries()) {
        const held = body.keepers[i]
        const fits = kid === held?.key && bind.kind === 'emergency' && bind.escrow === held.escrow
        if (!fits) throw fail('emergency-choice-wrong')
      }
    },
    /** E6 What the former choice gave is destroyed: its packets, and the epochs' of every escrow that is named no more. */
    async effects(sources, { views, body, chain }) {
      const kept = new Set<string>(body.keepers.map((one) => one.escrow))
      for (const one of await escrowsOf(views, chain)) {
        const epochs = kept.has(one.escrow) ? [] : await escrowEpochPackets(views, one.escrow)
        await sources.dropPackets(one.packet ? [...epochs, one.packet] : epochs)
      }
    },
    async project(v, { body, chain, packets }) {
      const packetOf = ({ escrow }: Escrow) => packets.find((one) => one.bind.escrow === escrow)?.id ?? null
      const escrows = body.keepers.map((one) => ({ ...one, packet: packetOf(one) }))
      await saveChoice(v, chain, body.categories, escrows)
      await savePolicy(v, chain, body.policy)
    },
  })

/** Has the patient chosen a keeper of `org` that is one still? */
async function chosenAt(directory: DirectoryPort, v: Tx, patient: string, org: string, now: number): Promise<boolean> {
  for (const one of await escrowsOf(v, patient)) {
    if ((await directory.keeper(v, one.keeper, now))?.org === org) return true
  }
  return false
}

const brokenKind = (directory: DirectoryPort) =>
  kind({
    type: 'BreakGlass',
    body: glassBroken,
    signers: ['professional'],
    claims: (body) => ({ packets: body.packets }),
    async decide({ views, statement, body, chain, now, packets, actor }) {
      freshId(await glassById(views, statement.id))
      const org = 'org' in actor ? actor.org : ''
      const asker = await directory.keyring(views, statement.iss)
      const state = {
        patient: await directory.keyring(views, chain),
        credential: await directory.credential(views, statement.iss, now),
        readerKey: asker?.person && personThumbprint(asker.person),
        chosen: await chosenAt(directory, views, chain, org, now),
      }
      decideGlass(state, body, now, now)
      const [text] = packets
      if (text && (text.bind.kind !== 'emergency' || text.bind.glass !== statement.id)) {
        throw fail('emergency-release-wrong')
      }
    },
    async project(v, { statement, body, chain, at, index, packets }) {
      const asker = await directory.keyring(v, statement.iss)
      const { reason, reader: key, until } = body
      const named = { id: statement.id, patient: chain, asker: statement.iss, org: asker?.org ?? '' }
      const glass = { ...named, reason, key, at, until, statement: digest(statement.token) }
      const open = { second: null, release: null, endedAt: null, review: null }
      await saveGlass(v, { ...glass, ...open }, index, packets[0]?.id ?? null)
    },
  })

const secondedKind = (directory: DirectoryPort) =>
  kind({
    type: 'BreakGlassSeconded',
    body: glassSeconded,
    signers: ['professional', 'desk'],
    async decide({ views, statement, body, chain, now, actor }) {
      const glass = standing(await glassById(views, body.glass), chain, now)
      const by = {
        ...{ who: statement.iss, org: 'org' in actor ? actor.org : '', officer: actor.role === 'desk' },
        credential: await directory.credential(views, statement.iss, now),
      }
      decideSecond(glass, by, body.statement, now)
    },
    project: (v, { statement, body, at }) => changeGlass(v, body.glass, { second: { who: statement.iss, at } }),
  })

const endedKind = kind({
  type: 'BreakGlassEnded',
  body: glassEnded,
  signers: ['patient'],
  async decide({ views, statement, body, chain, now }) {
    if (statement.iss !== chain) throw fail('not-allowed')
    standing(await glassById(views, body.glass), chain, now)
    nextPolicy(await policyHead(views, chain), body.policy)
  },
  /** E7 What opened it is destroyed with it. */
  async effects(sources, { views, body }) {
    const release = (await glassById(views, body.glass))?.release
    const packet = release ? (await grantById(views, release))?.packet : undefined
    if (packet) await sources.dropPackets([packet])
  },
  async project(v, { body, chain, at }) {
    const release = (await glassById(v, body.glass))?.release
    if (release) await revokeGrant(v, release, at)
    await changeGlass(v, body.glass, { endedAt: at })
    await savePolicy(v, chain, body.policy)
  },
})

const releasedKind = (directory: DirectoryPort) =>
  kind({
    type: 'EmergencyReleased',
    body: emergencyReleased,
    signers: ['professional'],
    claims: (body) => ({ packets: body.packets }),
    async decide({ views, statement, body, chain, head, now, packets }) {
      freshId(await grantById(views, statement.id))
      freshId(await escrowById(views, statement.id))
      const held = await directory.keeper(views, statement.iss, now)
      if (!held) throw fail('keeper-unknown')
      const glass = standing(await glassById(views, body.glass), chain, now)
      const escrow = (await escrowsOf(views, chain)).find((one) => one.keeper === statement.iss)
      decideRelease(glass, { handle: statement.iss, org: held.org, escrow }, body)
      const [packet] = packets
      const fits = packet?.kid === body.key && packet.bind.kind === 'grant' && packet.bind.grant === statement.id
      if (!fits || body.head > head || body.until <= now) throw fail('emergency-release-wrong')
    },
    /** Read under like a one-off grant of single records; `within` keeps it inside the chosen categories, whatever it lists. */
    async project(v, { statement, body, chain, at, index, packets }) {
      const { glass, reader, records, head, until } = body
      const scope = { categories: [], records, except: [], head, within: await choiceOf(v, chain) }
      const grant = { id: statement.id, patient: chain, reader, ...scope, standing: false, from: at, until }
      await saveGrant(v, grant, glass, packets[0]?.id ?? null, index)
      await changeGlass(v, glass, { release: statement.id })
    },
  })

const reviewedKind = kind({
  type: 'BreakGlassReviewed',
  body: glassReviewed,
  signers: ['desk'],
  async decide({ views, statement, body, chain }) {
    decideReview(await glassById(views, body.glass), chain, statement.iss)
  },
  project: (v, { statement, body, at }) =>
    changeGlass(v, body.glass, { review: { found: body.found, who: statement.iss, at } }),
})

/** EpochOpened and KeyringRenewed, as emergency access sees them: which keeper holds which epoch's key, in which packet. */
export async function projectKept(v: Tx, accepted: Accepted<z.infer<typeof epochOpened>>): Promise<void> {
  const { body, packets, chain } = accepted
  for (const reader of body.readers) {
    const held = await escrowById(v, reader.grant)
    if (!held || held.patient !== chain) continue
    const packet = packets.find((one) => one.bind.grant === reader.grant && one.bind.from === reader.from)
    for (const at of reader.epochs) {
      const epoch = body.epochs[at]
      if (!epoch) continue
      const { compartment, epoch: number, from: begins } = epoch
      const row = { escrow: reader.grant, compartment, epoch: number, begins, patient: chain }
      await saveEpochKept(v, { ...row, packet: packet?.id ?? '' })
    }
  }
}

/** Every kind of emergency access. */
export const emergencyKinds = (directory: DirectoryPort): readonly AnyKind[] => [
  ...[chosenKind(directory), brokenKind(directory), secondedKind(directory), endedKind],
  ...[releasedKind(directory), reviewedKind],
]
