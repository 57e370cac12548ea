/** A newcomer's desk before its first contact: it pins what it signed, or what lawfully followed that, and nothing else (N35, D39). */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fromBase64url, utf8 } from '@salus/base/bytes'
import { makeUnfounded, openSigning, pinSigned } from '@salus/cli/unfounded'
import { generateDeviceKey, importDeviceKey } from '@salus/crypto/keys'
import { type Consortium, type Roots, signRoots } from '@salus/directory/consortium'
import { replaceRoots } from '@salus/node-app/succeeded'
import { startConsortium, type TestHospital } from '@salus/node-app/testing'

type Key = { readonly publicKey: string; readonly privateKey: CryptoKey }

/** The next version of `roots` with `org` in it, and who can sign it. */
async function next(roots: Roots, by: readonly Key[], org: string, publicKey: string, own: CryptoKey) {
  const card = { org: org as never, name: `${org} (sample)`, kind: 'practice' as const, country: 'FR', key: publicKey }
  const made: Roots = { ...roots, version: roots.version + 1, organisations: [...roots.organisations, card] }
  const keys = [...by, { publicKey, privateKey: own }]
  const signatures = await Promise.all(keys.map((one) => signRoots(made, one.privateKey, one.publicKey)))
  const file: Consortium = { roots: made, signatures }
  return { roots: made, keys, bytes: utf8(JSON.stringify(file)) }
}

const desk = async (name: string) => {
  const dir = join(mkdtempSync(join(tmpdir(), 'salus-pinned-')), name)
  return { dir, key: await makeUnfounded(dir, name as never, 'http://saint-roch.test') }
}

/** A node that took two versions since: with the desk's organisation, then with another. */
async function world() {
  const [first] = (await startConsortium(['saint-roch', 'cabinet-lilas'])) as [TestHospital]
  const { node, dir } = first
  const organisations = first.organisations
  const keys = organisations.map(({ publicKey, signer }) => ({ publicKey, privateKey: signer.privateKey as CryptoKey }))
  const roots = node.roots as Roots
  const own = await desk('praxis-nord')
  const { keys: mine } = await openSigning(own.dir)
  const privateKey = await importDeviceKey(fromBase64url(mine.device.privateKey))
  const second = await next(roots, keys, 'praxis-nord', own.key, privateKey)
  const other = await generateDeviceKey()
  const third = await next(second.roots, second.keys, 'praxis-sud', other.publicKey, other.privateKey)
  await node.close()
  await replaceRoots(dir, [second.bytes, third.bytes])
  const open = await first.reopen({ closed: true })
  return { own, second, third, open, reach: { base: 'http://saint-roch.test', fetch: open.fetch } }
}

test('N35 a desk whose node is one hospital further pins that, from what it signed itself; another pins nothing', async () => {
  const { own, second, third, open, reach } = await world()
  try {
    await assert.rejects(pinSigned(own.dir, reach), { code: 'desk-unfounded' })
    await (await openSigning(own.dir)).keepSigned(second.roots)
    await pinSigned(own.dir, reach)
    const pinned = JSON.parse(readFileSync(join(own.dir, 'consortium.json'), 'utf8')) as Consortium
    assert.deepEqual(pinned.roots, JSON.parse(JSON.stringify(third.roots)))
    assert.equal(JSON.parse(readFileSync(join(own.dir, 'device.json'), 'utf8')).origin, open.origin)
    const stranger = await desk('praxis-est')
    const others: Roots[] = [
      { ...third.roots, policy: 'quorum none\n# other\n' },
      { ...second.roots, chain: 'other-chain' },
      { ...third.roots, version: 9 },
    ]
    for (const signed of others) {
      await (await openSigning(stranger.dir)).keepSigned(signed)
      await assert.rejects(pinSigned(stranger.dir, reach), { name: 'AppError' })
      assert.equal(existsSync(join(stranger.dir, 'consortium.json')), false)
    }
  } finally {
    await open.node.close()
  }
})
