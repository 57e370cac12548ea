/** Why each field of the market may stand on a ledger that forgets nothing (gate P20): organisations, money and digests. */
import type { Reason } from '@salus/ledger/fields'
import { bodies } from './contract.ts'

const row = (need: string, kept: string, risk: string): Reason => ({ need, kept, risk })

const CHAIN = 'as long as the chain exists'
const DEAL = 'as long as the deal may be disputed; the chain keeps it'
const ENTITY = 'none of a person: organisations trade here, under their own names'

const id = row('names an order, a task or a payment; opaque and random', DEAL, 'none: it tells nothing')
const org = row('says which organisation is meant', CHAIN, ENTITY)
const money = row('what is paid, in whole credits', DEAL, 'a price between organisations; none of a person')
const limit = row('how often and until when an order may be used', DEAL, ENTITY)
const who = row('whom the owner lets in', DEAL, ENTITY)
const words = row('closed words that the parties are bound by', DEAL, 'none: a closed list')
const gate = row('the rules a result must keep, known before anybody pays', DEAL, 'none: thresholds, no counts')
const key = row('what is sealed to, or verified with', DEAL, 'none: a public key of an organisation or of one run')
const version = row(
  'binds a deal to the exact version of a data set’s document',
  DEAL,
  'none: digest of a public document with rounded counts and of ciphertext; the data itself is not hashed',
)
const program = row('binds a deal to the exact bytes of an analysis', DEAL, 'none: digest of a public program')
const choice = row(
  'binds a deal to its parameters',
  DEAL,
  'none of a person: digest of a model (columns and transforms); a model is no data',
)
const result = row(
  'lets everybody see that the sealed result is the one that was paid for',
  DEAL,
  'none: digest of ciphertext',
)
const share = row(
  'hands a hospital’s share of the key to the lab at the moment it is paid',
  DEAL,
  'none: sealed to the lab; opens nothing without the lab’s key and every other share',
)
const signature = row('proves that the enclave said it', DEAL, 'none: a signature of one run')
const verdict = row(
  'lets anybody look at the machine’s proof again, years later',
  DEAL,
  'none: digest of a verdict on a machine',
)
const cause = row('everybody sees why a task failed', DEAL, 'none: a closed word; never a value or a name')

const byName: Readonly<Record<string, Reason>> = {
  ...{ org, to: org, amount: money, price: money, most: money },
  ...{ deposit: id, draw: id, order: id, set: id, task: id, request: id, host: id },
  ...{ data: version, analysis: program, analyses: program, params: choice, result, share, signature, cause, verdict },
  ...{ uses: limit, until: limit, minutes: limit, units: limit, labs: who, kinds: words, kind: words },
  ...{ purposes: words, purpose: words, duties: words, public: words, byHand: words, allow: words, outcome: words },
  ...{ key, enclave: key, datasets: id },
}

/** By `type.path`, as the gate of the ledger asks for it. */
export const marketReasons: Readonly<Record<string, Reason>> = Object.fromEntries(
  Object.entries(bodies).flatMap(([type, schema]) =>
    Object.keys(schema.shape).flatMap((name) => reasonsAt(type, name)),
  ),
)

function reasonsAt(type: string, name: string): (readonly [string, Reason])[] {
  if (name === 'gate') return ['k', 'share', 'dof', 'dominance', 'budget'].map((one) => [`${type}.gate.${one}`, gate])
  // One word, two things: a request names the order of an analysis, the author's order its digest.
  const reason = type === 'market.request' && name === 'analysis' ? id : byName[name]
  return reason ? [[`${type}.${name}`, reason]] : []
}
