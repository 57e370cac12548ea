/** Adding something of one's own: the form's exact text is what is signed; it is marked as the patient's own word. */
import { utf8 } from '@salus/base/bytes'
import type { Filing } from '@salus/base/categories'
import { newId } from '@salus/base/ids'
import { type FormInput, type FormName, forms } from '@salus/fhir/forms'
import type { Context, Reference, Written } from '@salus/fhir/forms/types'
import { submit } from '@salus/journal/device'
import { deposit } from '@salus/records/device/author'
import { acting, freshKeyring } from '@salus/records/device/sync'
import { named } from '@salus/records/names'
import type { Language } from '@salus/ui/language'
import { change, type Opened } from './open.ts'

async function file(device: Opened, fhir: string, category: Filing): Promise<string> {
  const { handle, signer } = await acting(device)
  const author = { iss: handle, signer }
  const made = await deposit(device.link, author, await freshKeyring(device), { category, fhir: utf8(fhir) })
  await submit(device.link.call, device.link.logs, [made.item])
  return made.record
}

/** Writes FHIR from a form, signs exactly that text, files it; gives the record. Refuses a field with `form-incomplete`. */
export const add = <Name extends FormName>(form: Name, input: FormInput<Name>, language: Language): Promise<string> =>
  change(async (device) => {
    const patient = named('handle', device.keys.handle, 'Patient') as Reference
    const now = new Date(device.link.clock()).toISOString()
    const context: Context = {
      // An id of R4 has no underscore (§2.24.0.1).
      ...{ id: newId(device.link.random).replaceAll('_', '.'), now, language },
      ...{ patient, author: patient, selfReported: true },
    }
    const write = forms[form] as (input: FormInput<Name>, context: Context) => Written
    const { fhir, filing } = write(input, context)
    return file(device, fhir, filing)
  })
