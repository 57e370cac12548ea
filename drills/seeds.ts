/**
 * Inputs that once broke something, by parser: tried first at every run of the fuzz drill. Add what a failing run prints.
 * They are samples: nothing here is about anybody.
 */
export const seeds: Readonly<Record<string, readonly string[]>> = {
  json: ['{"__proto__":{"a":1}}', '"\\ud800"', '['.repeat(65), '9007199254740993', '1e999'],
  note: ['\n\n', 'a\n\n— b AAAAAAE=\n', `a\n\n${'— b AAAAAAE=\n'.repeat(65)}`],
  policy: ['quorum none\nquorum none\n', 'group a all a\nquorum a\n'],
  proof: ['c2sp.org/tlog-proof@v1\nindex 9007199254740993\n\n'],
  ndjson: ['{"resourceType":"Bundle"}\n{', '\ufeff\n\n', 'null\n'],
}
