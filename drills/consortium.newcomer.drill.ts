/**
 * A fifth hospital joins four that run (N34, N35, N36, D42), by nothing but what docs/consortium.md has one type: a welcome, a proposal, votes,
 * signatures, renewed roots; then its physician asks a patient of the first, one hospital's organisation gets another key (N38, D43), the patient
 * moves to the fifth (D46), and one machine gets another key for its votes.
 */
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { openPatient } from '@salus/cli/people'
import { findCometbft } from '@salus/ledger/comet/binary'
import { startComet } from '@salus/ledger/comet/process'
import { noComet } from '@salus/ledger/comet/testing'
import { createCommands } from '../tests/commands.ts'
import { freePort } from '../tests/ports.ts'
import { up } from '../tests/upped.ts'

type Live = {
  height: number
  voters: number
  journal: { size: number }
  witnesses: { cosigned: number }
  alarms: string[]
}
type Commands = Awaited<ReturnType<typeof createCommands>>
type Typing = {
  readonly at: Commands
  readonly env: Record<string, string>
  /** Types one line, as a node's administrator where a folder is given. */
  readonly type: (words: string, data?: string, input?: string) => Promise<Record<string, unknown>>
  readonly old: (nth: number) => string
  readonly desk: (nth: number) => string
  readonly fresh: string
}
const orgs = ['hopital-saint-roch', 'hopital-des-lilas', 'hopital-du-port', 'hopital-des-cimes']

function typing(at: Commands, env: Record<string, string>): Typing {
  const old = (nth: number) => join(at.data, 'consortium', `hospital-${nth}`)
  const desk = (nth: number) => join(old(nth), 'devices', `desk-${orgs[nth - 1]}`)
  const fresh = join(at.root, 'nord')
  return {
    ...{ at, env, old, desk, fresh },
    async type(words, data = '', input = '') {
      const ran = await at.run([...words.split(' '), '--json'], input, {
        ...env,
        ...(data ? { SALUS_DATA: data } : {}),
      })
      assert.equal(ran.code, 0, `${words}\n${ran.err}${ran.out}`)
      return ran.json
    },
  }
}

const until = async (what: string, holds: () => Promise<boolean>) => {
  for (let tries = 0; !(await holds().catch(() => false)); tries++) {
    assert.ok(tries < 240, what)
    await wait(250)
  }
}

/** Its keys, what there is to sign and to vote on. */
async function proposed({ type, at, old, fresh }: Typing, url: string) {
  await type(
    `desk init --org hopital-nord --name Nord(sample) --kind hospital --country FR --node ${url} --device desk-nord`,
  )
  const said = await type('members welcome --output welcome.json', old(1))
  writeFileSync(
    join(at.root, 'join.json'),
    JSON.stringify({
      ...{ organisation: 'desk-nord/card.json', origin: 'journal.nord.example', operator: 'hopital-nord-node', url },
      ...{ entity: 'Hopital Nord (sample)', contract: 'N-1' },
    }),
  )
  assert.equal(said.peers, 4)
  const made = await type('join join.json --welcome welcome.json', fresh)
  assert.equal(existsSync(join(fresh, 'node.json')), false, 'nobody has signed')
  return made as { proposal: string; motions: [string, string]; fingerprint: string }
}

/** More than half of eight, and then of nine: three desks, and two of their nodes. */
async function voted({ type, desk, old }: Typing, motions: readonly string[]): Promise<void> {
  for (const motion of motions) {
    for (const nth of [1, 2, 3]) await type(`members vote ${motion} --device ${desk(nth)} --yes`)
    for (const nth of [1, 2]) {
      const { decided } = await type(`members vote ${motion} --device ${desk(nth)} --node --yes`, old(nth))
      assert.equal(decided, nth === 2)
    }
  }
}

/** Every desk signs what it is shown; with one missing nothing is finished, and what another made is not signed. */
async function signed({ type, at, env, desk, fresh }: Typing, made: Awaited<ReturnType<typeof proposed>>) {
  const { proposal, fingerprint } = made
  const sign = (device: string, out: string) =>
    type(`desk sign ${proposal} --device ${device} --out ${out} --fingerprint ${fingerprint}`, '', 'SIGN\n')
  for (const nth of [1, 2, 3, 4]) await sign(desk(nth), `${nth}.signature.json`)
  const finish = ['join', 'join.json', '--welcome', 'welcome.json', '--signatures', '.', '--json']
  const early = await at.run(finish, '', { ...env, SALUS_DATA: fresh })
  assert.deepEqual([early.code, early.json.code], [1, 'founding-signature-missing'])
  const changed = JSON.parse(readFileSync(proposal, 'utf8'))
  changed.roots.policy = changed.roots.policy.replace('group witnesses 2', 'group witnesses 1')
  writeFileSync(join(at.root, 'changed.json'), JSON.stringify(changed))
  const refused = await at.run(['desk', 'sign', 'changed.json', '--device', 'desk-nord', '--json'], 'SIGN\n', env)
  assert.equal(refused.json.code, 'proposal-wrong')
  await sign('desk-nord', '5.signature.json')
  const p2p = await freePort()
  const done = await type(`join join.json --welcome welcome.json --signatures . --p2p ${p2p}`, fresh)
  return done as { home: string }
}

/** Each member's node takes the next version, stopped; the running one does not. */
async function renewed({ type, at, env, old, fresh }: Typing): Promise<void> {
  const file = join(fresh, 'consortium.json')
  const words = ['roots', 'update', file, '--node', '--json']
  const busy = await at.run(words, '', { ...env, SALUS_DATA: old(1) })
  assert.deepEqual([busy.code, busy.json.code], [1, 'node-running'])
  for (const nth of [1, 2, 3, 4]) {
    await type(`consortium kill ${nth}`)
    assert.deepEqual((await type(`roots update ${file} --node`, old(nth))).joined, ['hopital-nord'])
    await type(`consortium rejoin ${nth}`)
  }
  const again = await at.run(words, '', { ...env, SALUS_DATA: old(1) })
  assert.ok(['node-running', 'roots-older'].includes(String(again.json.code)))
}

/** Somebody new at a hospital, whom its desk makes a physician. */
async function physician({ type }: Typing, device: string, org: string, url: string, desk: string): Promise<void> {
  const made = await type(
    `pro init --device ${device} --org ${org} --role physician --name Sample(sample) --node ${url}`,
  )
  const { handle, fingerprint } = made as { handle: string; fingerprint: string }
  await type(`desk issue-credential --device ${desk} --pro ${handle} --role physician`, '', `${fingerprint}\n`)
}

/** Whose record it is, as the patient's device at the first hospital says. */
async function handleOf({ old }: Typing, first: string): Promise<string> {
  const reach = { base: first, fetch: (to: string, init: RequestInit) => fetch(to, init) }
  return (await openPatient(join(old(1), 'devices', 'ines-delcourt'), reach)).keys.handle
}

/** A physician asks a patient, whose device looks at the credential, says yes, and reads. */
async function asks({ at, env, type, old }: Typing, handle: string, doctor: string, told: RegExp): Promise<void> {
  const patient = join(old(1), 'devices', 'ines-delcourt')
  const wanted = ['pro', 'request', '--patient', handle, '--categories', 'allergies', '--device', doctor]
  let asked = await at.run(wanted, '', env)
  // The credential reaches the patient's hospital by itself, after a while; so does what moved.
  await until('the hospital knows the physician', async () => {
    asked = await at.run(wanted, '', env)
    return asked.code === 0
  }).catch(() => assert.fail(asked.err))
  const id = /Request sent: (\S+)/.exec(asked.out)?.[1] ?? ''
  const inbox = await at.run(['patient', 'inbox', '--device', patient], '', env)
  assert.match(inbox.out, told)
  await type(`patient approve ${id} --device ${patient}`)
  const read = await at.run(['pro', 'read', id, '--device', doctor], '', env)
  assert.equal(read.code, 0, read.err)
  assert.match(read.out, /\(filed /)
}

type Fifth = { readonly stop: () => Promise<void>; readonly start: () => Promise<void> }

/** N38 The second's organisation gets another key: on the ledger at once, in the roots once all five have signed; each node takes the file. */
async function rotates({ type, at, env, old, desk, fresh }: Typing, fifth: Fifth): Promise<void> {
  for (const nth of [1, 2, 3, 4]) assert.equal((await type(`roots update --device ${desk(nth)}`)).version, 2)
  // Whoever copied the desk's device before has the old key.
  cpSync(desk(2), join(at.root, 'thief'), { recursive: true })
  const { fingerprint } = await type(`desk rotate --device ${desk(2)} --output rotated.json`, '', 'ROTATE\n')
  mkdirSync(join(at.root, 'rotated'))
  const desks = [...[1, 2, 3, 4].map(desk), 'desk-nord']
  for (const [nth, device] of desks.entries()) {
    const out = `rotated/${nth}.signature.json`
    await type(`desk sign rotated.json --device ${device} --out ${out} --fingerprint ${fingerprint}`, '', 'SIGN\n')
  }
  await type('roots finish rotated.json --signatures rotated --output third.json')
  for (const nth of [1, 2, 3, 4]) {
    await type(`consortium kill ${nth}`)
    assert.deepEqual((await type('roots update third.json --node', old(nth))).rekeyed, ['hopital-des-lilas'])
    await type(`consortium rejoin ${nth}`)
  }
  await fifth.stop()
  await type('roots update third.json --node', fresh)
  await fifth.start()
  await until('all nodes answer again', async () => {
    const { hospitals } = (await type('consortium status')) as unknown as { hospitals: { node: string }[] }
    return hospitals.every(({ node }) => node === 'ready')
  })
  const stolen = ['desk', 'patients', '--device', 'thief', '--json']
  assert.equal((await at.run(stolen, '', env)).code, 1, 'the old key opens nothing any more')
}

/** D43 What the old key signed verifies on a device that followed; what the new one signs does too. */
async function follows(t: Typing, [first, second]: readonly string[]): Promise<void> {
  const { type, old, desk } = t
  const [patient, doctor] = [join(old(1), 'devices', 'ines-delcourt'), join(old(2), 'devices', 'dr-okafor')]
  for (const device of [patient, doctor, desk(2)])
    assert.equal((await type(`roots update --device ${device}`)).version, 3, device)
  const lilas = /Lilas/
  const handle = await handleOf(t, first ?? '')
  await asks(t, handle, doctor, lilas)
  await physician(t, 'after', 'hopital-des-lilas', second ?? '', desk(2))
  await asks(t, handle, 'after', lilas)
}

/** D46 The patient moves to the fifth; the first falls, and a physician of the second asks and reads all the same. */
async function moves(t: Typing, [first]: readonly string[]): Promise<void> {
  const { type, old } = t
  const handle = await handleOf(t, first ?? '')
  const patient = join(old(1), 'devices', 'ines-delcourt')
  const { origin } = await type(`patient move hopital-nord --device ${patient}`)
  assert.equal(origin, 'journal.nord.example')
  await type('consortium kill 1')
  await asks(t, handle, join(old(2), 'devices', 'dr-okafor'), /Lilas/)
  await type('consortium rejoin 1')
}

/** N36 The second's machine votes with another key; that its votes count shows when the third falls: four of five are needed. */
async function rekeyed({ type, at, env, old, desk }: Typing, live: (nth: number) => Promise<Live>): Promise<void> {
  const words = `members rekey --device ${desk(2)}`
  assert.equal((await type(words, old(2))).taken, false)
  const busy = await at.run([...words.split(' '), '--json'], '', { ...env, SALUS_DATA: old(2) })
  assert.equal(busy.json.code, 'comet-running')
  await type('consortium kill 2 --only comet')
  assert.equal((await type(words, old(2))).taken, true)
  await type('consortium rejoin 2')
  await until('it votes again', async () => (await live(2)).alarms.length === 0)
  await type('consortium kill 3')
  const { height } = await live(1)
  await type(`members motion hopital-des-cimes --output leave.json`)
  await type(`members vote leave.json --device ${desk(1)} --yes`)
  await until('blocks come with four of five', async () => (await live(1)).height > height)
  await type('consortium rejoin 3')
}

test('N35 a fifth hospital joins four that run, typed as it is written; it asks and is answered; keys of a desk and of a machine are renewed; a patient moves there', {
  skip: noComet(),
}, async () => {
  const at = await createCommands('newcomer')
  const program = findCometbft() ?? ''
  const env = { ...at.env, SALUS_COMETBFT: program }
  const running = await up(env, at.root, at.main)
  const t = typing(at, env)
  let comet: ReturnType<typeof startComet> | undefined
  try {
    const made = await proposed(t, at.url)
    await voted(t, made.motions)
    const { home } = await signed(t, made)
    await renewed(t)
    const fifth: Fifth = {
      async start() {
        comet = startComet(program, home)
        await at.start({ ...env, SALUS_DATA: t.fresh })
      },
      async stop() {
        await comet?.stop()
        await at.stop()
      },
    }
    await fifth.start()
    const live = async (url: string) => (await (await fetch(`${url}/consortium/live`)).json()) as Live
    await until('it has every block, votes and is cosigned', async () => {
      const { height, voters, journal, witnesses, alarms } = await live(at.url)
      return height > 10 && voters === 5 && alarms.length === 0 && journal.size === witnesses.cosigned
    })
    const status = (await t.type('consortium status')) as unknown as { hospitals: { url: string }[] }
    const urls = status.hospitals.map(({ url }) => url)
    const patient = join(t.old(1), 'devices', 'ines-delcourt')
    assert.equal((await t.type(`roots update --device ${patient}`)).version, 2)
    assert.equal((await t.type(`roots update --device ${patient}`)).changed, false)
    await physician(t, 'doctor', 'hopital-nord', at.url, 'desk-nord')
    await asks(t, await handleOf(t, urls[0] ?? ''), 'doctor', /Nord\(sample\)/)
    await rotates(t, fifth)
    await follows(t, urls)
    await moves(t, urls)
    await rekeyed(t, (nth) => live(status.hospitals[nth - 1]?.url ?? ''))
  } finally {
    await comet?.stop()
    await at.stop()
    running.child.kill('SIGTERM')
    await running.ended
  }
})
