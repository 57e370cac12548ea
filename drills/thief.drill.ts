/** A thief with the whole data folder, the node's own keys included, tries every key in it on everything in it. */
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startNode } from '@salus/node-app/testing'
import { openable } from '../tests/attack.ts'
import { deskAuthor, world, write } from '../tests/people.ts'
import { story, traits } from '../tests/story.ts'
import { chainsOpened, readableIn, sealedIn, secretsIn } from './thief.ts'

test('a thief of the whole disk, the node’s keys included, opens nothing of any patient', async (t) => {
  const at = await startNode()
  const w = world(at)
  const { patient, other } = await story(w)
  const marked = { resourceType: 'Condition', note: 'Zygomycosis-sample' }
  for (const one of [patient, other]) await write(await deskAuthor(w), one.keys.handle, 'problems', marked)
  await at.node.close()
  const stolen = mkdtempSync(join(tmpdir(), 'salus-stolen-'))
  cpSync(at.dir, stolen, { recursive: true })
  try {
    const { loot, others } = sealedIn(stolen)
    const secrets = await secretsIn(stolen)
    t.diagnostic(
      `${loot.contents.size} contents, ${loot.packets.size} packets, ${others.size} keychains and more; ${secrets.size} keys tried`,
    )
    assert.ok(loot.contents.size > 4 && loot.packets.size > 20 && others.size > 0 && secrets.size > 500)
    for (const one of ['journal', 'operator', 'witness']) {
      const key = readFileSync(join(stolen, `keys/${one}.key`), 'utf8').trim()
      assert.ok(secrets.has(Buffer.from(key, 'base64url').subarray(-32).toString('base64url')), `${one}.key is tried`)
    }
    // The attack is one: with one epoch key of the patient's device it opens.
    const own = patient.keys.epochs.flatMap((one) => (one.privateKey ? [one.privateKey] : []))
    const opensWithDevice = await openable(loot, new Map(), own)
    assert.ok(opensWithDevice.size > 0, 'the attack opens what it has a key for')
    const opened = await openable(loot, new Map(), [...secrets])
    const chains = await chainsOpened(others, secrets)
    const words = ['Zygomycosis-sample', traits.family, traits.birthDate, 'AllergyIntolerance']
    const readable = readableIn(stolen, words)
    t.diagnostic(`opened: ${opened.size} contents, ${chains} keychains, ${readable.length} words in the clear`)
    assert.deepEqual([opened.size, chains, readable], [0, 0, []])
  } finally {
    rmSync(stolen, { recursive: true, force: true })
  }
})
