import assert from 'node:assert/strict'
import { test } from 'node:test'
import { calibrationPlot, forestPlot, rocCurve } from './figures.ts'
import { simulatedWords } from './market.ts'

const bars = [{ name: 'age <a>', odds: 2, low: 1, high: 4 }]
const points = [
  { falsePositive: 0, truePositive: 0 },
  { falsePositive: 1, truePositive: 1 },
]

test('U12 every picture of a simulated machine says so, in what is seen and in what is read out; no other does', () => {
  for (const language of ['en', 'fr'] as const)
    for (const simulated of [true, false]) {
      const pictures = {
        forest: forestPlot(bars, language, simulated),
        roc: rocCurve(points, 0.75, language, simulated),
        calibration: calibrationPlot([{ meanP: 0.5, observed: 0.4 }], language, simulated),
      }
      for (const [name, svg] of Object.entries(pictures)) {
        const said = svg.split(simulatedWords[language]).length - 1
        // The label, the title, and the words that are drawn.
        assert.equal(said, simulated ? 3 : 0, `${name} ${language}`)
        assert.doesNotMatch(svg, /<a>/)
      }
    }
})
