/** The kinds of statements of grants: who signs, the rule asked, the view kept. */
import { AppError } from '@salus/base/errors'
import type { z } from '@salus/base/schema'
import type { Tx } from '@salus/base/sqlite'
import { personThumbprint } from '@salus/crypto/keys'
import type { DirectoryPort, epochOpened } from '@salus/directory/contract'
import { type Accepted, type AnyKind, kind, type Slice } from '@salus/journal/slice'
import { CHOICE_VIEWS, choicesOf, forgetChoices } from './choices/choices.store.ts'
import { decideUnblocked } from './choices/rules.ts'
import { choicesKind } from './choices/slice.ts'
import {
  accessRequested,
  type GrantCode,
  grantGiven,
  grantRevoked,
  type ReadingPort,
  readerOf,
  requestRefused,
} from './contract.ts'
import { EMERGENCY_VIEWS, escrowById, forgetEmergency } from './emergency/emergency.store.ts'
import { emergencyKinds, projectKept } from './emergency/slice.ts'
import {
  allEpochPackets,
  answerRequest,
  begunEpochPackets,
  forgetPatient,
  GRANT_VIEWS,
  grantById,
  policyHead,
  requestById,
  revokeGrant,
  saveEpochHeld,
  saveGrant,
  savePolicy,
  saveRequest,
} from './grants.store.ts'
import { answerable, decideGrant, decideRequest, decideRevoke, freshId, holdsEpoch, mayRead, mayUse } from './rules.ts'

const fail = (code: GrantCode) => new AppError<GrantCode>(code)

const requestedKind = (directory: DirectoryPort) =>
  kind({
    type: 'AccessRequested',
    body: accessRequested,
    signers: ['professional'],
    async decide({ views, statement, body, chain, now }) {
      freshId(await requestById(views, statement.id))
      const asker = statement.iss
      const reader = await directory.keyring(views, readerOf({ ...body, asker }))
      const { colleague } = body
      const referred = colleague !== undefined && colleague !== asker
      decideRequest(
        {
          patient: await directory.keyring(views, chain),
          credential: await directory.credential(views, asker, now),
          colleague: referred ? await directory.credential(views, colleague, now) : undefined,
          readerKey: reader?.person && personThumbprint(reader.person),
          teams: await directory.teams(views, asker),
        },
        body,
        now,
      )
      // G18 Last, so that whoever asks wrongly hears of that and of nothing else.
      decideUnblocked((await choicesOf(views, chain)).blocked, { asker, colleague })
    },
    async project(v, { statement, body, chain, at, index }) {
      const row = { id: statement.id, patient: chain, asker: statement.iss, status: 'waiting', at, idx: index }
      await saveRequest(v, { ...row, body: JSON.stringify(body) })
    },
  })

/** The patient, or who represents the patient, acts in that one chain: the signer's handle is its name. */
function ownChain(iss: string, chain: string): void {
  if (iss !== chain) throw fail('not-allowed')
}

const refused = kind({
  type: 'RequestRefused',
  body: requestRefused,
  signers: ['patient', 'representative'],
  async decide({ views, statement, body, chain, now }) {
    ownChain(statement.iss, chain)
    answerable(await requestById(views, body.request), chain, now)
  },
  project: async (v, { body }) => void (await answerRequest(v, body.request, 'refused')),
})

/** G14 Nothing is given to somebody whose credential ended or was revoked since the request was made. */
const givenKind = (directory: DirectoryPort) =>
  kind({
    type: 'GrantGiven',
    body: grantGiven,
    signers: ['patient', 'representative'],
    claims: (body) => ({ packets: body.packets }),
    async decide({ views, statement, body, chain, head, now, packets, actor }) {
      ownChain(statement.iss, chain)
      const rows = (await directory.keyring(views, chain))?.representatives ?? []
      // One id names one thing: packets and epochs are found by it, whether a grant, an escrow or an appointment gave them.
      freshId(await grantById(views, statement.id))
      freshId(await escrowById(views, statement.id))
      freshId(rows.find((one) => (one.id as string) === statement.id))
      // G16 Nobody gives for longer than he or she acts.
      const row = actor.role === 'representative' ? rows.find((one) => one.id === actor.appointment) : undefined
      if (actor.role === 'representative' && body.until > (row?.until ?? 0)) throw fail('grant-too-long')
      const request = answerable(await requestById(views, body.request), chain, now)
      for (const one of new Set([request.asker, request.colleague ?? request.asker])) {
        if (!(await directory.credential(views, one, now))) throw fail('credential-missing')
      }
      decideGrant(request, body, await policyHead(views, chain), now)
      const [packet] = packets
      const fits = packet?.kid === body.key && packet.bind.kind === 'grant' && packet.bind.grant === statement.id
      // A head beyond the chain would let records that come later pass for "in the packet".
      if (!fits || body.head > head) throw fail('grant-packet-wrong')
    },
    async project(v, { statement, body, chain, at, index, packets }) {
      const { reader, categories, records, except, head, standing, until } = body
      const what = { reader, categories, records, except, head, standing }
      const grant = { id: statement.id, patient: chain, ...what, from: at, until }
      await saveGrant(v, grant, body.request, packets[0]?.id ?? null, index)
      await answerRequest(v, body.request, 'granted')
      await savePolicy(v, chain, body.policy)
    },
  })

const revoked = kind({
  type: 'GrantRevoked',
  body: grantRevoked,
  signers: ['patient', 'representative'],
  stops: (body) => [body.grant],
  async decide({ views, statement, body, chain }) {
    ownChain(statement.iss, chain)
    decideRevoke(await grantById(views, body.grant), chain, await policyHead(views, chain), body.policy)
  },
  /** G11 What opened the grant is destroyed with it: the packets leave the store in the same transaction. */
  async effects(sources, { views, body }) {
    const grant = await grantById(views, body.grant)
    const packets = await allEpochPackets(views, body.grant)
    await sources.dropPackets(grant?.packet ? [...packets, grant.packet] : packets)
  },
  async project(v, { body, chain, at }) {
    await revokeGrant(v, body.grant, at)
    await savePolicy(v, chain, body.policy)
  },
})

/** Directory's EpochOpened, KeyringRenewed and RepresentativesChanged, as grants sees them: who holds which epoch's key from when, in which packet. */
async function projectEpochs(v: Tx, accepted: Accepted<z.infer<typeof epochOpened>>): Promise<void> {
  const { body, packets, chain } = accepted
  // After a revocation some of its packets are gone: match the ones that remain by what their header binds.
  for (const reader of body.readers) {
    const grant = await grantById(v, reader.grant)
    const packet = packets.find((one) => one.bind.grant === reader.grant && one.bind.from === reader.from)
    for (const at of reader.epochs) {
      const epoch = body.epochs[at]
      if (!epoch || !holdsEpoch(grant, chain, epoch)) continue
      const { compartment, epoch: number, from: begins } = epoch
      await saveEpochHeld(v, {
        ...{ grant: reader.grant, compartment, epoch: number, begins, packet: packet?.id ?? '', patient: chain },
      })
    }
  }
}

async function projectHeld(v: Tx, accepted: Accepted<z.infer<typeof epochOpened>>): Promise<void> {
  await projectEpochs(v, accepted)
  await projectKept(v, accepted)
}

/** What `records` asks of grants. */
export const readingPort: ReadingPort = {
  grant: grantById,
  mayUse,
  mayRead,
  async packetsFor(views, grant, now) {
    const stored = await grantById(views, grant.id)
    const epochs = await begunEpochPackets(views, grant.id, now)
    return stored?.packet ? [stored.packet, ...epochs] : epochs
  },
}

/** The slice, with what it needs of the directory. */
export function createGrantsSlice(directory: DirectoryPort): Slice {
  const kinds: readonly AnyKind[] = [requestedKind(directory), refused, givenKind(directory), revoked, choicesKind]
  return {
    name: 'grants',
    views: GRANT_VIEWS + EMERGENCY_VIEWS + CHOICE_VIEWS,
    kinds: [...kinds, ...emergencyKinds(directory)],
    also: {
      EpochOpened: projectHeld as never,
      KeyringRenewed: projectHeld as never,
      RepresentativesChanged: projectHeld as never,
    },
    async forget(v, handle) {
      await forgetPatient(v, handle)
      await forgetEmergency(v, handle)
      await forgetChoices(v, handle)
    },
  }
}
