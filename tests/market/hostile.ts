/** A host that does not keep to its program: it starts the real enclave, carries its messages by hand, keeps every line, and may stop anywhere. */
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { text, utf8 } from '@salus/base/bytes'
import { parseWith } from '@salus/base/schema'
import { signJws } from '@salus/crypto/jws'
import type { Deal } from '@salus/enclave/deal'
import { type FromEnclave, fromEnclave, type ToEnclave } from '@salus/enclave/task/messages'
import { RELEASE_TYP } from '@salus/market/broker/endpoints'
import { datasetDocument } from '@salus/market/dataset/contract'
import { brokerAt } from '@salus/market/host/brokers'
import { wrapped } from '@salus/market/host/isolation'
import type { HostPorts } from '@salus/market/host/run'
import { hostOf, type World } from './world.ts'

const MAIN = resolve(import.meta.dirname, '../../packages/enclave/task/main.ts')

type Change = {
  /** What the enclave is told instead of the ledger's deal and the lab's parameters. */
  readonly deal?: (deal: Deal) => Deal
  readonly params?: string
  /** Edits the task's folder before the enclave starts. */
  readonly folder?: (folder: string) => void
  readonly ports?: HostPorts
}

/** Puts what a deal names into a folder, as a host does. */
export async function prepared(
  w: World,
  id: string,
  name = id,
): Promise<{ folder: string; deal: Deal; brokers: string[] }> {
  const deal = await w.traders.host.deal(id)
  const folder = join(w.folder, name)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(join(folder, 'analysis'), await w.store.get(deal.analysis, 1 << 24))
  const brokers: string[] = []
  for (const [i, { data }] of deal.legs.entries()) {
    const bytes = await w.store.get(data, 1 << 23)
    writeFileSync(join(folder, `document-${i}`), bytes)
    const document = parseWith(datasetDocument, bytes)
    cpSync(await w.store.path(document.file.digest), join(folder, `data-${i}`))
    brokers.push(document.broker)
  }
  return { folder, deal, brokers }
}

/** What a host signs to ask a broker for a key. */
export async function releaseOf(ports: HostPorts, request: object): Promise<string> {
  return signJws(ports.sign, { typ: RELEASE_TYP, kid: ports.publicKey }, utf8(JSON.stringify(request)))
}

/** Starts the enclave on a task. `lines` is all traffic, of its pipes and with the brokers. */
export async function startEnclave(
  w: World,
  id: string,
  { deal: bend, params, folder: edit, ports = hostOf(w) }: Change = {},
) {
  const { folder, deal, brokers } = await prepared(w, id)
  edit?.(folder)
  const [command, ...words] = wrapped(ports.isolation, MAIN, folder)
  const child = spawn(command as string, words, { stdio: ['pipe', 'pipe', 'ignore'], env: {}, cwd: folder })
  child.stdin?.on('error', () => undefined)
  const lines: string[] = []
  const heard = createInterface({ input: child.stdout as never })[Symbol.asyncIterator]()
  const nonces = new Map<string, string>()
  let keys = {}
  const tell = (message: ToEnclave) => {
    lines.push(JSON.stringify(message))
    child.stdin?.write(`${lines.at(-1)}\n`)
  }
  const linkOf = (order: string) => brokerAt(brokers[deal.legs.findIndex((one) => one.order === order)] as string)
  const through = async <T>(sent: object, answer: Promise<T>): Promise<T> => {
    lines.push(JSON.stringify(sent))
    const said = await answer
    lines.push(JSON.stringify(said))
    return said
  }
  const told = { deal: bend ? bend(deal) : deal, params: params ?? text(await w.store.get(deal.params, 1 << 20)) }
  tell({ type: 'begin', ...told, ms: 60_000, memoryBytes: 512 * 2 ** 20, isolation: ports.isolation })
  return {
    ...{ child, folder, deal, lines, tell, nonces, linkOf },
    keys: () => keys as { encryption: string; signing: string },
    async hear(): Promise<FromEnclave | undefined> {
      const { value, done } = await heard.next()
      if (done) return undefined
      lines.push(value)
      const message = parseWith(fromEnclave, value)
      if (message.type === 'keys') keys = { encryption: message.encryption, signing: message.signing }
      return message
    },
    /** Answers one message as an honest host would; throws what a broker refuses. */
    async carry(message: FromEnclave): Promise<void> {
      if (message.type === 'nonce') {
        const asked = { task: deal.task, order: message.order }
        const { nonce } = await through(asked, linkOf(message.order).challenge(asked))
        nonces.set(message.order, nonce)
        tell({ type: 'nonce', order: message.order, nonce })
      } else if (message.type === 'quote') {
        const evidence = await ports.collate(message.quote)
        const request = { task: deal.task, order: message.order, nonce: nonces.get(message.order), ...keys, evidence }
        const asked = { request: await releaseOf(ports, request) }
        const { packet } = await through(asked, linkOf(message.order).release(asked))
        tell({ type: 'key', order: message.order, packet })
      }
    },
    stop: () => void child.kill('SIGKILL'),
  }
}
export type Enclave = Awaited<ReturnType<typeof startEnclave>>
export type Done = Extract<FromEnclave, { type: 'done' }>

/** Carries messages until `last` says stop (its message was heard, and not answered), or the enclave ends. */
export async function carryUntil(at: Enclave, last: (message: FromEnclave, nth: number) => boolean) {
  const seen: Record<string, number> = {}
  for (;;) {
    const message = await at.hear()
    if (!message) return undefined
    const name = message.type === 'step' ? `step ${message.step}` : message.type
    seen[name] = (seen[name] ?? 0) + 1
    if (last(message, seen[name])) return message
    if (message.type === 'done' || message.type === 'failed') return message
    await at.carry(message)
  }
}
export const toTheEnd = (at: Enclave) => carryUntil(at, () => false)
