/** Inputs that nobody sends by accident: a good one changed here and there, in its letters, its structure, its token's parts. */
import type { Chance } from './budget.ts'

/** Pieces that parsers stumble over. */
const pieces = [
  ...[
    '',
    '\u0000',
    '\n',
    '\r\n',
    '\n\n',
    ' ',
    '"',
    '\\',
    '\\u0000',
    '\\ud800',
    '\ud800',
    '\ufeff',
    '.',
    '..',
    '=',
    '+',
    '— ',
  ],
  ...['{}', '[]', 'null', '-0', '1e999', '9007199254740993', '"__proto__":{"a":1},', '"constructor":', '['.repeat(70)],
  ...[
    '{"a":'.repeat(70),
    'A'.repeat(5_000),
    'é',
    '\u202e',
    '🜲',
    '00',
    '-1',
    '18446744073709551616',
    '%00',
    '../',
    '\u2028',
  ],
]
const values: readonly unknown[] = [
  ...[
    null,
    true,
    '',
    [],
    {},
    -1,
    0,
    1.5,
    2 ** 53,
    1e308,
    'A'.repeat(3_000),
    '__proto__',
    '\ud800',
    [[[[[[]]]]]],
    ['x'],
  ],
]

function letters(text: string, chance: Chance, others: readonly string[]): string {
  const at = chance.below(text.length + 1)
  const length = chance.below(chance.pick([2, 20, 400]))
  const ways: readonly (() => string)[] = [
    () => text.slice(0, at) + chance.pick(pieces) + text.slice(at),
    () => text.slice(0, at) + text.slice(at + length),
    () => text.slice(0, at),
    () => text.slice(0, at) + String.fromCharCode(chance.below(0x250)) + text.slice(at + 1),
    () => text.slice(0, at) + text.slice(at, at + length).repeat(2 + chance.below(30)) + text.slice(at + length),
    () => text.slice(0, at) + chance.pick(others).slice(chance.below(200)),
    () => text.split('').reverse().join(''),
    () => text.replace(/\d+/, String(chance.pick([-1, 2 ** 31, 2 ** 53, 1e21]))),
  ]
  return chance.pick(ways)()
}

/** One place of a JSON value, anywhere in it, is another. */
function structure(value: unknown, chance: Chance): unknown {
  if (value === null || typeof value !== 'object' || chance.below(5) === 0) return chance.pick(values)
  const keys = Object.keys(value)
  const key = keys[chance.below(Math.max(1, keys.length))]
  if (Array.isArray(value)) {
    if (key === undefined || chance.below(6) === 0) return [...value, ...value, chance.pick(values)]
    return value.map((one, at) => (String(at) === key ? structure(one, chance) : one))
  }
  if (key === undefined || chance.below(6) === 0)
    return { ...value, [chance.pick(['x', '__proto__', 'id'])]: chance.pick(values) }
  const { [key]: old, ...rest } = value as Record<string, unknown>
  return chance.below(8) === 0 ? rest : { ...rest, [key]: structure(old, chance) }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A token's header or payload, opened, changed, and closed again. */
function token(text: string, chance: Chance): string {
  const parts = text.split('.')
  const at = chance.below(Math.min(2, parts.length))
  const inside = parsed(Buffer.from(parts[at] ?? '', 'base64url').toString())
  if (inside === undefined) return text.slice(1)
  const changed = JSON.stringify(structure(inside, chance)) ?? 'null'
  return parts.with(at, Buffer.from(changed).toString('base64url')).join('.')
}

/** One of the samples, changed once or a few times. */
export function mutate(samples: readonly string[], chance: Chance): string {
  let text = chance.pick(samples)
  for (let times = 1 + chance.below(3); times > 0; times--) {
    const value = parsed(text)
    if (value !== undefined && chance.below(2) === 0) text = JSON.stringify(structure(value, chance)) ?? 'null'
    else if (/^[\w-]+\.[\w-]*\.[\w.-]+$/.test(text) && chance.below(2) === 0) text = token(text, chance)
    else text = letters(text, chance, samples)
    // Sizes are each parser's own limit to keep; this drill is about shapes.
    if (text.length > 400_000) text = text.slice(0, 400_000)
  }
  return text
}
