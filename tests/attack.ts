/** An attacker with one reader's keys and every byte the node holds: what can be opened? Keys decide, not HTTP codes. */
import { fromBase64url, text } from '@salus/base/bytes'
import { keyPublic, keyThumbprint, type PersonPrivate } from '@salus/crypto/keys'
import { openWithKey, openWithPerson, packetHeader } from '@salus/crypto/packet'
import { openContent } from '@salus/crypto/seal'
import type { TestNode } from '@salus/node-app/testing'

/** Every packet and every ciphertext in the node's store, past ones too when the caller has kept copies. */
export type Loot = { packets: Set<string>; contents: Map<string, string> }

export const emptyLoot = (): Loot => ({ packets: new Set(), contents: new Map() })

/** Adds all that the node holds now: a thief who copied the disk each day. */
export async function steal({ node }: TestNode, loot: Loot): Promise<Loot> {
  return node.sources.tx(async (s) => {
    for (const { jwe } of await s.all<{ jwe: string }>('SELECT jwe FROM packet')) loot.packets.add(jwe)
    for (const { digest, jwe } of await s.all<{ digest: string; jwe: string }>('SELECT digest, jwe FROM content')) {
      loot.contents.set(digest, jwe)
    }
    return loot
  })
}

const opened = async <T>(work: Promise<T>): Promise<T | undefined> => work.catch(() => undefined)

/** Digests of the ciphertexts that open with `keys` (person keys by thumbprint), following every key a packet gives; `raw`: X25519 private keys known besides. */
export async function openable(
  loot: Loot,
  keys: ReadonlyMap<string, PersonPrivate>,
  raw: readonly string[] = [],
): Promise<Set<string>> {
  const secrets: string[] = [...raw]
  for (const packet of loot.packets) {
    const { kid } = packetHeader(packet)
    const key = keys.get(kid)
    const plain = key && (await opened(openWithPerson(key, packet, {})))
    if (plain) secrets.push(...[...text(plain).matchAll(/"key":"([\w-]{43})"/g)].map((one) => one[1] as string))
  }
  // A 32-byte secret may be a content key or an epoch's private key: try it as both.
  const agreement = new Map(
    secrets.flatMap((one) =>
      ([1, 2] as const).map((suite) => {
        const key = keyPublic(fromBase64url(one), suite)
        return [keyThumbprint(key) as string, one] as const
      }),
    ),
  )
  const contentKeys = new Set(secrets)
  for (const packet of loot.packets) {
    const secret = agreement.get(packetHeader(packet).kid)
    const plain = secret && (await opened(openWithKey(fromBase64url(secret), packet, {})))
    if (plain?.length === 32) contentKeys.add(Buffer.from(plain).toString('base64url'))
  }
  const found = new Set<string>()
  for (const [digest, jwe] of loot.contents) {
    for (const key of contentKeys) {
      if (await opened(openContent(fromBase64url(key), jwe))) {
        found.add(digest)
        break
      }
    }
  }
  return found
}
