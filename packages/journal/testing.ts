/** For tests (node face): a slice of one's own, persons who sign for it, and a journal over real files in a folder. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { base32, base64url, fromBase64url } from '@salus/base/bytes'
import { type Clock, type Random, systemClock, systemRandom } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import type { Digest, Handle, OrgId } from '@salus/base/ids'
import { field, z } from '@salus/base/schema'
import { openSqlite, type Sql, type Tx } from '@salus/base/sqlite'
import { digest } from '@salus/crypto/hash'
import { verifyEd25519 } from '@salus/crypto/jws'
import {
  devicePublicOf,
  exportDeviceKey,
  generateDeviceKey,
  importDeviceKey,
  signingThumbprint,
} from '@salus/crypto/keys'
import { type Journal, type JournalPorts, openJournal, viewSchema } from './accept.ts'
import type { SubmissionItem } from './contract.ts'
import { type NoteKey, noteKey } from './note.ts'
import { deviceOf, forgetSample, SAMPLE_VIEWS, saveDevice, saveNote } from './sample.store.ts'
import { kind, type SignerPort, type Slice } from './slice.ts'
import { openSources } from './sources.store.ts'
import { type Draft, type Signer, signStatement } from './statement.ts'

export const SAMPLE_ORIGIN = 'journal.sample.example'
const refused = () => new AppError<'sample-refused'>('sample-refused')

const founded = kind({
  type: 'SampleFounded',
  body: z.strictObject({ handle: field.handle, device: field.key32 }),
  signers: [],
  ownKey: (body) => body.device,
  chain: (body) => body.handle,
  async decide({ views, chain }) {
    if (await deviceOf(views, chain)) throw refused()
  },
  project: (v, { body }) => saveDevice(v, body.handle, body.device),
})

const turned = kind({
  type: 'SampleTurned',
  body: z.strictObject({ device: field.key32 }),
  signers: ['patient'],
  decide: async () => {},
  project: (v, { chain, body }) => saveDevice(v, chain, body.device),
})

/** Its words command it: `refuse` by the rule, `refuse late` after everything was written, `break` by accident. */
const written = kind({
  type: 'SampleWritten',
  body: z.strictObject({
    words: z.string().max(100_000),
    packets: z.array(field.digest),
    content: field.digest.optional(),
  }),
  signers: ['patient'],
  claims: ({ packets, content }) => (content ? { packets, content } : { packets }),
  async decide({ body }) {
    if (body.words === 'refuse') throw refused()
    if (body.words === 'break') throw new TypeError('an accident in a slice')
  },
  async project(v, { chain, number, index: idx, at, body, packets }) {
    const ids = packets.map((one) => one.id).join()
    await saveNote(v, { idx, chain, number, words: body.words, packets: ids, at })
    if (body.words === 'refuse late') throw refused()
  },
})

const erased = kind({
  type: 'SampleErased',
  body: z.strictObject({}),
  signers: ['patient'],
  stops: (_, { iss }) => [iss],
  async decide({ statement, chain }) {
    if (statement.iss !== chain) throw refused()
  },
  effects: (sources, { chain }) => sources.eraseChain(chain),
  project: (v, { chain }) => forgetSample(v, chain),
})

/** Says what was done at some node: taken at every one. */
const seen = kind({
  type: 'SampleSeen',
  body: z.strictObject({ words: z.string().max(100) }),
  signers: ['patient'],
  anywhere: async () => {},
  decide: async () => {},
  project: (v, { chain, number, index: idx, at, body }) =>
    saveNote(v, { idx: idx * 1000 + (number % 1000), chain, number, words: body.words, packets: '', at }),
})

/** The chain's home is another log from here on. */
const moved = kind({
  type: 'SampleMoved',
  body: z.strictObject({ to: z.string().max(100) }),
  signers: ['patient'],
  decide: async () => {},
  moves: ({ to }) => to,
  project: (v, { chain, number, index: idx, at, body }) =>
    saveNote(v, { idx, chain, number, words: `to ${body.to}`, packets: '', at }),
})

/** Found a chain, turn its device, write, look, move, erase. */
export const sampleSlice: Slice = {
  name: 'sample',
  views: SAMPLE_VIEWS,
  kinds: [founded, turned, written, seen, moved, erased],
  forget: forgetSample,
}

export const sampleSigners: SignerPort = {
  async find(views, issuer, kid) {
    const publicKey = await deviceOf(views, issuer)
    if (!publicKey || signingThumbprint(publicKey) !== kid) return undefined
    return { publicKey, actor: { role: 'patient', handle: issuer as Handle, org: 'sample-one' as OrgId } }
  },
}

export type Times = { readonly clock: Clock; readonly random: Random }
export const systemTimes: Times = { clock: systemClock, random: systemRandom }

/** A fresh device key and the thumbprint it signs under. */
export async function createSigner(): Promise<Signer & { readonly publicKey: string }> {
  const { publicKey, privateKey } = await generateDeviceKey()
  return { publicKey, privateKey, kid: signingThumbprint(publicKey) }
}

export type More = { readonly packets?: readonly string[]; readonly content?: string } & Partial<Draft>

export type Person = {
  readonly handle: Handle
  readonly signer: Signer & { readonly publicKey: string }
  found(): Promise<SubmissionItem>
  write(words: string, more?: More): Promise<SubmissionItem>
  turn(device: string): Promise<SubmissionItem>
  see(words: string, more?: Partial<Draft>): Promise<SubmissionItem>
  move(to: string, more?: Partial<Draft>): Promise<SubmissionItem>
  erase(more?: Partial<Draft>): Promise<SubmissionItem>
}

/** A sample person with a device key; `found` comes first. */
export async function createPerson(times: Times = systemTimes): Promise<Person> {
  const signer = await createSigner()
  const handle = base32(times.random(16)) as Handle
  const sign = async (type: string, body: object, more: Partial<Draft> = {}): Promise<SubmissionItem> => {
    const draft = { type, iss: handle, sub: handle, aud: SAMPLE_ORIGIN, body, ...more }
    return { statement: await signStatement(signer, draft, times) }
  }
  return {
    handle,
    signer,
    async found() {
      const draft = {
        type: 'SampleFounded',
        iss: 'self',
        aud: SAMPLE_ORIGIN,
        body: { handle, device: signer.publicKey },
      }
      return { statement: await signStatement(signer, draft, times) }
    },
    async write(words, { packets = [], content, ...more } = {}) {
      const named = { words, packets: packets.map((one): Digest => digest(one)) }
      const item = await sign('SampleWritten', content ? { ...named, content: digest(content) } : named, more)
      return { ...item, packets: [...packets], ...(content ? { content } : {}) }
    },
    turn: (device) => sign('SampleTurned', { device }),
    see: (words, more = {}) => sign('SampleSeen', { words }, more),
    move: (to, more = {}) => sign('SampleMoved', { to }, more),
    erase: (more = {}) => sign('SampleErased', {}, more),
  }
}

/** The key of a folder's log: made once, kept in the folder. It protects samples only. */
async function logKeyOf(dir: string, origin: string) {
  const file = join(dir, 'log.key')
  if (!existsSync(file)) {
    const { privateKey } = await generateDeviceKey(true)
    writeFileSync(file, base64url(await exportDeviceKey(privateKey)), { mode: 0o600 })
  }
  const pkcs8 = fromBase64url(readFileSync(file, 'utf8'))
  const key = noteKey(origin, fromBase64url(await devicePublicOf(pkcs8)))
  return { key, privateKey: await importDeviceKey(pkcs8) }
}

export type TestJournal = {
  readonly journal: Journal
  readonly sources: Sql
  readonly views: Sql
  /** What verifies its checkpoints. */
  readonly key: NoteKey
  close(): Promise<void>
}

export type TestJournalOptions = Partial<
  Pick<
    JournalPorts,
    | 'clock'
    | 'random'
    | 'slices'
    | 'origin'
    | 'homes'
    | 'eraseMore'
    | 'keepEvidence'
    | 'rememberErased'
    | 'verify'
    | 'signers'
  >
> & {
  /** Puts something between the journal and its files. */
  readonly wrap?: { sources?(sql: Sql): Sql; views?(sql: Sql): Sql }
}

/** Opens (or opens again) the journal in `dir`: sources.db, views.db and log.key stand there. */
export async function openTestJournal(dir: string, options: TestJournalOptions = {}): Promise<TestJournal> {
  const { wrap = {}, slices = [sampleSlice], origin = SAMPLE_ORIGIN, ...ports } = options
  const sources = openSources(join(dir, 'sources.db'))
  const views = openSqlite(join(dir, 'views.db'), { durability: 'off', schema: viewSchema(slices) })
  const logKey = await logKeyOf(dir, origin)
  const close = async () => {
    await views.close()
    await sources.close()
  }
  try {
    const journal = await openJournal({
      ...{ ...systemTimes, origin, signers: sampleSigners, verify: verifyEd25519, slices, logKey },
      ...{ ...ports, sources: wrap.sources?.(sources) ?? sources, views: wrap.views?.(views) ?? views },
    })
    return { journal, sources, views, key: logKey.key, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** A fault that strikes one transaction that writes SQL like `pattern`: before its commit, or after (its answer is lost). */
export function createFault(pattern: RegExp) {
  let armed: 'before' | 'after' | undefined
  let times = 0
  const strike = (when: typeof armed) => {
    if (armed !== when) return
    if (--times <= 0) armed = undefined
    throw new Error('the disk failed (a fault of the test)')
  }
  const wrap = (sql: Sql): Sql => ({
    ...sql,
    async tx(fn) {
      let hit = false
      const result = await sql.tx(async (tx) => {
        const spy: Tx = {
          ...tx,
          run(text, ...values) {
            hit ||= pattern.test(text)
            return tx.run(text, ...values)
          },
        }
        const value = await fn(spy)
        if (hit) strike('before')
        return value
      })
      if (hit) strike('after')
      return result
    },
  })
  return {
    wrap,
    arm(when: 'before' | 'after', count = 1) {
      armed = when
      times = count
    },
  }
}
