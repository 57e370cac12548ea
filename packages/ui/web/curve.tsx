/** Results over time with what is normal; the same numbers stand in a table for who does not see the drawing. */
import { useSpeech } from './language.tsx'

export type Point = { readonly date: string; readonly number: number; readonly text: string }
type Shown = {
  readonly title: string
  readonly points: readonly Point[]
  readonly low?: number | undefined
  readonly high?: number | undefined
}

const [WIDTH, HEIGHT, EDGE] = [320, 140, 26]

function scales({ points, low, high }: Shown) {
  const times = points.map((one) => Date.parse(one.date))
  const values = [...points.map((one) => one.number), ...[low, high].flatMap((one) => one ?? [])]
  const [start, end] = [Math.min(...times), Math.max(...times)]
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const room = (most - least || Math.abs(most) || 1) * 0.12
  const x = (date: string) =>
    EDGE +
    ((Date.parse(date) - start) / (end - start || 1)) * (WIDTH - 2 * EDGE) +
    (end === start ? (WIDTH - 2 * EDGE) / 2 : 0)
  const y = (value: number) =>
    HEIGHT - EDGE - ((value - least + room) / (most - least + 2 * room)) * (HEIGHT - 2 * EDGE)
  return { x, y, least: least - room, most: most + room }
}

const words = {
  normal: { en: 'normal range', fr: 'valeurs normales' },
  table: { en: 'As a table', fr: 'En tableau' },
  date: { en: 'Date', fr: 'Date' },
  value: { en: 'Value', fr: 'Valeur' },
}

/** One series. */
export function Curve(shown: Shown) {
  const { t, day } = useSpeech()
  const { points, title, low, high } = shown
  const { x, y, least, most } = scales(shown)
  const line = points
    .map((one, i) => `${i === 0 ? 'M' : 'L'}${x(one.date).toFixed(1)} ${y(one.number).toFixed(1)}`)
    .join('')
  const band = low !== undefined || high !== undefined
  const [top, bottom] = [y(Math.min(high ?? most, most)), y(Math.max(low ?? least, least))]
  const first = points[0]
  const last = points.at(-1)
  return (
    <figure className="curve">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`${title}: ${points.map((one) => one.text).join(', ')}`}
      >
        {band ? (
          <rect className="band" x={EDGE} width={WIDTH - 2 * EDGE} y={top} height={Math.max(1, bottom - top)} />
        ) : null}
        <path className="line" d={line} />
        {points.map((one) => (
          <circle key={`${one.date}${one.number}`} cx={x(one.date)} cy={y(one.number)} r="3.5" />
        ))}
        {first ? (
          <text x={EDGE} y={HEIGHT - 6}>
            {day(first.date)}
          </text>
        ) : null}
        {last && last !== first ? (
          <text x={WIDTH - EDGE} y={HEIGHT - 6} textAnchor="end">
            {day(last.date)}
          </text>
        ) : null}
      </svg>
      {band ? <figcaption>{`▒ ${t(words.normal)}: ${low ?? '…'} – ${high ?? '…'}`}</figcaption> : null}
      <details>
        <summary>{t(words.table)}</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">{t(words.date)}</th>
              <th scope="col">{t(words.value)}</th>
            </tr>
          </thead>
          <tbody>
            {points.map((one) => (
              <tr key={`${one.date}${one.number}`}>
                <td>{day(one.date)}</td>
                <td>{one.text}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  )
}
