/** The words of an XHTML narrative (R4 §2.10) without its marks: what is shown is text, and can do nothing. */
import type { Json } from '@salus/base/json'
import { textOf } from '../ips/json.ts'

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

/** A character reference (XML 1.0 §4.1); one that names nothing stays as it is written. */
function character(all: string, name: string): string {
  if (!name.startsWith('#')) return Object.hasOwn(named, name) ? (named[name] as string) : all
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10)
  return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : all
}

/** Text of a `div`: a block ends a line, scripts and styles go with what they hold, entities become letters last. */
export function plainText(div: Json | undefined): string {
  return textOf(div)
    .replace(/<!--[\s\S]*?(-->|$)/g, '')
    .replace(/<(script|style)\b[\s\S]*?(<\/\1\s*>|$)/gi, '')
    .replace(/\s+/g, ' ')
    .replace(/<(br|hr)\b[^<>]*>|<\/(p|div|li|tr|h[1-6]|dt|dd|caption|blockquote|pre|ul|ol|table)\s*>/gi, '\n')
    .replace(/<\/t[dh]\s*>/gi, ' ')
    .replace(/<\/?[a-zA-Z][^<>]*>/g, '')
    .replace(/&(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-z]{2,6});/g, character)
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .join('\n')
}
