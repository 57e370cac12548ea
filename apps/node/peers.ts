/** The other hospitals' nodes (N21): which log each keeps, whom it stands for, under which key it asks; and the signature it asks with. */
import { base64url, concat, text } from '@salus/base/bytes'
import { type Clock, type Random, seconds } from '@salus/base/clock'
import type { Principal } from '@salus/base/endpoint'
import { AppError } from '@salus/base/errors'
import { type Carried, createSignatureCheck, isCarried, type SignedRequest, signRequest } from '@salus/crypto/httpsig'
import type { VerifyEd25519 } from '@salus/crypto/jws'
import type { Roots } from '@salus/directory/consortium'
import type { Engine } from '@salus/ledger/contract'
import type { Clocks } from './clocks.ts'
import type { Founded } from './found.ts'

/** Where another hospital's node is asked. */
export type PeerAddress = { readonly origin: string; readonly url: string }
/** An answer as text, of at most so many bytes; undefined for anything else, read no further than that. */
export async function textOf({ body }: Response, most: number): Promise<string | undefined> {
  const parts: Uint8Array[] = []
  let length = 0
  try {
    for await (const part of body ?? []) {
      length += part.length
      if (length > most) return undefined
      parts.push(part)
    }
    return text(concat(...parts))
  } catch {
    return undefined
  }
}

/** The same of JSON. */
export async function jsonOf(response: Response, most: number): Promise<unknown> {
  try {
    return JSON.parse((await textOf(response, most)) ?? '')
  } catch {
    return undefined
  }
}
export type Fetch = (url: string, init: RequestInit) => Promise<Response>
/** Signs a request of this node's (`createNodeSigner`). */
export type SignNode = (request: SignedRequest) => Promise<Record<string, string>>

/** A node as the ledger knows it now. */
export type Peer = {
  /** Its own name on the ledger: under this it signs. */
  readonly operator: string
  readonly origin: string
  readonly key: string
  /** Organisations of the roots that are the same legal entity as its operator. */
  readonly orgs: readonly string[]
  /** Where it is reached, where the ledger says so. */
  readonly url?: string
}

type Member = {
  readonly org: string
  readonly key: string
  readonly legal: string
  readonly status: string
  readonly node?: { readonly url: string }
}

/** Nodes that the roots name and the ledger has as members. */
function peersIn({ journals, organisations }: Roots, members: readonly Member[]): Peer[] {
  const named = new Set<string>(organisations.map((one) => one.org))
  return journals.flatMap(({ origin, operator }): Peer[] => {
    const node = members.find((one) => one.org === operator)
    if (!node) return []
    const same = members.filter((one) => one.legal === node.legal)
    const orgs = same.map((one) => one.org).filter((org) => named.has(org))
    const url = same.find((one) => one.node)?.node?.url
    return [{ operator, origin, key: node.key, orgs, ...(url === undefined ? {} : { url }) }]
  })
}

export type Peers = () => readonly Peer[]

/** Follows each committed block: a node that left, or has another key, is asked and answered accordingly at once. */
export async function followPeers(roots: Roots, ledger: Pick<Engine, 'query' | 'onCommit'>): Promise<Peers> {
  let peers: readonly Peer[] = []
  const refresh = async () => {
    peers = peersIn(roots, (await ledger.query('members/list', '')) as readonly Member[])
  }
  await refresh()
  ledger.onCommit(() => void refresh())
  return () => peers
}

/** What a request brought that was signed by a node. */
export type NodeSigned = { readonly method: string; readonly url: string; readonly headers: Headers }

/**
 * Who asks: the node whose key on the ledger signed exactly this request, for this log, just now; `carried`: not for itself. Throws
 * `signature-invalid`.
 */
export function createNodePrincipal(peers: Peers, own: string, verify: VerifyEd25519, clock: Clock, clocks?: Clocks) {
  const known = (keyid: string) => peers().find((one) => one.operator === keyid && one.origin !== own)
  const check = createSignatureCheck(
    verify,
    (keyid) => known(keyid)?.key,
    undefined,
    (by, apart) => clocks?.told(by.keyid, apart),
  )
  return async ({ method, url, headers }: NodeSigned): Promise<{ node: Principal; carried: boolean }> => {
    const carried = isCarried(headers.get('signature-input') ?? '')
    const asked = { method, url, to: own, ...(carried ? { carried: credentialsOf(headers) } : {}) }
    const { keyid } = await check(asked, signedHeaders(headers), seconds(clock()))
    const peer = known(keyid)
    if (!peer) throw new AppError('signature-invalid')
    clocks?.told(keyid, 0)
    return { node: { role: 'node', origin: peer.origin, orgs: peer.orgs }, carried }
  }
}

/** By which somebody proves who asks. */
export const credentialsOf = (headers: Headers): Carried => ({
  authorization: headers.get('authorization') ?? undefined,
  dpop: headers.get('dpop') ?? undefined,
})

const signedHeaders = (headers: Headers) => ({
  to: headers.get('salus-to') ?? '',
  input: headers.get('signature-input') ?? '',
  signature: headers.get('signature') ?? '',
  digest: headers.get('content-digest') ?? undefined,
})

/** Signs this node's requests to others, with the key it has on the ledger. */
export const createNodeSigner =
  ({ operatorKey, operator }: Pick<Founded, 'operatorKey' | 'operator'>, at: { clock: Clock; random: Random }) =>
  (request: SignedRequest): Promise<Record<string, string>> =>
    signRequest(operatorKey.privateKey, request, {
      ...{ keyid: operator, created: seconds(at.clock()), nonce: base64url(at.random(16)) },
    })
