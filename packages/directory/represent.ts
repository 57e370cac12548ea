/** Representatives: who may act for a person, until when, and what of a keyring is theirs to sign (D29-D31). Pure. */
import { AppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import type { DirectoryCode, Epoch, Keyring, Representative, RepresentativesChanged } from './contract.ts'
import { deviceThumbprint } from './thumbprint.ts'

const refused = () => new AppError<DirectoryCode>('representative-refused')

/** The row a device key signs by at `at` (seconds), among those that stand, or also those that were taken back. */
export function representativeBy(
  { representatives = [], pastRepresentatives = [] }: Keyring,
  kid: string,
  at: number,
  which: 'now' | 'ever' = 'now',
): Representative | undefined {
  const rows = which === 'now' ? representatives : [...representatives, ...pastRepresentatives]
  return rows.findLast((one) => at < one.until && one.devices.some((key) => deviceThumbprint(key) === kid))
}

/** The public key of that row's device. */
export const deviceOf = (row: Representative, kid: string): string | undefined =>
  row.devices.find((key) => deviceThumbprint(key) === kid)

type Opening = {
  readonly epochs: readonly Epoch[]
  readonly readers: readonly { grant: string; epochs: readonly number[] }[]
}

/** D30 May this row's device announce these epochs: none hidden, each over by the row's date? Whoever makes a key knows it. */
export const mayOpen = ({ until }: Representative, epochs: readonly Epoch[]): boolean =>
  epochs.every((one) => one.compartment !== 'hidden' && one.until !== undefined && one.until <= until)

/** D30 A representative is never given a hidden epoch, nor one that outlives the appointment. */
export function checkGivenTo(representatives: readonly Representative[], { epochs, readers }: Opening): void {
  const until = new Map<string, number>(representatives.map((one) => [one.id, one.until]))
  for (const { grant, epochs: places } of readers) {
    const end = until.get(grant)
    if (end === undefined) continue
    for (const at of places) {
      const given = epochs[at]
      if (!given || given.compartment === 'hidden' || given.until === undefined || given.until > end) throw refused()
    }
  }
}

const sameRow = (a: Representative, b: Representative): boolean =>
  a.handle === b.handle && a.key === b.key && a.until === b.until && a.devices.join() === b.devices.join()

/**
 * D29 The whole list, anew: a row stays exactly as it was or gets another id. None is the person, or signs with a key that is
 * the person's or another's here.
 */
export function changeRepresentatives(
  state: Keyring,
  body: RepresentativesChanged,
): Pick<Keyring, 'representatives' | 'pastRepresentatives'> {
  const { representatives: before = [], pastRepresentatives: past = [] } = state
  const rows = body.representatives
  const known = new Map(before.map((one) => [one.id, one]))
  const handles = new Set<Handle>(rows.map((one) => one.handle))
  const ids = new Set(rows.map((one) => one.id))
  const keys = rows.flatMap((one) => one.devices)
  const own = new Set([...state.devices, ...state.past, state.recovery?.key])
  const twice = handles.size < rows.length || ids.size < rows.length || new Set(keys).size < keys.length
  if (twice || handles.has(state.handle) || keys.some((key) => own.has(key))) throw refused()
  for (const row of rows) {
    const same = known.get(row.id)
    if (same ? !sameRow(same, row) : past.some((one) => one.id === row.id)) throw refused()
  }
  // D31 Whoever is no longer named holds nothing that opens what comes later.
  const opened = new Set(body.epochs.map((one) => one.compartment))
  const open = new Set(state.epochs.map((one) => one.compartment))
  open.delete('hidden')
  if ([...open].some((one) => !opened.has(one)) || opened.has('hidden')) throw refused()
  checkGivenTo(rows, body)
  const gone = before.filter((one) => !ids.has(one.id))
  return { representatives: rows, pastRepresentatives: [...past, ...gone] }
}
