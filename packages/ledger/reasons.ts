/** Why each field may stand on a ledger that forgets nothing (gate P20): a new field without a row fails the build. */
import type { Reason } from './fields.ts'

const row = (need: string, kept: string, risk: string): Reason => ({ need, kept, risk })

const CHAIN = 'as long as the chain exists'
const ENTITY = 'none of a person: a legal entity, public by its licence'

const orgName = row('names the member whose act or state this is', CHAIN, ENTITY)
const orgKey = row('verifies what the organisation signs', 'until rotated; then to verify older blocks', ENTITY)
const logOrigin = row('says which journal is meant', CHAIN, 'none of a person: a host name of an organisation')

const validatorKey = row('verifies what the node votes on blocks', 'until rotated; then to verify older blocks', ENTITY)
const peer = row(
  'lets nodes refuse a peer that is no member’s',
  'until it changes',
  'none of a person: names a machine',
)

/** A member's node, wherever it stands. */
const nodeReasons = (at: string): Record<string, Reason> => ({
  [`${at}.validator`]: validatorKey,
  [`${at}.peer`]: peer,
  [`${at}.url`]: row('tells other nodes where to ask', 'until it changes', 'none of a person: an organisation’s host'),
  [`${at}.operator`]: row(
    'shows when one entity runs several machines (gate P17)',
    CHAIN,
    `${ENTITY}; as guessable as its register number is public`,
  ),
  [`${at}.role`]: row('tells who answers for the data under the law (gate P16)', CHAIN, 'none: a closed word'),
  [`${at}.contract`]: row(
    'names the contract without showing it (gate P16)',
    CHAIN,
    'none: a digest; its text stays off',
  ),
})

/** An organisation's row, wherever it stands (admission and genesis). */
const organisationReasons = (at: string): Record<string, Reason> => ({
  [`${at}.org`]: orgName,
  [`${at}.kind`]: row('tells members what the other is (gate P16)', CHAIN, ENTITY),
  [`${at}.country`]: row('tells under which law it stands (gate P16)', CHAIN, ENTITY),
  [`${at}.key`]: orgKey,
  [`${at}.legal`]: row(
    'shows when two members are one entity (gate P17) without naming it',
    CHAIN,
    `${ENTITY}; its register number may be guessed from the digest, which is public anyway`,
  ),
  [`${at}.journal.origin`]: logOrigin,
  [`${at}.journal.vkey`]: row('lets anyone verify the journal beyond the organisation', CHAIN, ENTITY),
  ...nodeReasons(`${at}.node`),
})

/** Around every transaction. */
export const envelopeReasons: Readonly<Record<string, Reason>> = {
  'tx.chain': row('a transaction is valid on one chain only', CHAIN, 'none: a constant'),
  'tx.org': orgName,
  'tx.seq': row('a replay has no place', CHAIN, 'tells how often an organisation acts, not for whom'),
}

/** In the first state. */
export const genesisReasons: Readonly<Record<string, Reason>> = {
  'genesis.chain': row('names the chain', CHAIN, 'none: a constant'),
  'genesis.time': row('no block is earlier', CHAIN, 'none: the day the consortium began'),
  ...organisationReasons('genesis.organisations'),
}

/** In every signed header. */
export const headerReasons: Readonly<Record<string, Reason>> = {
  'header.chain': row('names the chain', CHAIN, 'none: a constant'),
  'header.height': row('orders the blocks', CHAIN, 'none: a counter'),
  'header.time': row('the only time the rules know', CHAIN, 'groups every member’s acts; no person acts on the ledger'),
  'header.previous': row('chains the headers', CHAIN, 'none: digest of public text'),
  'header.appHash': row('makes a rewritten past visible', CHAIN, 'none: digest of the public state'),
  'header.txRoot': row('proves that a transaction stands in the log', CHAIN, 'none: digest of public text'),
  'header.txSize': row('an inclusion proof needs the size of its tree', CHAIN, 'none: a counter'),
}

/** Of the module `members`. */
export const membersReasons: Readonly<Record<string, Reason>> = {
  ...organisationReasons('org.admit'),
  'org.remove.org': orgName,
  'org.rotate.key': orgKey,
  'node.admit.org': orgName,
  ...nodeReasons('node.admit'),
  'node.rotate.validator': validatorKey,
  'node.rotate.peer': peer,
}

/** Of the module `apps`. */
export const appsReasons: Readonly<Record<string, Reason>> = {
  'app.publish.app': row('says which app is meant', CHAIN, 'none: a closed word'),
  'app.publish.version': row('tells people which release they look at', CHAIN, 'none: three numbers'),
  'app.publish.digest': row(
    'shows when somebody was served another app than everybody else',
    CHAIN,
    'none: digest of public files, the same for everybody',
  ),
}

/** Of the module `checkpoints`. */
export const checkpointsReasons: Readonly<Record<string, Reason>> = {
  'log.advance.origin': logOrigin,
  'log.advance.size': row(
    'a smaller one later is a rewind',
    'until the next head; then to verify older blocks',
    'tells how many entries an organisation logs in a period, not about whom: heads are sent at a steady pace',
  ),
  'log.advance.root': row(
    'another one at the same size is a fork',
    'until the next head; then to verify older blocks',
    'none without the salts: leaves are salted commitments (journal)',
  ),
  'log.advance.proof': row(
    'lets the machine itself check that nothing was rewritten',
    'to verify older blocks',
    'none without the salts: nodes over salted commitments',
  ),
}
