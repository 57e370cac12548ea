/** From a file to an offer: check, count, encrypt, push; what becomes public is the document and nothing else. */
import { type Bytes, utf8 } from '@salus/base/bytes'
import type { Random } from '@salus/base/clock'
import type { Digest } from '@salus/base/ids'
import { sealStream } from '@salus/crypto/stream'
import { writeEnd, writeGroup, writeHead } from '@salus/enclave/columns'
import { PRIVATE_K } from '@salus/enclave/deal'
import type { ObjectStore } from '../store.ts'
import { columnHeadOf, type DataContract, type DatasetDocument, datasetDocument, fileContext } from './contract.ts'
import { assertSound, type Profile, readGroups } from './read.ts'

/** What the hospital says of a version beside its contract. */
export type Version = Pick<DatasetDocument, 'set' | 'org' | 'version' | 'terms' | 'broker' | 'public'>

/** Reads the file and says what is in it; refuses what could not be published. Writes nothing. */
export async function profileOf(path: string, contract: DataContract): Promise<Profile> {
  const profile: Profile = { rows: 0, columns: [] }
  for await (const _ of readGroups(path, contract, profile));
  return profile
}

/** Ciphertext of the typed columns, as it is made. The profile is whole, and sound, when the last part was given. */
async function* sealed(
  path: string,
  contract: DataContract,
  at: Version,
  key: Bytes,
  random: Random,
  profile: Profile,
) {
  const heads = contract.columns.map(columnHeadOf)
  const seal = sealStream(key, utf8(fileContext(at)), random)
  yield seal.push(writeHead(heads))
  for await (const { rows, values } of readGroups(path, contract, profile)) {
    yield seal.push(writeGroup(heads, values, rows))
    for (const one of values) one.fill(0)
  }
  assertSound(profile, contract)
  yield seal.push(writeEnd(profile.rows))
  yield seal.end()
}

/** Published: the document's digest is what an offer names. */
export type Published = { readonly data: Digest; readonly document: DatasetDocument; readonly profile: Profile }

/**
 * Encrypts `path` under the fresh 32-byte `key` and pushes ciphertext and document to the store. A file that is refused leaves
 * nothing behind.
 */
export async function publishData(
  {
    path,
    contract,
    version,
    key,
    random,
  }: { path: string; contract: DataContract; version: Version; key: Bytes; random: Random },
  store: ObjectStore,
): Promise<Published> {
  const profile: Profile = { rows: 0, columns: [] }
  const file = await store.put(sealed(path, contract, version, key, random, profile))
  const { title, description, columns } = contract
  const document = datasetDocument.parse({
    ...{ format: 'salus-dataset/1', ...version, title, description, columns, file },
    ...countsOf(profile, version.public),
  })
  const { digest } = await store.put([utf8(JSON.stringify(document))])
  return { data: digest, document, profile }
}

/** The counts that may be public: rounded to ten, small ones not at all, unless everybody has the data anyway. */
function countsOf({ rows, columns }: Profile, open: boolean): Pick<DatasetDocument, 'rows' | 'counts'> {
  const rounded = (count: number) => (open ? count : count < PRIVATE_K ? -1 : Math.round(count / 10) * 10)
  return {
    rows: open ? rows : Math.round(rows / 10) * 10,
    counts: columns.map(({ name, values, levels }) => ({
      name,
      missing: open ? Math.round((1 - values / rows) * 100) : Math.round(((1 - values / rows) * 100) / 5) * 5,
      ...(levels.length > 0 ? { levels: levels.map(rounded) } : {}),
    })),
  }
}
