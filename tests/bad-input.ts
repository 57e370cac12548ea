/** What every test of bad input asks: the code, its words in both languages, a node that goes on, nothing acknowledged lost. */
import assert from 'node:assert/strict'
import { isAppError } from '@salus/base/errors'
import type { Receipt } from '@salus/journal/contract'
import { parseStatement } from '@salus/journal/statement'
import { verifyReceipt } from '@salus/journal/verify'
import { errors } from '@salus/ui/errors'
import { deskAuthor, newPatient, type World, write } from './people.ts'

/** The code has words of its own in French and English, and is not our fault's. */
export function assertWords(code: string): void {
  const [title, next] = errors[code] ?? []
  assert.notEqual(code, 'internal')
  assert.ok(title?.en && title.fr && next?.en && next.fr, `${code} has words in both languages`)
}

/** `work` is refused with exactly `code`, which has words. */
export async function refused(work: Promise<unknown>, code: string, why?: string): Promise<void> {
  await assert.rejects(work, { code }, why)
  assertWords(code)
}

/** The code that refused `work`, or "accepted"; any other error is a fault of ours and goes up. */
export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'accepted',
    (error) => {
      if (!isAppError(error)) throw error
      return error.code
    },
  )

/** A request as anybody may make it, and the problem that answered: its code has words and its status is the code's. */
export async function asked(w: World, path: string, init: RequestInit): Promise<string> {
  const answer = await w.at.fetch(`http://node.test${path}`, { ...init, headers: { ...init.headers, ...FRENCH } })
  if (answer.ok) return 'accepted'
  assert.equal(answer.headers.get('content-type'), 'application/problem+json')
  const { code, status, title, detail } = (await answer.json()) as Record<string, string>
  assertWords(code ?? '')
  const [words, next] = errors[code ?? ''] ?? []
  assert.deepEqual([status, title, detail], [answer.status, words?.fr, next?.fr])
  return code ?? ''
}
const FRENCH = { 'accept-language': 'fr' }

type Kept = { readonly statement: string; readonly receipt: Receipt }

/**
 * A node with what it has acknowledged. `goesOn` makes a good request, and asks the node for everything acknowledged before:
 * each with a receipt that verifies.
 */
export async function createGuard(w: World) {
  const kept: Kept[] = []
  const seen: World = {
    ...w,
    at: {
      ...w.at,
      async fetch(url, init) {
        const answer = await w.at.fetch(url, init)
        if (new URL(url).pathname !== '/statements' || !answer.ok) return answer
        const { receipts } = (await answer.clone().json()) as { receipts: Receipt[] }
        const { items } = JSON.parse(String(init.body)) as { items: { statement: string }[] }
        for (const [i, { statement }] of items.entries()) kept.push({ statement, receipt: receipts[i] as Receipt })
        return answer
      },
    },
  }
  const person = await newPatient(seen)
  return {
    w: seen,
    person,
    /** `erased`: who erased meanwhile: the own statements are gone, and no others. */
    async goesOn(at: World = seen, erased?: string): Promise<void> {
      const health = await at.at.fetch('http://node.test/health', {})
      assert.equal(((await health.json()) as { status: string }).status, 'ready')
      await write(await deskAuthor(at), person.keys.handle, 'results', { resourceType: 'Observation' })
      const { journal, roots } = at.at.node
      assert.ok(roots && kept.length > 0)
      for (const { statement, receipt } of kept) {
        const found = await journal.receiptAt(receipt.index)
        if (!found) {
          const { sub } = parseStatement(statement)
          assert.ok(erased && [erased, undefined].includes(sub), 'acknowledged, and gone')
        } else {
          assert.equal(found.stored.token, statement)
          await verifyReceipt(statement, found.receipt, person.link.logs)
        }
        await verifyReceipt(statement, receipt, person.link.logs)
      }
    },
  }
}
