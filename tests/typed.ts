/** Commands as a page of the documentation shows them, to be typed by a test. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** A fenced block: what stands behind the fence, and the lines, without their common indent. */
type Fenced = { readonly language: string; readonly lines: readonly string[] }

/** The blocks of the section `heading` of a page of docs/, in order. */
export function blocksOf(page: string, heading: string): Fenced[] {
  const text = readFileSync(join(resolve(import.meta.dirname, '../docs'), page), 'utf8')
  const [, section = ''] = text.split(`## ${heading}\n`)
  const [own = ''] = section.split(/^## /m)
  return [...own.matchAll(/^( *)```(\w*)\n([\s\S]*?)^\1```/gm)].map(([, indent = '', language = '', body = '']) => ({
    language,
    lines: body
      .split('\n')
      .slice(0, -1)
      .map((line) => line.slice(indent.length)),
  }))
}

/** A line as a shell takes it apart: words, and what stands in double quotes. */
export const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
