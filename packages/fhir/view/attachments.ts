/** Files inside a resource (R4 Attachment), wherever its type keeps them. Nothing is decoded here. */
import type { Json } from '@salus/base/json'
import type { Resource } from '../contract.ts'
import { digitsOf, type JsonObject, objectOf, objectsOf, textOf } from '../ips/json.ts'
import type { Attachment } from './types.ts'

/** Addresses that a reader may follow. `javascript:`, `data:` and their like act or hide: they are left out. */
const follows = (url: string): boolean =>
  /^(https?:\/\/|urn:)/i.test(url) || (/^[A-Za-z0-9#._~/-]+$/.test(url) && !url.startsWith('//'))

/** Bytes that base64 stands for, without decoding it. */
const bytesIn = (data: string): number => Math.floor((data.length * 3) / 4) - (/=*$/.exec(data)?.[0].length ?? 0)

function attachmentOf(attachment: JsonObject, title: string): Attachment[] {
  const data = typeof attachment.data === 'string' ? attachment.data.replace(/\s+/g, '') : ''
  const whole = data !== '' && data.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(data)
  const url = textOf(attachment.url)
  const size = whole ? bytesIn(data) : Number(digitsOf(attachment.size) || Number.NaN)
  const contentType = textOf(attachment.contentType).toLowerCase().replace(/;.*$/s, '').trim()
  if (!whole && !follows(url) && contentType === '') return []
  return [
    {
      ...{ contentType, title: textOf(attachment.title) || title },
      ...(Number.isSafeInteger(size) && size >= 0 ? { size } : {}),
      ...(whole ? { data } : {}),
      ...(follows(url) ? { url } : {}),
    },
  ]
}

/** Elements that are attachments, or lists of them. */
const plain = ['presentedForm', 'photo', 'image', 'sourceAttachment'] as const

/** Every file of a resource, in its order. */
export function attachmentsOf(resource: Resource): readonly Attachment[] {
  const title = textOf(resource.description) || textOf(resource.title)
  if (resource.resourceType === 'Binary') return attachmentOf(resource, title)
  const { content } = resource
  const list = (value: Json | undefined): JsonObject[] =>
    Array.isArray(value) ? objectsOf(value) : objectsOf([value ?? null])
  const found = [
    // DocumentReference.content[].attachment; Media.content is one itself.
    ...list(content).map((one) => objectOf(one.attachment) ?? one),
    ...plain.flatMap((element) => list(resource[element])),
    ...objectsOf(resource.payload).map((one) => objectOf(one.contentAttachment) ?? {}),
  ]
  return found.flatMap((one) => attachmentOf(one, title))
}
