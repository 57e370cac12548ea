import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { utf8 } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import type { Sql } from '@salus/base/sqlite'
import { manualClock } from '@salus/base/testing'
import { digest } from '@salus/crypto/hash'
import { generateKeyPair } from '@salus/crypto/keys'
import { verifyConsistency } from '@salus/crypto/merkle'
import { type Binding, sealToKey } from '@salus/crypto/packet'
import { MAX_LIFE, type SubmissionItem } from './contract.ts'
import { dumpTables } from './sample.store.ts'
import { contentOf, packetJwes, packetsOf } from './sources.store.ts'
import { parseStatement } from './statement.ts'
import { createPerson, createSigner, openTestJournal, sampleSlice, systemTimes } from './testing.ts'
import { verifyCheckpoint, verifyReceipt } from './verify.ts'

const folder = mkdtempSync(join(tmpdir(), 'salus-accept-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const fresh = () => mkdtempSync(join(folder, 'one-'))
const refusedWith = (code: string) => (error: unknown) => isAppError(error) && error.code === code

const now = manualClock()
const times = { clock: now.clock, random: systemRandom }
const at = await openTestJournal(fresh(), times)
const { journal } = at
after(() => at.close())
const accept = (...items: SubmissionItem[]) => journal.accept({ items })
const dump = (sql: Sql) => sql.tx(dumpTables)
const dumps = async () => ({ sources: await dump(at.sources), views: await dump(at.views), note: journal.checkpoint() })

const founded = async () => {
  const person = await createPerson(times)
  await accept(await person.found())
  return person
}
const ana = await founded()
const box = generateKeyPair(systemRandom)
const packet = (n: number) =>
  sealToKey(box.publicKey, { kind: 'deposit', record: `sample-${n}` } as Binding, utf8('key'))

test('J11 64 submissions at once each get a receipt that verifies, under few checkpoints', async () => {
  const people = await Promise.all(Array.from({ length: 64 }, founded))
  const before = journal.log.size()
  const items = await Promise.all(people.map((one, i) => one.write(`sample ${i}`)))
  const answers = await Promise.all(items.map((one) => accept(one)))
  const checkpoints = new Set<number>()
  for (const [i, receipts] of answers.entries()) {
    assert.equal(receipts.length, 1)
    const { checkpoint } = await verifyReceipt(items[i]!.statement, receipts[0]!, [at.key])
    checkpoints.add(checkpoint.size)
  }
  assert.equal(journal.log.size(), before + 64)
  assert.deepEqual(new Set(answers.map(([one]) => one!.index)).size, 64)
  assert.ok(checkpoints.size <= 8, `${checkpoints.size} checkpoints for 64 submissions`)
})

test('J11 every checkpoint is consistent with the one before, and of the size it states', async () => {
  let last = await verifyCheckpoint(journal.checkpoint(), [at.key])
  for (let i = 0; i < 4; i++) {
    await Promise.all([accept(await ana.write('a')), accept(await ana.write('b'))])
    const next = await verifyCheckpoint(journal.checkpoint(), [at.key])
    assert.equal(next.size, journal.log.size())
    const proof = await at.views.tx((v) => journal.log.consistency(v, last.size, next.size))
    const claim = { size1: last.size, size2: next.size, root1: last.root, root2: next.root, proof }
    assert.ok(verifyConsistency(claim))
    last = next
  }
})

test('J11 a receipt that is asked for in the middle of a group never mixes two heads', async () => {
  const asked: ReturnType<typeof journal.receiptAt>[] = []
  // The question is put while the group's transaction runs, so it is answered before or after the signing, never with it.
  const also = { SampleWritten: async () => void asked.push(one.journal.receiptAt(0)) }
  const one = await openTestJournal(fresh(), { ...times, slices: [{ ...sampleSlice, also }] })
  const person = await createPerson(times)
  await one.journal.accept({ items: [await person.found()] })
  for (let i = 0; i < 20; i++) await one.journal.accept({ items: [await person.write(`sample ${i}`)] })
  assert.equal(asked.length, 20)
  for (const found of await Promise.all(asked)) {
    await verifyReceipt(found!.stored.token, found!.receipt, [one.key])
  }
  assert.equal(await one.journal.receiptAt(one.journal.log.size()), undefined)
  await one.close()
})

test('J11 listeners hear of each accepted statement once, in order, and may throw', async () => {
  const one = await openTestJournal(fresh(), times)
  const heard: number[] = []
  one.journal.onAccepted(() => {
    throw new Error('a listener of the test')
  })
  one.journal.onAccepted((accepted) => heard.push(...accepted.map(({ index }) => index)))
  const person = await createPerson(times)
  const found = await person.found()
  await one.journal.accept({ items: [found] })
  await one.journal.accept({ items: [found, await person.write('a'), await person.write('b')] })
  await assert.rejects(one.journal.accept({ items: [await person.write('refuse')] }))
  assert.deepEqual(heard, [0, 1, 2])
  await one.close()
})

test('J9 a submission is accepted whole or not at all', async () => {
  const before = await dumps()
  for (const words of ['refuse', 'refuse late']) {
    const items = [await ana.write('first'), await ana.write(words), await ana.write('last')]
    await assert.rejects(accept(...items), refusedWith('sample-refused'))
    assert.deepEqual(await dumps(), before, 'no trace in sources, views or log')
  }
  const kept = [await ana.write('first'), await ana.write('last')]
  const receipts = await accept(...kept)
  assert.deepEqual(
    receipts.map((one) => one.number - receipts[0]!.number),
    [0, 1],
  )
  for (const [i, one] of receipts.entries()) await verifyReceipt(kept[i]!.statement, one, [at.key])
})

test('J9 one refused among many leaves the others of its group alone', async () => {
  const words = ['a', 'refuse', 'b', 'refuse late', 'c']
  const results = await Promise.allSettled(
    (await Promise.all(words.map((one) => ana.write(one)))).map((one) => accept(one)),
  )
  assert.deepEqual(
    results.map((one) => one.status),
    ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
  )
  const again = await openAgainHolds()
  assert.equal(again, true)
})

/** Do the leaves, tiles and views still agree? */
async function openAgainHolds(): Promise<boolean> {
  const { root, size } = await verifyCheckpoint(journal.checkpoint(), [at.key])
  const now = await at.views.tx((v) => journal.log.root(v, size))
  const applied = (await dump(at.views)).applied as { size: number }[]
  return Buffer.compare(root, now) === 0 && applied[0]?.size === size
}

test('J13 an accident in a slice fails that submission and no other', async () => {
  const words = ['a', 'break', 'b', 'c', 'break', 'd']
  const items = await Promise.all(words.map((one) => ana.write(one)))
  const results = await Promise.allSettled(items.map((one) => accept(one)))
  for (const [i, one] of results.entries()) {
    if (words[i] === 'break') {
      assert.ok(one.status === 'rejected' && refusedWith('journal-failed')(one.reason))
      assert.ok(one.reason.cause instanceof TypeError)
    } else {
      assert.ok(one.status === 'fulfilled')
      await verifyReceipt(items[i]!.statement, one.value[0]!, [at.key])
    }
  }
  assert.equal(await openAgainHolds(), true)
})

test('J10 identical bytes get the same place again, in and after their life, packets sent or not', async () => {
  const jwe = await packet(1)
  const item = await ana.write('sent again', { packets: [jwe] })
  const [[first], [second]] = await Promise.all([accept(item), accept(item)])
  const size = journal.log.size()
  now.advance((MAX_LIFE + 60) * 1000)
  const [third] = await accept({ statement: item.statement })
  assert.equal(journal.log.size(), size)
  const place = ({ proof: _, ...rest }: NonNullable<typeof first>) => rest
  assert.deepEqual([place(second!), place(third!)], [place(first!), place(first!)])
  await verifyReceipt(item.statement, third!, [at.key])
  const twice = await ana.write('twice in one')
  const [one, other] = await accept(twice, twice)
  assert.deepEqual(other, one)
})

test('J10 identical bytes are answered although their key was replaced since', async () => {
  const person = await founded()
  const item = await person.write('before the turn')
  const [first] = await accept(item)
  await accept(await person.turn((await createSigner()).publicKey))
  const [again] = await accept(item)
  assert.equal(again!.index, first!.index)
  await assert.rejects(accept(await person.write('after the turn')), refusedWith('signer-unknown'))
})

test('J10 other bytes under the same issuer and id are a replay', async () => {
  const item = await ana.write('one')
  const { id } = parseStatement(item.statement)
  await accept(item)
  await assert.rejects(accept(await ana.write('two', { id })), refusedWith('statement-replayed'))
  const other = await founded()
  await accept(await other.write('three', { id }))
  const both = [await ana.write('four'), await ana.write('five')]
  const same = await ana.write('six', { id: parseStatement(both[0]!.statement).id })
  await assert.rejects(accept(...both, same), refusedWith('statement-replayed'))
})

test('J8 a statement for another journal, too old, too early or too long is refused', async () => {
  const late = await ana.write('late', { life: 60 })
  const early = await ana.write('early')
  const cases: [SubmissionItem, string][] = [
    [await ana.write('a', { aud: 'journal.other.example' }), 'statement-for-another'],
    [await ana.write('a', { life: MAX_LIFE + 1 }), 'statement-invalid'],
    [await ana.write('a', { life: 0 }), 'statement-invalid'],
    [await ana.write('a', { type: 'SampleUnknown' }), 'statement-unknown-type'],
    [await ana.write('a', { body: { words: 'a', packets: [], more: 1 } }), 'schema-mismatch'],
    [{ statement: `${late.statement.slice(0, -4)}AAAA` }, 'statement-invalid'],
  ]
  for (const [item, code] of cases)
    await assert.rejects(
      accept(item),
      (e) => refusedWith(code)(e) || (refusedWith('signature-invalid')(e) && code === 'statement-invalid'),
      code,
    )
  now.advance(-121_000)
  await assert.rejects(accept(early), refusedWith('statement-from-the-future'))
  now.advance(121_000)
  await accept(early)
  now.advance(60_000)
  await assert.rejects(accept(late), refusedWith('statement-expired'))
})

test('J8 only a key that speaks for the issuer now signs', async () => {
  const [stranger, other] = [await createPerson(times), await founded()]
  await assert.rejects(accept(await stranger.write('a')), refusedWith('signer-unknown'))
  await assert.rejects(accept(await other.write('a', { iss: ana.handle })), refusedWith('signer-unknown'))
  const item = await ana.write('a')
  const [head, , tail] = item.statement.split('.')
  const body = (await ana.write('b')).statement.split('.')[1]
  await assert.rejects(accept({ ...item, statement: `${head}.${body}.${tail}` }), refusedWith('signature-invalid'))
  await assert.rejects(accept(await ana.found()), refusedWith('sample-refused'))
})

test('J8 a key that is turned a moment ago no longer signs', async () => {
  const person = await founded()
  const turn = await person.turn((await createSigner()).publicKey)
  const write = await person.write('too late')
  await assert.rejects(accept(turn, write), refusedWith('signer-unknown'))
  await accept(write, turn)
})

test('J8 exactly the packets and the content that are signed come along', async () => {
  const [one, two] = [await packet(1), await packet(2)]
  const content = 'ciphertext of a sample'
  const item = await ana.write('with packets', { packets: [one, two], content })
  const packets = [[one], [two, one], [one, two, two], undefined] as const
  for (const other of packets) {
    const { packets: _, ...rest } = item
    const changed = other ? { ...rest, packets: [...other] } : rest
    await assert.rejects(accept(changed as SubmissionItem), refusedWith('packets-mismatch'))
  }
  await assert.rejects(accept({ ...item, content: 'another' }), refusedWith('content-mismatch'))
  const { content: _, ...without } = item
  await assert.rejects(accept(without), refusedWith('content-mismatch'))
  const none = await ana.write('nothing signed')
  await assert.rejects(accept({ ...none, content }), refusedWith('content-mismatch'))
  await assert.rejects(accept({ ...none, packets: [one] }), refusedWith('packets-mismatch'))
  const bad = 'not.a.packet'
  await assert.rejects(accept(await ana.write('bad packet', { packets: [bad] })), refusedWith('cannot-open'))
  const [receipt] = await accept(item)
  await at.sources.tx(async (s) => {
    const rows = await packetsOf(s, receipt!.index)
    assert.deepEqual(
      rows.map((row) => row.bind.record),
      ['sample-1', 'sample-2'],
    )
    assert.deepEqual(
      [
        ...(
          await packetJwes(
            s,
            rows.map((row) => row.id),
          )
        ).values(),
      ],
      [one, two],
    )
    assert.equal(await contentOf(s, ana.handle, digest(content)), content)
  })
})

test('J8 a receipt for other bytes, another place or another id does not verify', async () => {
  const item = await ana.write('mine')
  const other = await ana.write('not mine')
  const [receipt, foreign] = await accept(item, other)
  const bad = (error: unknown) => error instanceof AppError && error.code === 'proof-invalid'
  await verifyReceipt(item.statement, receipt!, [at.key])
  await assert.rejects(verifyReceipt(other.statement, receipt!, [at.key]), bad)
  for (const change of [
    { id: foreign!.id },
    { index: foreign!.index },
    { number: foreign!.number },
    { previous: foreign!.previous },
    { salt: foreign!.salt },
    { proof: foreign!.proof },
  ]) {
    await assert.rejects(
      verifyReceipt(item.statement, { ...receipt!, ...change }, [at.key]),
      bad,
      Object.keys(change)[0],
    )
  }
})

test('J8 two kinds of one name are a mistake of the host', async () => {
  const slices = [sampleSlice, { ...sampleSlice, name: 'again', views: '' }]
  await assert.rejects(openTestJournal(fresh(), { ...systemTimes, slices }), /two kinds are called/)
})
