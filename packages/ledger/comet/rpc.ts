/** CometBFT's own JSON-RPC, on this machine only: a transaction goes in, and what its process knows comes out. */
import { AppError } from '@salus/base/errors'
import { checkWith, z } from '@salus/base/schema'
import type { LedgerCode, TxResult } from '../errors.ts'
import { type Wire, wireOf } from './wire.ts'

export type CometRpc = {
  /** `ok`, or why this node's mempool refused it; nothing is acknowledged by that. Throws `ledger-unreachable`. */
  broadcast(tx: string): Promise<TxResult>
  status(): Promise<Status>
  peers(): Promise<number>
  /** Names of the processes it hears now. */
  heard(): Promise<string[]>
  /** The last block of whichever of these is furthest, as they told; 0 where nobody did. */
  furthest(): Promise<number>
  /** The hash (hex) of the block at a height, for whoever begins from a snapshot. */
  blockHash(height: number): Promise<string>
}

/** `height` as CometBFT has it; `catching` while it fetches old blocks. */
export type Status = { readonly height: number; readonly catching: boolean; readonly id: string; readonly time: string }

const PATIENCE = 5_000
const number = z.string().regex(/^\d{1,15}$/)
const broadcast = z.object({ code: z.int(), log: z.string() })
const status = z.object({
  node_info: z.object({ id: z.string() }),
  sync_info: z.object({ latest_block_height: number, latest_block_time: z.string(), catching_up: z.boolean() }),
})
const netInfo = z.object({
  n_peers: number,
  peers: z.array(z.object({ node_info: z.object({ id: z.string() }) })),
})
const consensus = z.object({
  peers: z.array(z.object({ peer_state: z.object({ round_state: z.object({ height: number }) }) })),
})
const block = z.object({ block_id: z.object({ hash: z.string() }) })
const reply = z.object({ result: z.unknown().optional(), error: z.object({ data: z.string().optional() }).optional() })

const unreachable = (cause?: unknown) => new AppError<LedgerCode>('ledger-unreachable', {}, { cause })

/** What the mempool has already: it was given before, and waits. */
const KNOWN = /already exists in cache/
const FULL = /mempool is full/

/** A client of the process that listens at `url` (http://127.0.0.1:port). */
export function createRpc(url: string, { bytesOf }: Wire = wireOf()): CometRpc {
  const call = async (method: string, params: object = {}) => {
    try {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(PATIENCE) })
      return checkWith(reply, await response.json())
    } catch (cause) {
      throw unreachable(cause)
    }
  }
  const get = async <T>(schema: z.ZodType<T>, method: string, params?: object): Promise<T> => {
    const { result, error } = await call(method, params)
    if (error) throw unreachable(new Error(error.data))
    return checkWith(schema, result)
  }
  return {
    async broadcast(tx) {
      const { result, error } = await call('broadcast_tx_sync', { tx: Buffer.from(bytesOf(tx)).toString('base64') })
      if (error && KNOWN.test(error.data ?? '')) return { code: 'ok' }
      if (error) throw FULL.test(error.data ?? '') ? new AppError<LedgerCode>('ledger-waiting') : unreachable()
      const { code, log } = checkWith(broadcast, result)
      return code === 0 ? { code: 'ok' } : refusalOf(log)
    },
    async status() {
      const { node_info, sync_info } = await get(status, 'status')
      const { latest_block_height, latest_block_time, catching_up } = sync_info
      return { height: Number(latest_block_height), catching: catching_up, id: node_info.id, time: latest_block_time }
    },
    peers: async () => Number((await get(netInfo, 'net_info')).n_peers),
    heard: async () => (await get(netInfo, 'net_info')).peers.map((one) => one.node_info.id),
    async furthest() {
      const { peers } = await get(consensus, 'dump_consensus_state')
      // The height they work on: the block before is their last. What a third of them alone claims moves nobody.
      const claimed = peers.map(({ peer_state }) => Number(peer_state.round_state.height) - 1).sort((a, b) => b - a)
      return Math.max(0, claimed[Math.floor(claimed.length / 3)] ?? 0)
    },
    blockHash: async (height) => (await get(block, 'block', { height: String(height) })).block_id.hash,
  }
}

const refused = z.object({
  code: z.string(),
  facts: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
})

/** Our own code and facts, as the application wrote them into the answer's log. */
function refusalOf(log: string): TxResult {
  try {
    return checkWith(refused, JSON.parse(log)) as TxResult
  } catch {
    return { code: 'tx-invalid' }
  }
}
