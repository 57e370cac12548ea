import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { base64, base64url, concat, fromBase64url, hex, utf8 } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { manualClock } from '@salus/base/testing'
import { sha256 } from '@salus/crypto/hash'
import { verifyEd25519 } from '@salus/crypto/jws'
import { generateDeviceKey } from '@salus/crypto/keys'
import { consistencyProof, emptyRoot, leafHash, merkleRoot } from '@salus/crypto/merkle'
import { MAX_LIFE, type Receipt, WITNESS_DEADLINE } from './contract.ts'
import { cosigners, withSignatures, witnessKey } from './cosign.ts'
import { formatCheckpoint, formatVkey, type NoteKey, noteKey, parseNote, parseVkey, signNote } from './note.ts'
import { parsePolicy } from './policy.ts'
import { openSources } from './sources.store.ts'
import { createPerson, openTestJournal } from './testing.ts'
import { verifyCheckpoint, verifyReceipt, witnessedBy } from './verify.ts'
import { saveWitnessed } from './witness.store.ts'
import { createWitness, type Witness, witnessRequest } from './witness.ts'
import { type AskText, createWitnessing } from './witnessing.ts'

const folder = mkdtempSync(join(tmpdir(), 'salus-witness-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const { clock } = manualClock()
const ORIGIN = 'journal.sample.example'
const verify = (key: Uint8Array, message: Uint8Array, signature: Uint8Array) =>
  verifyEd25519(base64url(key), message, signature)

const log = await generateDeviceKey()
const logNote = noteKey(ORIGIN, fromBase64url(log.publicKey))
const leaves = Array.from({ length: 40 }, (_, i) => leafHash(sha256(utf8(`entry ${i}`))))
const note = (size: number, root = merkleRoot(leaves.slice(0, size)), by = log.privateKey) =>
  signNote(formatCheckpoint({ origin: ORIGIN, size, root }), logNote, async (message) => {
    return new Uint8Array(await crypto.subtle.sign('Ed25519', by, message))
  })
const proof = (from: number, to: number) => consistencyProof(from, leaves.slice(0, to))

/** A witness over a folder of its own; opening it again is a restart. */
async function newWitness(name = 'witness.sample', logs: readonly NoteKey[] = [logNote], time = clock) {
  const { publicKey, privateKey } = await generateDeviceKey()
  const key = witnessKey(name, fromBase64url(publicKey))
  const path = join(mkdtempSync(join(folder, 'one-')), 'sources.db')
  let sources = openSources(path)
  const create = () => createWitness({ key, privateKey, logs, sources, clock: time })
  return {
    key,
    witness: create(),
    sources: () => sources,
    async reopen() {
      await sources.close()
      sources = openSources(path)
      return create()
    },
  }
}

test('J19 a cosignature says when, verifies for its key and note alone, and a vkey states its type', async () => {
  const { key, witness } = await newWitness()
  const one = await note(5)
  const { status, body } = await witness.add(witnessRequest(0, [], one))
  assert.equal(status, 200)
  const full = withSignatures(one, [body.trim()])
  assert.equal(withSignatures(full, [body.trim()]), full, 'once')
  const now = Math.floor(clock() / 1000)
  assert.deepEqual([...(await cosigners(full, [key], verify))], [['witness.sample', now]])
  assert.deepEqual(parseVkey(formatVkey(key)), key)
  const line = body.trim().split(' ')
  const bytes = Buffer.from(line[2] ?? '', 'base64')
  assert.deepEqual([bytes.length, bytes.readBigUInt64BE(4)], [76, BigInt(now)])
  const later = Buffer.from(bytes)
  later.writeBigUInt64BE(BigInt(now + 1), 4)
  const forged = withSignatures(one, [`— ${key.name} ${later.toString('base64')}`])
  await assert.rejects(cosigners(forged, [key], verify), { code: 'note-invalid' })
  const moved = withSignatures(await note(6), [body.trim()])
  await assert.rejects(cosigners(moved, [key], verify), { code: 'note-invalid' })
  const stranger = witnessKey('witness.other', systemRandom(32))
  assert.equal((await cosigners(full, [stranger], verify)).size, 0, 'an unknown line is passed over')
})

test('J20 a witness cosigns what continues, and tells the size it knows otherwise', async () => {
  const { witness, reopen } = await newWitness()
  const status = async (at: Witness, old: number, path: readonly Uint8Array[], text: string) =>
    (await at.add(witnessRequest(old, path as never, text))).status
  assert.equal(await status(witness, 0, [], await note(5)), 200)
  assert.equal(await status(witness, 5, proof(5, 9), await note(9)), 200)
  assert.equal(await status(witness, 9, [], await note(9)), 200, 'the same again')
  const behind = await witness.add(witnessRequest(5, proof(5, 12), await note(12)))
  assert.deepEqual(behind, { status: 409, body: '9\n', type: 'text/x.tlog.size' })
  const again = await reopen()
  assert.equal((await again.add(witnessRequest(0, [], await note(3)))).body, '9\n', 'it remembers after a restart')
  assert.equal(await status(again, 9, proof(9, 31), await note(31)), 200)
})

test('J20 a fork, a rewind, a stranger and rubbish are refused, each with its status, and change nothing', async () => {
  const { witness } = await newWitness()
  const ask = async (body: string) => (await witness.add(body)).status
  assert.equal(await ask(witnessRequest(0, [], await note(8))), 200)
  const other = await generateDeviceKey()
  const fork = merkleRoot(leaves.slice(1, 9))
  const strange = (await note(9)).replace(ORIGIN, 'journal.other.example')
  const cases: [number, string][] = [
    [422, witnessRequest(8, [], await note(8, fork))],
    [422, witnessRequest(8, proof(8, 9), await note(9, fork))],
    [422, witnessRequest(8, proof(8, 10), await note(9))],
    [422, witnessRequest(8, [emptyRoot], await note(8))],
    [409, witnessRequest(0, [], await note(9))],
    [403, witnessRequest(8, proof(8, 9), await note(9, undefined, other.privateKey))],
    [404, witnessRequest(8, proof(8, 9), strange)],
    [400, witnessRequest(9, [], await note(8))],
    [400, ''],
    [400, 'old 8\n'],
    [400, `old 08\n\n${await note(9)}`],
    [400, `old 8\nno hash\n\n${await note(9)}`],
    [400, `old 8\n${base64(systemRandom(31))}\n\n${await note(9)}`],
    [400, `old 8\n${Array.from({ length: 64 }, () => base64(emptyRoot)).join('\n')}\n\n${await note(9)}`],
  ]
  for (const [wanted, body] of cases) assert.equal(await ask(body), wanted, body.slice(0, 60))
  assert.equal(await ask(witnessRequest(8, proof(8, 9), await note(9))), 200, 'it still knows eight')
})

test('J20 of two histories at once one is cosigned, never both', async () => {
  const { witness } = await newWitness()
  const fork = await note(6, merkleRoot(leaves.slice(1, 7)))
  const both = [await note(6), fork].map((one) => witness.add(witnessRequest(0, [], one)))
  assert.deepEqual((await Promise.all(both)).map((one) => one.status).sort(), [200, 409])
})

test('J20 the last checkpoint is handed out with both signatures', async () => {
  const { key, witness } = await newWitness()
  const hash = hex(sha256(utf8(ORIGIN)))
  assert.equal(await witness.last(hash), undefined)
  await witness.add(witnessRequest(0, [], await note(4)))
  const last = (await witness.last(hash)) ?? ''
  assert.equal((await cosigners(last, [key], verify)).size, 1)
  assert.equal(await witness.last('00'.repeat(32)), undefined)
})

/** Lines of nobody in particular: names and keys that no policy knows. */
const junk = (count: number): string =>
  Array.from({ length: count }, (_, i) => `— junk${i}.example ${base64(systemRandom(12))}\n`).join('')

test('J20 what anybody writes beside the log’s own line is neither kept nor handed on: the log reads what its witness holds', async () => {
  const { key, witness } = await newWitness()
  const hash = hex(sha256(utf8(ORIGIN)))
  const plain = await note(4)
  for (const count of [1, 62, 63, 64, 100]) {
    const stuffed = `${plain}${junk(count)}`
    const { status } = await witness.add(witnessRequest(count === 1 ? 0 : 4, [], stuffed))
    assert.equal(status, count < 63 ? 200 : 400, `${count} lines more`)
    const held = (await witness.last(hash)) ?? ''
    assert.deepEqual(
      parseNote(held).signatures.map((one) => one.name),
      [ORIGIN, key.name],
    )
    assert.equal((await verifyCheckpoint(held, [logNote])).size, 4)
    assert.equal((await cosigners(held, [key], verify)).size, 1)
  }
  // Nor a second line under the log's own name, which nobody verified.
  const twice = `${plain}— ${ORIGIN} ${base64(concat(logNote.id, systemRandom(64)))}\n`
  assert.equal((await witness.add(witnessRequest(4, [], twice))).status, 200)
  assert.equal(parseNote((await witness.last(hash)) ?? '').signatures.length, 2)
})

test('J20 two keys of one origin have a state each; a row of an earlier version belongs to the key that signed it', async () => {
  const second = await generateDeviceKey()
  const secondKey = noteKey(ORIGIN, fromBase64url(second.publicKey))
  const of = (size: number) =>
    signNote(
      formatCheckpoint({ origin: ORIGIN, size, root: merkleRoot(leaves.slice(1, size + 1)) }),
      secondKey,
      async (m) => new Uint8Array(await crypto.subtle.sign('Ed25519', second.privateKey, m)),
    )
  const { witness, sources } = await newWitness('witness.sample', [logNote, secondKey])
  const add = async (old: number, path: readonly Uint8Array[], text: string) =>
    (await witness.add(witnessRequest(old, path as never, text))).status
  assert.equal(await add(0, [], await note(9)), 200)
  assert.equal(await add(0, [], await of(5)), 200, 'another key begins at nothing')
  assert.equal(await add(9, proof(9, 12), await note(12)), 200, 'and moves the first nowhere')
  await sources().tx(async (s) => {
    await s.run('DELETE FROM witnessed')
    const stuffed = `${await note(12)}${junk(40)}`
    await saveWitnessed(s, ORIGIN, { size: 12, root: merkleRoot(leaves.slice(0, 12)), note: stuffed })
  })
  assert.equal(await add(0, [], await of(5)), 200)
  assert.equal(await add(0, [], await note(3)), 409, 'the first key’s log is not rewound')
  const held = (await witness.last(hex(sha256(utf8(ORIGIN))))) ?? ''
  assert.equal(parseNote(held).signatures.length, 2, 'what was stuffed before stays here')
})

/** A journal whose policy asks two of three witnesses; `post` answers for those that are up. */
async function witnessed(dir = mkdtempSync(join(folder, 'log-'))) {
  const at = await openTestJournal(dir)
  const time = { ahead: 0 }
  const witnessClock = () => Date.now() + time.ahead * 1000
  const names = ['one', 'two', 'three']
  const all = await Promise.all(names.map((name) => newWitness(`witness.${name}`, [at.key], witnessClock)))
  const lines = all.map(({ key }, i) => `witness w${i} ${formatVkey(key)} http://w${i}.test`)
  const policy = parsePolicy(
    `${[`log ${formatVkey(at.key)}`, ...lines, 'group g 2 w0 w1 w2', 'quorum g'].join('\n')}\n`,
  )
  const up = new Set([0, 1, 2])
  const behind: number[] = []
  const ask: AskText = async (url, body) => {
    const i = Number(/w(\d)/.exec(url)?.[1])
    if (!up.has(i)) throw new Error('no route')
    const { witness } = all[i] as (typeof all)[0]
    if (body === undefined) return { status: 200, body: (await witness.last(url.split('/').at(-2) ?? '')) ?? '' }
    const { status, body: answer } = await witness.add(body)
    return { status, body: answer }
  }
  const asking = {
    policy,
    log: at.journal.log,
    note: at.journal.checkpoint,
    sources: at.sources,
    views: at.views,
    ask,
    key: at.key,
  }
  const follow = async () => {
    const witnessing = await createWitnessing({ ...asking, onBehind: ({ known }) => behind.push(known) })
    at.journal.follow(witnessing)
    return witnessing
  }
  return { at, dir, policy, up, behind, follow, asking, all, time }
}

test('J21 a receipt is provisional, then witnessed; short of the quorum it stays provisional, and is missed after its time', async () => {
  const { at, policy, up, follow } = await witnessed()
  const witnessing = await follow()
  const person = await createPerson()
  const now = () => Math.floor(Date.now() / 1000)
  const first = await person.found()
  const [receipt] = await at.journal.accept({ items: [first] })
  assert.ok(receipt?.status === 'provisional')
  assert.ok(Math.abs((receipt.by ?? 0) - now() - WITNESS_DEADLINE) <= 2)
  assert.equal(await witnessedBy(first.statement, receipt, policy, now()), 'provisional')
  up.delete(1)
  up.delete(2)
  await witnessing.ask()
  const alone = (await at.journal.receiptAt(0))?.receipt
  assert.ok(alone)
  assert.equal(await witnessedBy(first.statement, alone, policy, now()), 'provisional')
  const late = now() + WITNESS_DEADLINE + 3
  assert.equal(await witnessedBy(first.statement, alone, policy, late), 'missed')
  up.add(2)
  await witnessing.ask()
  const full = (await at.journal.receiptAt(0))?.receipt
  assert.ok(full?.status === 'witnessed')
  assert.equal(await witnessedBy(first.statement, full, policy, now()), 'witnessed')
  await verifyReceipt(first.statement, full, [at.key])
  const said = { ...alone, status: 'witnessed' } as Receipt
  assert.equal(await witnessedBy(first.statement, said, policy, late), 'missed', 'the node’s word is not asked')
  assert.equal(await witnessedBy(first.statement, receipt, parsePolicy('quorum none\n'), now()), 'not-asked')
  await at.close()
})

test('J21 what a quorum cosigned after the deadline is late; what it cosigned in time stays witnessed, whenever it is asked for', async () => {
  const { at, policy, up, follow, time } = await witnessed()
  const witnessing = await follow()
  const person = await createPerson()
  const [first, second] = [await person.found(), await person.write('two')]
  const stateAt = async (index: number, { statement }: typeof first, by?: number) => {
    const receipt = (await at.journal.receiptAt(index))?.receipt
    assert.ok(receipt)
    return witnessedBy(statement, { ...receipt, ...(by === undefined ? {} : { by }) }, policy, 9_999_999_999)
  }
  await at.journal.accept({ items: [first] })
  await witnessing.ask()
  await at.journal.accept({ items: [second] })
  // One of the two that make the quorum is there in time, the other one comes too late.
  up.delete(1)
  up.delete(2)
  await witnessing.ask()
  assert.equal(await stateAt(1, second), 'missed')
  time.ahead = MAX_LIFE + WITNESS_DEADLINE + 60
  up.add(1)
  await witnessing.ask()
  assert.equal(await stateAt(1, second), 'late')
  assert.equal(await stateAt(0, first), 'witnessed', 'its receipt stands under the first checkpoint that covers it')
  assert.equal(await stateAt(0, first, 1_700_000_000), 'late', 'before the node said')
  assert.equal(witnessing.best().size, 2)
  // After a restart of the log too.
  const again = await follow()
  assert.equal((await again.covering(0))?.size, 1)
  assert.equal(await stateAt(0, first), 'witnessed')
  assert.equal(await again.covering(2), undefined)
  await at.close()
})

test('J21 a witness’s first word counts: a later line of its own makes nothing late', async () => {
  const { at, policy, follow, all, time } = await witnessed()
  const witnessing = await follow()
  const item = await (await createPerson()).found()
  await at.journal.accept({ items: [item] })
  await witnessing.ask()
  time.ahead = MAX_LIFE + WITNESS_DEADLINE + 60
  const { note: held } = witnessing.best()
  const lines = await Promise.all(
    all.map(async ({ witness }) => (await witness.add(witnessRequest(1, [], held))).body.trim()),
  )
  const receipt = (await at.journal.receiptAt(0))?.receipt
  assert.ok(receipt)
  const stuffed = { ...receipt, proof: withSignatures(receipt.proof, lines) }
  assert.notEqual(stuffed.proof, receipt.proof)
  assert.equal(await witnessedBy(item.statement, stuffed, policy, 0), 'witnessed')
  await at.close()
})

test('J21 of many cosigned checkpoints those two minutes apart are kept, and none makes an entry late', async () => {
  const { at, policy, follow, time } = await witnessed()
  const [witnessing, person, start] = [await follow(), await createPerson(), Math.floor(Date.now() / 1000)]
  const items = [await person.found()]
  for (let i = 0; i < 25; i++) {
    time.ahead = i * 30
    if (i > 0) items.push(await person.write(`${i}`))
    await at.journal.accept({ items: items.slice(i) })
    await witnessing.ask()
  }
  const { length } = await at.sources.tx((s) => s.all('SELECT size FROM own_cosigned'))
  assert.ok(length <= 2 + (24 * 30) / 120, `${length} kept`)
  for (const [i, { statement }] of items.entries()) {
    const receipt = { ...(await at.journal.receiptAt(i))?.receipt, by: start + i * 30 + WITNESS_DEADLINE } as Receipt
    assert.equal(await witnessedBy(statement, receipt, policy, 0), 'witnessed')
  }
  await at.close()
})

test('J21 a witness that answers rubbish spoils nobody else’s word: two of three are enough', async () => {
  const forged = ({ name, id }: NoteKey) => `— ${name} ${base64(concat(id, new Uint8Array(72)))}`
  for (const bad of [() => 'rubbish', ({ name }: NoteKey) => `— ${name} AAAA`, forged]) {
    const { at, asking, policy } = await witnessed()
    const person = await createPerson()
    await at.journal.accept({ items: [await person.found()] })
    const node = policy.nodes.get('w1')
    assert.ok(node?.kind === 'witness')
    const answer = { status: 200, body: `${bad(node.key)}\n` }
    const ask: AskText = async (url, body) => (url.includes('w1') ? answer : asking.ask(url, body))
    const witnessing = await createWitnessing({ ...asking, ask, onBehind: () => {} })
    await witnessing.ask()
    assert.equal(witnessing.best().size, at.journal.log.size(), answer.body)
    await at.close()
  }
})

test('J21 the log grows on: each round cosigns from what each witness knew, also one that was away', async () => {
  const { at, policy, up, follow } = await witnessed()
  const [witnessing, person] = [await follow(), await createPerson()]
  await at.journal.accept({ items: [await person.found()] })
  await witnessing.ask()
  for (let i = 0; i < 6; i++) {
    up.delete(i % 3)
    const item = await person.write(`note ${i}`)
    await at.journal.accept({ items: [item] })
    await witnessing.ask()
    up.add(i % 3)
    const receipt = (await at.journal.receiptAt(i + 1))?.receipt
    assert.ok(receipt)
    assert.equal(await witnessedBy(item.statement, receipt, policy, 0), 'witnessed', `${i}`)
  }
  assert.equal(witnessing.best().size, 7)
  await at.close()
})

test('J21 a log below its witnessed size is closed, by its own memory or by what a witness knows', async () => {
  const { at, behind, follow, asking } = await witnessed()
  const witnessing = await follow()
  const person = await createPerson()
  await at.journal.accept({ items: [await person.found()] })
  await at.journal.accept({ items: [await person.write('one')] })
  await witnessing.ask()
  const shorter = { ...at.journal.log, size: () => 1 }
  await assert.rejects(createWitnessing({ ...asking, log: shorter, onBehind: () => {} }), { code: 'journal-closed' })
  // Another history under the same key: the witnesses hold the proof, signed by the log itself.
  const old = await openTestJournal(mkdtempSync(join(folder, 'old-')))
  const someone = await createPerson()
  await old.journal.accept({ items: [await someone.found()] })
  const lying = { status: 409, body: '99\n' }
  const other = { ...asking, sources: old.sources, views: old.views, log: old.journal.log }
  const close = ({ known }: { known: number }) => {
    behind.push(known)
    old.journal.close({ known })
  }
  const rumour = await createWitnessing({ ...other, ask: async () => lying, onBehind: close })
  await rumour.ask()
  assert.deepEqual(behind, [], 'a witness’s word alone closes nothing')
  const note = old.journal.checkpoint
  const lagging = await createWitnessing({
    ...{ ...other, note, onBehind: close },
    ask: async (url, body) => (body === undefined ? asking.ask(url) : { status: 409, body: '2\n' }),
  })
  await lagging.ask()
  assert.ok(behind.length > 0 && behind.every((one) => one === 2))
  await assert.rejects(old.journal.accept({ items: [await someone.write('later')] }), { code: 'journal-closed' })
  await assert.rejects(old.journal.receiptAt(0), { code: 'journal-closed' })
  await old.close()
  await at.close()
})
