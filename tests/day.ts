/** What most tests of a node begin with. */
import { after } from 'node:test'
import { manualClock } from '@salus/base/testing'
import { startNode } from '@salus/node-app/testing'
import { deskAuthor, newPro, world } from './people.ts'

/** A node on a clock that the test turns, closed when the file's tests are done, with its desk and a physician. */
export async function startDay() {
  const { clock, advance } = manualClock()
  const at = await startNode({ clock })
  after(() => at.node.close())
  const w = world(at, clock)
  return { clock, advance, at, w, desk: await deskAuthor(w), doctor: await newPro(w) }
}
