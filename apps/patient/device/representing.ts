/** Naming who acts for this person, and acting for somebody. */
import { AppError } from '@salus/base/errors'
import { field } from '@salus/base/schema'
import { findKeyring } from '@salus/directory/device/verify'
import { fingerprint } from '@salus/directory/keyring'
import { appoint, dismiss } from '@salus/records/device/represent'
import { actFor, change, fresh } from './open.ts'

/** A handle as it was typed, or as its QR code says it. */
const handleOf = (typed: string) => {
  const text = typed.trim().replace(/^salus-patient:1:/i, '')
  const read = field.handle.safeParse(text.replace(/[\s-]/g, '').toUpperCase())
  if (!read.success) throw new AppError('handle-wrong')
  return read.data
}

/** Device fingerprints of somebody who is to be named: they are compared before. */
export async function fingerprintsOf(typed: string): Promise<string[]> {
  const { link } = await fresh()
  return (await findKeyring(link, handleOf(typed))).keyring.devices.map(fingerprint)
}

export const name = (typed: string, until: number): Promise<void> =>
  change(async (device) => {
    await appoint(device, handleOf(typed), until)
  })

export const dismissPerson = (handle: string): Promise<void> =>
  change(async (device) => {
    await dismiss(device, handle)
  })

/** Works on somebody else's record from now on; on the own one again without a handle. */
export const actAs = (handle: string | undefined): Promise<void> =>
  actFor(handle === undefined ? undefined : handleOf(handle))
