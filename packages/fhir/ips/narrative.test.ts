import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { escapeText, isNarrative, narrative } from './narrative.ts'

const div = (inner: string) => `<div xmlns="http://www.w3.org/1999/xhtml">${inner}</div>`
const judged = (inner: string) => isNarrative({ status: 'generated', div: div(inner) })

test('F17 whatever a record says comes out as text: no tag, no entity, nothing XML lacks', () => {
  assert.deepEqual(narrative('a < b & "c"', ['<script>']), {
    status: 'generated',
    div: div('<p>a &lt; b &amp; &quot;c&quot;</p><ul><li>&lt;script&gt;</li></ul>'),
  })
  assert.equal(escapeText('a\u0000b\ud800c\uffff\u{1f600}'), 'a\ufffdb\ufffdc\ufffd\u{1f600}')
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
      const { div: made } = narrative(text)
      assert.ok(isNarrative({ status: 'generated', div: made }) || text.trim() === '')
      assert.ok(made.isWellFormed() && !/[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(made))
      assert.equal(made.match(/<[a-z]/g)?.length, 2)
    }),
  )
})

test('F18 whole XHTML that says something is a narrative', () => {
  for (const good of [
    'x',
    '<p>x<br/>y</p>',
    '<!-- a --><b>x</b>',
    '&#233;&amp;',
    '<a href="#x">x</a>',
    '<img src="x"/>',
  ]) {
    assert.ok(judged(good), good)
  }
})

test('F18 what is broken, silent or acts is none', () => {
  const bad = [
    '',
    ' ',
    '<p></p>',
    '<p>x',
    'x</p>',
    '<b><i>x</b></i>',
    'a < b',
    'a & b',
    '<script>x</script>',
    '</div><div>x',
  ]
  const acting = [
    '<p onclick="x">x</p>',
    '<a href="javascript:x">x</a>',
    '<iframe>x</iframe>',
    '<form>x</form>',
    '<object>x</object>',
  ]
  for (const inner of [...bad, ...acting]) assert.ok(!judged(inner), inner)
  for (const odd of [
    undefined,
    null,
    'x',
    {},
    { div: div('x') },
    { status: 'generated', div: 'x' },
    { status: 'empty', div: div('x') },
  ]) {
    assert.ok(!isNarrative(odd as never), JSON.stringify(odd))
  }
  assert.ok(!isNarrative({ status: 'generated', div: '<div>x</div>' }), 'no namespace')
})
