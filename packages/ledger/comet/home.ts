/** A CometBFT home folder: its keys, its genesis and its configuration, each value that is not CometBFT's own with its reason. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { base64, base64url, concat, fromBase64url, hex } from '@salus/base/bytes'
import { parseJson } from '@salus/base/json'
import { parseWith, z } from '@salus/base/schema'
import { flush, writeWhole } from '@salus/base/whole'
import { sha256 } from '@salus/crypto/hash'
import { exportDeviceKey, generateDeviceKey } from '@salus/crypto/keys'
import type { Genesis } from '../contract.ts'
import { appStateOf } from './application.ts'
import { APP_VERSION } from './wire.ts'

/** What the others must know of this process. */
export type CometIdentity = {
  /** The consensus key, base64url. */
  readonly validator: string
  /** CometBFT's name of the process: 40 hex digits. */
  readonly peer: string
}

export type CometGenesis = {
  readonly genesis: Genesis
  /** Who votes at the beginning (base64url keys). */
  readonly validators: readonly string[]
  /** Where the chain goes on from an embedded ledger: its last height, block time and app hash. */
  readonly from?: { readonly height: number; readonly time: number; readonly appHash: string }
}

export type CometConfig = {
  /** The machine's socket, as `proxy_app` is written. */
  readonly abci: string
  readonly rpc: number
  readonly p2p: number
  /** `id@host:port` of the others. */
  readonly peers: readonly string[]
  /** All on one machine: more than one process at one address. */
  readonly demonstration?: boolean
  /** Join by a snapshot: two servers' RPC addresses, and a block that is trusted. */
  readonly stateSync?: { readonly servers: readonly string[]; readonly height: number; readonly hash: string }
}

const address = (publicKey: string): Uint8Array => sha256(fromBase64url(publicKey)).subarray(0, 20)

/** CometBFT's name of a process whose key is `publicKey` (base64url). */
export const peerId = (publicKey: string): string => hex(address(publicKey))

type Key = { readonly publicKey: string; readonly secret: string }

// Go's Ed25519 private key: seed and public half. The seed stands at the end of the PKCS #8 document (RFC 8410 §7).
async function freshKey(): Promise<Key> {
  const { publicKey, privateKey } = await generateDeviceKey(true)
  const pkcs8 = await exportDeviceKey(privateKey)
  return { publicKey, secret: base64(concat(pkcs8.subarray(pkcs8.length - 32), fromBase64url(publicKey))) }
}

const PRIVATE = 'tendermint/PrivKeyEd25519'
const PUBLIC = 'tendermint/PubKeyEd25519'
const pub = (publicKey: string) => ({ type: PUBLIC, value: base64(fromBase64url(publicKey)) })

/** Makes the keys of a home once; a home that has them keeps them. */
export async function makeHome(home: string): Promise<CometIdentity> {
  await mkdir(join(home, 'config'), { recursive: true, mode: 0o700 })
  await mkdir(join(home, 'data'), { recursive: true, mode: 0o700 })
  if (existsSync(join(home, 'config', 'node_key.json'))) return readIdentity(home)
  const [validator, node] = [await freshKey(), await freshKey()]
  await writeValidator(home, 'config/priv_validator_key.json', validator)
  // Which votes this key has given: it lies with the key, and is never put back from an older copy, or the key may vote twice.
  await writeJson(home, 'config/priv_validator_state.json', { height: '0', round: 0, step: 0 })
  await writeJson(home, 'config/node_key.json', { priv_key: { type: PRIVATE, value: node.secret } })
  return readIdentity(home)
}

const publicIn = (key: { readonly pub_key: { readonly value: string } }): string =>
  base64url(Buffer.from(key.pub_key.value, 'base64') as never)

const writeValidator = (home: string, name: string, { publicKey, secret }: Key): Promise<void> =>
  writeJson(home, name, {
    address: hex(address(publicKey)).toUpperCase(),
    pub_key: pub(publicKey),
    priv_key: { type: PRIVATE, value: secret },
  })

const NEXT = 'config/next_validator_key.json'

/** The consensus key that takes the place of this home's, where one was made. */
export const nextValidator = async (home: string): Promise<string | undefined> =>
  existsSync(join(home, NEXT)) ? publicIn(JSON.parse(await readFile(join(home, NEXT), 'utf8'))) : undefined

/** Makes it once, beside the one in use. */
export async function makeNextValidator(home: string): Promise<string> {
  const made = await nextValidator(home)
  if (made !== undefined) return made
  const key = await freshKey()
  await writeValidator(home, NEXT, key)
  return key.publicKey
}

/**
 * It takes the place of the one in use, in one step; CometBFT must not run. The state beside it stays: what the old key signed last
 * only keeps the new one from signing at or below that height, where it has no vote.
 */
export async function takeNextValidator(home: string): Promise<void> {
  await rename(join(home, NEXT), join(home, 'config', 'priv_validator_key.json'))
  await flush(join(home, 'config'))
}

/** The public halves of a home's keys. */
export async function readIdentity(home: string): Promise<CometIdentity> {
  const read = async (name: string) => JSON.parse(await readFile(join(home, 'config', name), 'utf8'))
  const validator = await read('priv_validator_key.json')
  const node = (await read('node_key.json')) as { priv_key: { value: string } }
  const own = Buffer.from(node.priv_key.value, 'base64').subarray(32)
  return {
    validator: publicIn(validator),
    peer: createHash('sha256').update(own).digest('hex').slice(0, 40),
  }
}

const writeJson = (home: string, name: string, value: object): Promise<void> =>
  writeWhole(join(home, name), `${JSON.stringify(value, null, 2)}\n`)

/** Largest block, bytes: a few thousand transactions, and no flood that gossip would choke on. */
const MAX_BLOCK = 4 << 20

/** The chain's beginning as CometBFT reads it: the same at every member. */
const genesisOf = ({ genesis, validators, from }: CometGenesis, rules = APP_VERSION) => ({
  genesis_time: new Date(from ? from.time + 1 : genesis.time).toISOString(),
  chain_id: genesis.chain as string,
  initial_height: String((from?.height ?? 0) + 1),
  consensus_params: {
    block: { max_bytes: String(MAX_BLOCK), max_gas: '-1' },
    evidence: { max_age_num_blocks: '100000', max_age_duration: '172800000000000', max_bytes: '1048576' },
    validator: { pub_key_types: ['ed25519'] },
    version: { app: String(rules) },
    abci: { vote_extensions_enable_height: '0' },
  },
  validators: validators.map((key) => ({
    address: hex(address(key)).toUpperCase(),
    pub_key: pub(key),
    power: '1',
    name: '',
  })),
  app_hash: from ? hex(fromBase64url(from.appHash)).toUpperCase() : '',
  app_state: appStateOf(genesis),
})

export const writeGenesis = (home: string, beginning: CometGenesis): Promise<void> =>
  writeJson(home, 'config/genesis.json', genesisOf(beginning))

const begun = z.object({
  genesis_time: z.iso.datetime(),
  initial_height: z.string().regex(/^[1-9]\d{0,14}$/),
  app_hash: z.string().regex(/^([0-9A-F]{2}){0,64}$/),
  validators: z.array(z.object({ pub_key: z.object({ value: z.string() }) })).min(1),
})

/**
 * A chain's beginning as a member has it: is it just what follows from this `genesis`, and does the chain begin with CometBFT's first
 * block? Of a migrated one, who votes at its first height, when and after which state are the snapshot's to prove.
 */
export function checkGenesis(text: string, genesis: Genesis): { readonly fits: boolean; readonly fromStart: boolean } {
  const said = parseWith(begun, text)
  const fromStart = said.initial_height === '1' && said.app_hash === ''
  const named = genesis.organisations.flatMap(({ node }) => (node ? [node.validator] : []))
  const voters = said.validators.map(publicIn)
  const rules = rulesIn(text)
  const made = genesisOf({ genesis, validators: voters }, rules)
  const { genesis_time, initial_height, app_hash } = said
  const expected = fromStart ? made : { ...made, genesis_time, initial_height, app_hash }
  const known = fromStart ? isDeepStrictEqual(voters.toSorted(), named.toSorted()) : app_hash !== ''
  return { fits: known && isKnown(rules) && isDeepStrictEqual(parseJson(text), expected), fromStart }
}

/** Writes it as it was handed over. */
export const writeGenesisText = (home: string, text: string): Promise<void> =>
  writeWhole(join(home, 'config', 'genesis.json'), text)

export const readGenesisText = (home: string): Promise<string> => readFile(join(home, 'config', 'genesis.json'), 'utf8')

/** Where this process listens for the others, and whom it dials (`id@host:port`), as its `config.toml` says. */
export async function readPeers(
  home: string,
): Promise<{ readonly host: string; readonly p2p: number; readonly peers: string[] }> {
  const text = await readFile(join(home, 'config', 'config.toml'), 'utf8')
  const [, host = '', p2p = '0'] = /\[p2p\]\nladdr = "tcp:\/\/([\d.]+):(\d+)"/.exec(text) ?? []
  const peers = /^persistent_peers = "([^"]*)"$/m.exec(text)?.[1] ?? ''
  return { host, p2p: Number(p2p), peers: peers.split(',').filter(Boolean) }
}

/** Does this program know these rules? */
const isKnown = (rules: number): boolean => rules >= 1 && rules <= APP_VERSION

const version = z.object({ consensus_params: z.object({ version: z.object({ app: z.string().regex(/^\d{1,9}$/) }) }) })

const rulesIn = (text: string): number => Number(parseWith(version, text).consensus_params.version.app)

/** Version of the machine's rules with which the chain of this home began, and of the newest that this program knows. */
export async function rulesOf(
  home: string,
): Promise<{ readonly chain: number; readonly own: number; readonly known: boolean }> {
  const file = join(home, 'config', 'genesis.json')
  // Without that file CometBFT does not start either, and says so.
  if (!existsSync(file)) return { chain: APP_VERSION, own: APP_VERSION, known: true }
  const chain = rulesIn(await readFile(file, 'utf8'))
  return { chain, own: APP_VERSION, known: isKnown(chain) }
}

/** Writes `config.toml`: what is not said here is CometBFT's default. Each line's reason: deploy/cometbft.md. */
export const writeConfig = (home: string, config: CometConfig): Promise<void> =>
  writeWhole(join(home, 'config', 'config.toml'), configOf(config))

const stateSyncOf = (stateSync: CometConfig['stateSync']): string =>
  stateSync
    ? `enable = true
rpc_servers = "${stateSync.servers.join(',')}"
trust_height = ${stateSync.height}
trust_hash = "${stateSync.hash}"
trust_period = "168h0m0s"
discovery_time = "5s"`
    : 'enable = false'

const configOf = ({ abci, rpc, p2p, peers, demonstration = false, stateSync }: CometConfig): string => `\
proxy_app = "${abci}"
abci = "socket"
filter_peers = true
priv_validator_state_file = "config/priv_validator_state.json"
log_level = "error"

[rpc]
laddr = "tcp://127.0.0.1:${rpc}"
pprof_laddr = ""
max_request_batch_size = 10

[p2p]
laddr = "tcp://${demonstration ? '127.0.0.1' : '0.0.0.0'}:${p2p}"
persistent_peers = "${peers.join(',')}"
pex = false
addr_book_strict = ${demonstration ? 'false' : 'true'}
allow_duplicate_ip = ${demonstration ? 'true' : 'false'}
flush_throttle_timeout = "5ms"
persistent_peers_max_dial_period = "5s"

[mempool]
recheck = true
size = 10000
max_tx_bytes = 16384
cache_size = 20000

[consensus]
timeout_propose = "1s"
timeout_commit = "20ms"
create_empty_blocks = false
peer_gossip_sleep_duration = "5ms"

[statesync]
${stateSyncOf(stateSync)}

[tx_index]
indexer = "null"
`
