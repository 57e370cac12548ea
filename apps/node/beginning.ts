/**
 * A log begins once (N27): a folder without its sources, whose log the witnesses have seen, was wiped. Another beginning under the
 * same name and key would be a fork; it is made again from the others, or not at all.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { hex, utf8 } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { sha256 } from '@salus/crypto/hash'
import { parsePolicy, witnessesFor } from '@salus/journal/policy'
import { verifyCheckpoint } from '@salus/journal/verify'
import type { AskText } from '@salus/journal/witnessing'
import type { NodeCode } from './errors.ts'
import type { Founded } from './found.ts'

/** Throws `journal-wiped` where a witness holds a checkpoint of this log, signed by its own key, and nothing of it is here. */
export async function checkBeginning(dir: string, { roots, logKey }: Founded, ask: AskText): Promise<void> {
  if (existsSync(join(dir, 'sources.db'))) return
  const { name } = logKey.key
  const path = `${hex(sha256(utf8(name)))}/checkpoint`
  const asked = witnessesFor(parsePolicy(roots.policy), name).flatMap(({ url }) => (url === undefined ? [] : [url]))
  const sizes = await Promise.all(
    asked.map(async (url) => {
      const answer = await ask(`${url}/${path}`).catch(() => undefined)
      if (answer?.status !== 200) return 0
      return verifyCheckpoint(answer.body, [logKey.key]).then(
        (one) => one.size,
        () => 0,
      )
    }),
  )
  const known = Math.max(0, ...sizes)
  if (known > 0) throw new AppError<NodeCode>('journal-wiped', { known })
}
