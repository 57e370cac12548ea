/** C2SP tlog-policy: which logs are trusted and how many witnesses must have cosigned (tlog-policy.md). */
import { AppError } from '@salus/base/errors'
import type { JournalCode } from './contract.ts'
import { formatVkey, type NoteKey, parseVkey } from './note.ts'

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

function groupOf(words: string[], line: number, known: (name: string) => boolean): PolicyNode {
  const [k, ...members] = words
  if (members.length === 0 || !members.every(known) || new Set(members).size !== members.length) throw bad(line)
  const threshold = k === 'any' ? 1 : k === 'all' ? members.length : Number(k)
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > members.length) throw bad(line)
  return { kind: 'group', threshold, members }
}

/** Reads a policy; names are defined before use, one key stands once, exactly one quorum line. */
export function parsePolicy(text: string): Policy {
  const logs: { key: NoteKey; url?: string }[] = []
  const nodes = new Map<string, PolicyNode>()
  const seen = new Set<string>()
  let quorum: string | undefined
  const keyOnce = (vkey: string | undefined, line: number): NoteKey => {
    const key = parseVkey(vkey ?? '')
    const id = formatVkey(key)
    if (seen.has(id)) throw bad(line)
    seen.add(id)
    return key
  }
  text.split('\n').forEach((raw, at) => {
    const line = at + 1
    const words = raw.replace(/#.*$/, '').trim().split(/\s+/)
    const [verb, name, ...rest] = words
    if (verb === '') return
    if (verb === 'log') {
      const url = rest[0]
      logs.push(url ? { key: keyOnce(name, line), url } : { key: keyOnce(name, line) })
    } else if (verb === 'witness' && name && !nodes.has(name) && name !== 'none') {
      const key = keyOnce(rest[0], line)
      nodes.set(name, rest[1] ? { kind: 'witness', key, url: rest[1] } : { kind: 'witness', key })
    } else if (verb === 'group' && name && !nodes.has(name) && name !== 'none') {
      nodes.set(
        name,
        groupOf(rest, line, (one) => nodes.has(one)),
      )
    } else if (verb === 'quorum' && quorum === undefined && name && (name === 'none' || nodes.has(name))) {
      quorum = name
    } else throw bad(line)
  })
  if (quorum === undefined) throw bad(0)
  return { logs, nodes, quorum }
}

/** Is the quorum met by the witnesses in `signed` (names)? */
export function quorumMet(policy: Policy, signed: ReadonlySet<string>): boolean {
  const met = (name: string): boolean => {
    const node = policy.nodes.get(name)
    if (!node) return false
    if (node.kind === 'witness') return signed.has(node.key.name)
    return node.members.filter(met).length >= node.threshold
  }
  return policy.quorum === 'none' || met(policy.quorum)
}
