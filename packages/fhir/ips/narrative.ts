/** Narratives (R4 §2.10, XHTML in `text.div`): ours are escaped as they are made, and anybody's can be judged. */
import type { Json } from '@salus/base/json'
import { objectOf } from './json.ts'

export type Narrative = { status: 'generated'; div: string }

/** Characters XML 1.0 §2.2 does not have; a lone surrogate among them. */
const outside = /[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as it may stand in XHTML: what came from a record can open no tag and no entity. */
export const escapeText = (text: string): string =>
  text.replace(outside, '\ufffd').replace(/[&<>"']/g, (sign) => entities[sign] ?? '')

const paragraph = (text: string): string => `<p>${escapeText(text)}</p>`
const list = (lines: readonly string[]): string =>
  lines.length === 0 ? '' : `<ul>${lines.map((one) => `<li>${escapeText(one)}</li>`).join('')}</ul>`

/** A generated narrative: paragraphs, and lists where there are lists. */
export const narrative = (...blocks: readonly (string | readonly string[])[]): Narrative => ({
  status: 'generated',
  div: `<div xmlns="http://www.w3.org/1999/xhtml">${blocks
    .map((one) => (typeof one === 'string' ? paragraph(one) : list(one)))
    .join('')}</div>`,
})

/** Elements R4 allows (txt-1: HTML 4.0 chapters 7 to 11 but 4, 9 and 15); nothing that acts. */
const elements = new Set(
  (
    'a abbr acronym address area b big blockquote br caption cite code col colgroup dd del dfn div dl dt em h1 h2 h3 ' +
    'h4 h5 h6 hr i img ins kbd li map ol p pre q samp small span strong sub sup table tbody td tfoot th thead tr tt ' +
    'ul var'
  ).split(' '),
)
const token =
  /<(\/?)([A-Za-z][A-Za-z0-9]*)((?:\s+[\w:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|<!--(?!>)[\s\S]*?-->|[<&][^<&]?/g

/** Is `text` a narrative that says something, is whole XHTML, and can do nothing to its reader? */
export function isNarrative(text: Json | undefined): boolean {
  const { status, div } = objectOf(text) ?? {}
  if (typeof status !== 'string' || !['generated', 'extensions', 'additional'].includes(status)) return false
  return typeof div === 'string' && whole(div.trim()) && speaks(div)
}

const speaks = (div: string): boolean => div.replace(/<!--[\s\S]*?-->|<(?!img\b)[^>]*>/g, '').trim() !== ''

/** One `div` in the XHTML namespace around everything, tags closed in order, entities whole. */
function whole(div: string): boolean {
  if (!/^<div\s[^>]*xmlns\s*=\s*(["'])http:\/\/www\.w3\.org\/1999\/xhtml\1/.test(div)) return false
  const open: string[] = []
  for (const found of div.matchAll(token)) {
    const [all, closing, name, attributes = '', empty] = found
    if (name === undefined) {
      if (all.startsWith('<!--') || /^&(#\d+|#x[0-9a-f]+|\w+);/i.test(div.slice(found.index, found.index + 12)))
        continue
      return false
    }
    if (!elements.has(name) || /\son\w+\s*=|javascript:/i.test(attributes)) return false
    if (closing) {
      if (open.pop() !== name || (open.length === 0 && found.index + all.length !== div.length)) return false
    } else if (!empty) open.push(name)
  }
  return open.length === 0 && div.endsWith('>')
}
