/** Writes DER, for certificates and lists made in tests. */
import { concat, fromHex, utf8 } from '@salus/base/bytes'

/** One element: identifier byte, shortest length, contents. */
export function element(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = concat(...contents)
  return concat(Uint8Array.of(tag), lengthOf(content.length), content)
}

function lengthOf(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length)
  const text = length.toString(16)
  const bytes = fromHex(text.length % 2 ? `0${text}` : text)
  return concat(Uint8Array.of(0x80 + bytes.length), bytes)
}

export const sequence = (...contents: readonly Uint8Array[]): Uint8Array => element(0x30, ...contents)
export const octets = (content: Uint8Array): Uint8Array => element(0x04, content)
export const bits = (content: Uint8Array, unused = 0): Uint8Array => element(0x03, Uint8Array.of(unused), content)
export const boolean = (value: boolean): Uint8Array => element(0x01, Uint8Array.of(value ? 0xff : 0))
export const ia5 = (text: string): Uint8Array => element(0x16, utf8(text))
/** An identifier by the hexadecimal of its content. */
export const oid = (content: string): Uint8Array => element(0x06, fromHex(content))

export function integer(value: number): Uint8Array {
  const text = value.toString(16)
  const bytes = fromHex(text.length % 2 ? `0${text}` : text)
  return element(0x02, bytes[0]! & 0x80 ? concat(Uint8Array.of(0), bytes) : bytes)
}

/** UTCTime of seconds. */
export const time = (seconds: number): Uint8Array =>
  element(0x17, utf8(`${new Date(seconds * 1000).toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`))
