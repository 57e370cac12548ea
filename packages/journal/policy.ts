/** C2SP tlog-policy: which logs are trusted and how many witnesses must have cosigned (tlog-policy.md). */
import { base64 } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import type { JournalCode } from './contract.ts'
import { type NoteKey, parseVkey } from './note.ts'

/** What is wrong stands on that line, from 1; 0: with the policy as a whole. */
const bad = (line: number) => new AppError<JournalCode>('policy-invalid', { line })

export type PolicyNode =
  | { readonly kind: 'witness'; readonly key: NoteKey; readonly url?: string }
  | { readonly kind: 'group'; readonly threshold: number; readonly members: readonly string[] }

export type Policy = {
  readonly logs: readonly { readonly key: NoteKey; readonly url?: string }[]
  readonly nodes: ReadonlyMap<string, PolicyNode>
  /** Name of the witness or group that must be satisfied; `none`: the log's own signature is enough. */
  readonly quorum: string
}

type Reading = {
  readonly logs: { key: NoteKey; url?: string }[]
  readonly nodes: Map<string, PolicyNode>
  readonly keys: Set<string>
  readonly members: Set<string>
  quorum?: string
}

/** Reads a policy; names are defined before use, one key stands once, exactly one quorum line. Throws `policy-invalid`. */
export function parsePolicy(text: string): Policy {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the format forbids exactly these
  if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text)) throw bad(0)
  const into: Reading = { logs: [], nodes: new Map(), keys: new Set(), members: new Set() }
  for (const [at, raw] of text.split('\n').entries()) {
    const line = raw.replace(/^[ \t]+|[ \t]+$/g, '')
    if (line !== '' && !line.startsWith('#')) readLine(into, line.split(/[ \t]+/), at + 1)
  }
  const { logs, nodes, quorum } = into
  if (quorum === undefined || !distinct(into)) throw bad(0)
  return { logs, nodes, quorum }
}

/**
 * A cosignature is counted by its key's name: a name that two witnesses share, or a witness and a log, would let one
 * signature stand for two.
 */
function distinct({ logs, nodes }: Reading): boolean {
  const taken = new Set(logs.map((log) => log.key.name))
  for (const node of nodes.values()) {
    if (node.kind !== 'witness') continue
    if (taken.has(node.key.name)) return false
    taken.add(node.key.name)
  }
  return true
}

function readLine(into: Reading, [verb, ...words]: string[], line: number): void {
  const { nodes } = into
  if (verb === 'log') return void into.logs.push(keyAndUrl(into, words, line))
  const [name = '', ...rest] = words
  const isNew = name !== '' && name !== 'none' && !nodes.has(name)
  if (verb === 'witness' && isNew) nodes.set(name, { kind: 'witness', ...keyAndUrl(into, rest, line) })
  else if (verb === 'group' && isNew) nodes.set(name, groupOf(into, rest, line))
  else if (verb === 'quorum' && into.quorum === undefined && rest.length === 0 && (name === 'none' || nodes.has(name)))
    into.quorum = name
  else throw bad(line)
}

function keyAndUrl({ keys }: Reading, [vkey, url, ...more]: string[], line: number): { key: NoteKey; url?: string } {
  if (vkey === undefined || more.length > 0) throw bad(line)
  const key = readKey(vkey, line)
  // Two vkeys are duplicates when the key inside is the same, whatever the names around it.
  const inside = base64(key.publicKey)
  if (keys.has(inside)) throw bad(line)
  keys.add(inside)
  return url === undefined ? { key } : { key, url }
}

function readKey(vkey: string, line: number): NoteKey {
  try {
    return parseVkey(vkey)
  } catch (error) {
    if (isAppError(error)) throw bad(line)
    throw error
  }
}

/** A name is a member once in the whole policy, so that a witness counts in only one way. */
function groupOf({ nodes, members: taken }: Reading, [k, ...members]: string[], line: number): PolicyNode {
  for (const one of members) {
    if (!nodes.has(one) || taken.has(one)) throw bad(line)
    taken.add(one)
  }
  const count = members.length
  const threshold = k === 'any' ? 1 : k === 'all' ? count : /^[1-9]\d{0,8}$/.test(k ?? '') ? Number(k) : 0
  if (threshold < 1 || threshold > count) throw bad(line)
  return { kind: 'group', threshold, members }
}

/**
 * The witnesses that count for the log `origin`: all but its own (`witness.<origin>`), which could only repeat what the log says
 * itself. One policy text serves every log of a consortium so.
 */
export const witnessesFor = ({ nodes }: Policy, origin: string): { readonly key: NoteKey; readonly url?: string }[] =>
  [...nodes.values()].flatMap((one) => (one.kind === 'witness' && one.key.name !== `witness.${origin}` ? [one] : []))

/** Is the quorum met by the witnesses whose keys' names are in `signed` (as `openNote` gives them)? */
export function quorumMet(policy: Policy, signed: ReadonlySet<string>): boolean {
  const met = (name: string): boolean => {
    const node = policy.nodes.get(name)
    if (!node) return false
    if (node.kind === 'witness') return signed.has(node.key.name)
    return node.members.filter(met).length >= node.threshold
  }
  return policy.quorum === 'none' || met(policy.quorum)
}
