/** For crash.test.ts: submits in a folder until it is killed, printing each statement with its receipt once it has it. */
import { writeSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { createPerson, openTestJournal } from './testing.ts'

const IN_FLIGHT = 8

const { journal } = await openTestJournal((await text(process.stdin)).trim())
const person = await createPerson()
await journal.accept({ items: [await person.found()] })

for (let nth = 0; ; nth++) {
  const group = Array.from({ length: IN_FLIGHT }, async (_, i) => {
    const item = await person.write(`sample ${nth} ${i}`)
    const [receipt] = await journal.accept({ items: [item] })
    // Synchronous: what was acknowledged is out of this process before anything else happens.
    writeSync(1, `${JSON.stringify({ statement: item.statement, receipt })}\n`)
  })
  await Promise.all(group)
}
