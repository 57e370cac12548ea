/** What a peer, a disk or an interruption does to a mirror: refused, found, taken up again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64url } from '@salus/base/bytes'
import { setCircle } from '@salus/directory/device/circle'
import { reachIn } from '@salus/node-app/testing'
import { sync } from '@salus/records/device/patient'
import { at, count, entriesOf, given, quiet, type Three, three } from './hospitals.ts'
import { newPatient, newPro, proAuthor, readAll, write } from './people.ts'

type Entry = {
  statement: string
  at: number
  content?: number
  small?: string
  packets: string[]
  receipt: Record<string, unknown>
}
type Page = { entries: Entry[]; part?: string }
type Reach = (url: string, init: RequestInit) => Promise<Response>

/** B again, asking through `change`: what A answers reaches it changed. */
async function through(w: Three, change: (page: Page, path: string) => void) {
  const real = reachIn([w.a, w.b, w.c])
  const reach: Reach = async (url, init) => {
    const answer = await real(url, init)
    if (!url.startsWith(w.a.url) || !answer.ok) return answer
    const letters = answer.headers.get('content-type') === 'application/jose'
    const page = letters ? { entries: [], part: await answer.text() } : ((await answer.json()) as Page)
    change(page, new URL(url).pathname)
    return letters ? new Response(page.part, { headers: answer.headers }) : Response.json(page)
  }
  return w.b.reopen({ reach })
}

/** After an honest round everything is there that should have been. */
async function honest(w: Three, b: Awaited<ReturnType<typeof through>>, handle: string) {
  const again = await b.reopen({ reach: reachIn([w.a, w.b, w.c]) })
  const { held, away } = await again.node.replica.pull()
  assert.deepEqual({ held, away }, { held: {}, away: [] })
  assert.equal(await entriesOf(again, handle), await entriesOf(w.a, handle))
  await again.node.close()
  await w.a.node.close()
  await w.c.node.close()
}

const isPage = (path: string) => path === '/replica/entries' || path === '/replica/chain'

/** What a lying home, or whoever sits between, makes of an entry; and the word for it. */
const lies: Readonly<
  Record<string, readonly [code: string, lie: (one: Entry, all: readonly Entry[]) => Partial<Entry>]>
> = {
  salt: ['home-receipt-invalid', ({ receipt }) => ({ receipt: { ...receipt, salt: base64url(new Uint8Array(32)) } })],
  number: ['home-receipt-invalid', ({ receipt }) => ({ receipt: { ...receipt, number: 7 } })],
  statement: ['home-receipt-invalid', (_, all) => ({ statement: all.at(-1)?.statement ?? '' })],
  time: ['home-receipt-invalid', (one) => ({ at: one.at + 100_000 })],
  packets: ['packets-mismatch', ({ packets }) => ({ packets: [...packets, ...packets] })],
}

test('N26 a forged receipt, a changed statement, another’s place: refused by name, nothing of that chain is taken until it is right', async () => {
  for (const [what, [code, lie]] of Object.entries(lies)) {
    const w = await three()
    const { handle } = await given(w)
    const first = await through(w, ({ entries = [] }, path) => {
      const lied = what === 'packets' ? entries.find((one) => one.packets.length > 0) : entries[0]
      if (isPage(path) && lied) Object.assign(lied, lie(lied, entries))
    })
    const { lied, away } = await first.node.replica.pull()
    assert.deepEqual([lied, away], [{ [code]: 1 }, [w.a.origin]], what)
    assert.ok((await entriesOf(first, handle)) < (await entriesOf(w.a, handle)), what)
    await honest(w, first, handle)
  }
})

const other = (text = '') => `${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`

test('N26 a ciphertext that is not the one that was signed is not kept, whether it came with its entry or apart', async () => {
  for (const apart of [false, true]) {
    const w = await three()
    const { handle } = await given(w)
    const first = await through(w, (page, path) => {
      if (path === '/replica/ciphertext') page.part = other(page.part)
      for (const entry of page.entries ?? []) {
        if (apart) delete entry.small
        else if (entry.small !== undefined) entry.small = other(entry.small)
      }
    })
    const { lied } = await first.node.replica.pull()
    assert.deepEqual(lied, { 'content-mismatch': 1 })
    assert.equal(await count(first, 'SELECT count(*) AS n FROM content WHERE chain = ?', handle), 0)
    await honest(w, first, handle)
  }
})

test('N23 a round that is cut off anywhere is taken up where it was; what comes twice stands once', async () => {
  const w = await three()
  const { handle } = await given(w)
  const real = reachIn([w.a, w.b, w.c])
  let b = w.b as Awaited<ReturnType<typeof through>>
  for (let most = 0; most < 6; most++) {
    let asked = 0
    b = await b.reopen({
      reach: (url, init) => (asked++ < most ? real(url, init) : Promise.reject(new TypeError('cut'))),
    })
    await b.node.replica.pull()
  }
  b = await b.reopen({ reach: real })
  await b.node.replica.pull()
  assert.equal(await entriesOf(b, handle), await entriesOf(w.a, handle))
  const size = b.node.journal.log.size()
  // Adopted, and the end came before the cursor was moved.
  await b.node.sources.tx((s) => s.run('DELETE FROM pulled'))
  await b.node.replica.pull()
  assert.equal(b.node.journal.log.size(), size)
  await honest(w, b, handle)
})

test('N23 what waits for a third hospital’s professional is held, named by its code, and taken when that has come', async () => {
  const w = await three()
  const { patient, handle } = await given(w)
  await setCircle(patient.link, patient.keys, ['hopital-nord'] as never)
  const real = reachIn([w.a, w.b, w.c])
  // C reaches A alone: B's physician is unknown there.
  const reach: Reach = (url, init) => (url.startsWith(w.b.url) ? Promise.reject(new TypeError('cut')) : real(url, init))
  const alone = await w.c.reopen({ reach })
  const { held, away } = await alone.node.replica.pull()
  assert.deepEqual(held, { 'signer-unknown': 1 })
  assert.deepEqual(away, [w.b.origin])
  const again = await alone.reopen({ reach: real })
  assert.deepEqual((await again.node.replica.pull()).held, {})
  assert.equal(await entriesOf(again, handle), await entriesOf(w.a, handle))
  await again.node.close()
  await w.a.node.close()
  await w.b.node.close()
})

test('N25 a flipped byte in a stored ciphertext, a packet, a statement: found, named by kind, healed from a peer', async () => {
  const w = await three()
  const { handle, grant } = await given(w)
  await quiet(w.b)
  const here = await at(w.wb, w.doctor)
  const flip = "substr(X, 1, 30) || CASE substr(X, 31, 1) WHEN 'A' THEN 'B' ELSE 'A' END || substr(X, 32)"
  const damage = (one: typeof w.a, table: string, column: string, where: string) =>
    one.node.sources.tx((s) =>
      s.run(`UPDATE ${table} SET ${column} = ${flip.replaceAll('X', column)} WHERE chain = ? AND ${where}`, handle),
    )
  assert.deepEqual((await w.b.node.replica.check()).found, {})
  // At the mirror, from the home; then at the home, from the mirror.
  for (const one of [w.b, w.a]) {
    assert.equal(await damage(one, 'content', 'jwe', '1'), 1)
    assert.equal(await damage(one, 'packet', 'jwe', "bind LIKE '%deposit%'"), 1)
    assert.equal(await damage(one, 'statement', 'token', "type = 'GrantGiven'"), 1)
    if (one === w.b) await assert.rejects(readAll(here, grant, handle))
    const { found, healed } = await one.node.replica.check()
    assert.deepEqual(found, { content: 1, packet: 1, statement: 1 })
    assert.deepEqual(healed, found)
    const after = await one.node.replica.check()
    assert.deepEqual([after.found, after.contents], [{}, 1])
  }
  assert.equal((await readAll(here, grant, handle)).length, 1)
  await w.close()
})

test('N25 what nobody else has is found and named, and stays as it is', async () => {
  const w = await three()
  const patient = await newPatient(w.wa)
  await write(proAuthor(await newPro(w.wa)), patient.keys.handle, 'allergies', { resourceType: 'AllergyIntolerance' })
  await w.a.node.sources.tx((s) => s.run("UPDATE content SET jwe = 'x' || jwe"))
  const { found, healed } = await w.a.node.replica.check()
  assert.deepEqual([found, healed], [{ content: 1 }, {}])
  await sync(patient)
  await w.close()
})

test('N26 a page that leads nowhere is asked for once: the others are asked, and the cursor stays', async () => {
  const w = await three()
  const { handle } = await given(w)
  let asked = 0
  const first = await through(w, (page, path) => {
    if (path !== '/replica/entries') return
    asked++
    Object.assign(page, { entries: [], next: { after: 0, within: 0 }, end: false })
  })
  const { away } = await first.node.replica.pull()
  assert.deepEqual(away, [w.a.origin])
  assert.equal(asked, 1)
  await honest(w, first, handle)
})
