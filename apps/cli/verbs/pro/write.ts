/** `salus pro write`: one FHIR resource, signed and sealed into a patient's record. */
import { AppError } from '@salus/base/errors'
import type { Link } from '@salus/directory/device/link'
import { signerOf } from '@salus/directory/device/patient'
import { findKeyring } from '@salus/directory/device/verify'
import { directoryEndpoints } from '@salus/directory/endpoints'
import type { Resource } from '@salus/fhir/contract'
import { parseExact, writeExact } from '@salus/fhir/exact'
import { filingOf } from '@salus/fhir/sort'
import { createValidator } from '@salus/fhir/validate'
import { submit } from '@salus/journal/device'
import { deposit } from '@salus/records/device/author'
import { recordEndpoints } from '@salus/records/endpoints'
import { categoryWords } from '@salus/ui/vocabulary'
import { readInput } from '../../files.ts'
import { placed } from '../../place.ts'
import { handleFrom, option, required, type Verb } from '../../verb.ts'
import { device, opened, patientOption, whereIs } from './shared.ts'

/** The file's resource, every number as written; one without an id gets a random one, so that others can refer to it. */
async function resourceIn(path: string): Promise<Resource> {
  const tree = parseExact(await readInput(path)) as Resource
  if (tree === null || typeof tree !== 'object' || typeof tree.resourceType !== 'string') throw new AppError('not-fhir')
  const { resourceType, ...rest } = tree
  return tree.id === undefined ? { resourceType, id: crypto.randomUUID(), ...rest } : tree
}

/** The disputed version that the new one follows; nothing where none is answered. */
async function disputed(link: Link, record: string | undefined, category: string) {
  if (record === undefined) return {}
  const { disputes } = await link.call(recordEndpoints.disputes)
  const found = disputes.find((one) => one.record === record)
  if (!found) throw new AppError('record-unknown')
  if (found.category !== category) throw new AppError('category-other')
  return { replaces: { record: found.record, version: found.version, statement: found.statement } }
}

export const write: Verb = {
  name: 'pro write',
  positionals: 'FILE',
  least: 1,
  options: [
    device,
    patientOption,
    {
      ...{ name: 'answers', value: 'RECORD' },
      words: { en: 'a new version of this disputed document', fr: 'nouvelle version de ce document contesté' },
    },
  ],
  words: {
    en: 'sign and seal one FHIR resource into a patient’s record',
    fr: 'signer et chiffrer une ressource FHIR dans le dossier d’un patient',
  },
  async run(args, screen) {
    const { bytes, plain } = writeExact(await resourceIn(args.positionals[0] ?? ''))
    const validate = await createValidator()
    try {
      validate(plain)
    } catch (error) {
      throw placed(error as AppError, undefined)
    }
    const patient = handleFrom(required(args, 'patient'))
    const { pro } = await whereIs(await opened(args, screen), patient, screen)
    const { filing } = filingOf(plain)
    const { keyring } = await findKeyring(pro.link, patient)
    const author = { iss: pro.keys.handle, signer: await signerOf(pro.keys.device) }
    const replaces = await disputed(pro.link, option(args, 'answers'), filing)
    const made = await deposit(pro.link, author, keyring, { category: filing, fhir: bytes, ...replaces })
    const [receipt] = await submit(pro.link.call, pro.link.logs, [made.item])
    const words = categoryWords[filing]?.[screen.language] ?? filing
    screen.say(screen.language === 'fr' ? `Déposé dans « ${words} ».` : `Filed under ${words}.`)
    return {
      ...{
        record: made.record,
        version: made.version,
        category: filing,
        resource: `${plain.resourceType}/${plain.id}`,
      },
      statement: made.item.statement,
      receipt,
      signer: await pro.link.call(directoryEndpoints.me),
    }
  },
}
