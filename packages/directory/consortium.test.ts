import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Consortium,
  logKeys,
  openConsortium,
  organisationCard,
  orgKey,
  type Roots,
  signRoots,
} from './consortium.ts'
import { deskOf, newHolder, ORIGIN, sampleWorld } from './testing.ts'

const w = await sampleWorld()
const file = async (): Promise<Consortium> => ({ roots: w.roots, signatures: await w.signatures() })
const refused = (value: unknown, code = 'organisation-unknown') =>
  assert.rejects(openConsortium(JSON.stringify(value)), { code })
const signedBy = (roots: Roots, holder: Awaited<ReturnType<typeof newHolder>>, kid = holder.publicKey) =>
  signRoots(roots, holder.privateKey, kid)

test('D19 the roots open when every organisation they name has signed exactly them', async () => {
  const roots = await openConsortium(JSON.stringify(await file()))
  assert.deepEqual(roots, w.roots)
  assert.equal(orgKey(roots, 'saint-roch'), deskOf(w).publicKey)
  assert.equal(orgKey(roots, 'nobody'), undefined)
  assert.deepEqual(
    logKeys(roots).map((one) => one.name),
    [ORIGIN],
  )
})

test('D19 how the file is written does not matter, what it says does', async () => {
  const { roots, signatures } = await file()
  const turned = Object.fromEntries(Object.entries(roots).reverse())
  assert.deepEqual(
    await openConsortium(JSON.stringify({ signatures: signatures.toReversed(), roots: turned }, null, 3)),
    roots,
  )
})

test('D19 an altered document is refused, whatever was altered', async () => {
  const { roots, signatures } = await file()
  const thief = await newHolder()
  const [first, ...rest] = roots.organisations
  const changes: Partial<Roots>[] = [
    { version: 2 },
    { chain: 'other-chain' },
    { genesis: `${roots.genesis.slice(0, -1)}${roots.genesis.endsWith('A') ? 'E' : 'A'}` as never },
    { policy: 'quorum all\n' },
    { journals: roots.journals.map((one) => ({ ...one, origin: 'journal.other.example' })) },
    { organisations: [{ ...first, name: 'Another' } as never, ...rest] },
    { organisations: [{ ...first, key: thief.publicKey } as never, ...rest] },
    { organisations: roots.organisations.toReversed() },
    { organisations: rest },
  ]
  for (const change of changes) await refused({ roots: { ...roots, ...change }, signatures })
})

test('D19 an organisation’s name is one line as it is read: no control, no format character, no gap to hide behind', () => {
  const card = { org: 'saint-roch', kind: 'hospital', country: 'FR', key: deskOf(w).publicKey }
  const takes = (name: string) => organisationCard.safeParse({ ...card, name }).success
  for (const name of [
    'Saint-Roch (sample)',
    'Hôpital « Nord »',
    'Hôpital «\u00a0Nord\u00a0»',
    '聖ロクス病院',
    'A',
    'É. & Cie',
  ])
    assert.ok(takes(name), name)
  const marks = [
    '\n',
    '\r',
    '\t',
    '\0',
    '\u001b',
    '\u0085',
    '\u00ad',
    '\u061c',
    '\u200b',
    '\u200e',
    '\u2028',
    '\u2029',
    '\u202e',
  ]
  for (const mark of [...marks, '\u2066', '\ufeff', '\ue000', '\ud800', '\u{e0041}', '  ', '\u3000 '])
    assert.ok(!takes(`Saint${mark}Roch`), JSON.stringify(mark))
  for (const name of ['', ' ', ' Saint-Roch', 'Saint-Roch ', 'x'.repeat(121)]) assert.ok(!takes(name), name)
})

test('D19 an organisation that did not sign, or a signer nobody knows, is refused', async () => {
  const { roots, signatures } = await file()
  const [one, two] = signatures as [string, string]
  const thief = await newHolder()
  await refused({ roots, signatures: [one] })
  await refused({ roots, signatures: [one, one] })
  await refused({ roots, signatures: [one, two, await signedBy(roots, thief)] })
  await refused({ roots, signatures: [one, await signedBy(roots, thief, deskOf(w, 'cabinet-lilas').publicKey)] })
  await refused({ roots, signatures: [one, `${two.slice(0, -4)}AAAA`] })
  await refused({ roots, signatures: [] }, 'schema-mismatch')
})

test('D19 one key cannot stand for two organisations, nor one name for two keys', async () => {
  const [first, second] = w.roots.organisations as [Roots['organisations'][0], Roots['organisations'][0]]
  const sameKey = { ...w.roots, organisations: [first, { ...second, key: first.key }] }
  const desk = deskOf(w)
  await refused({ roots: sameKey, signatures: [await signedBy(sameKey, desk), await signedBy(sameKey, desk)] })
  const sameName = { ...w.roots, organisations: [first, { ...second, org: first.org }] }
  const both = [await signedBy(sameName, desk), await signedBy(sameName, deskOf(w, 'cabinet-lilas'))]
  await refused({ roots: sameName, signatures: both })
})

test('D19 what the schema does not have is refused before anything is verified', async () => {
  const { roots, signatures } = await file()
  await refused({ roots: { ...roots, more: 1 }, signatures }, 'schema-mismatch')
  await refused({ roots: { ...roots, organisations: [] }, signatures }, 'schema-mismatch')
  await assert.rejects(openConsortium('{"roots":'), { code: 'json-invalid' })
})

test('D19 a journal’s name and key are one printed word each, an end is a date: nothing forges a line beside what a desk signs', async () => {
  const { roots, signatures } = await file()
  const [journal] = roots.journals as [Roots['journals'][0]]
  const forged = ['a.example\nFingerprint of the whole:', 'a.example\u001b[2J', 'a\u2028b', 'a b', '']
  for (const origin of forged)
    for (const one of [
      { ...journal, origin },
      { ...journal, vkey: origin },
    ])
      await refused({ roots: { ...roots, journals: [one] }, signatures }, 'schema-mismatch')
  const [first] = roots.organisations as [Roots['organisations'][0]]
  for (const until of [0, 1.5, 253_402_300_800, Number.MAX_SAFE_INTEGER])
    await refused(
      {
        roots: { ...roots, former: [{ ...first, org: 'gone', key: (await newHolder()).publicKey, until }] },
        signatures,
      },
      'schema-mismatch',
    )
})
