/** The same test over time. */
import type { Series as Told } from '@salus/fhir/view/series'
import { Curve } from '../curve.tsx'
import { useSpeech } from '../language.tsx'
import { Card } from '../notice.tsx'

const words = { title: { en: 'Over time', fr: 'Dans le temps' } }

/** One curve for each measure that was taken more than once. */
export function Series({ series }: { series: readonly Told[] }) {
  const { t } = useSpeech()
  return (
    <Card title={t(words.title)}>
      {series.map((one) => (
        <div key={one.key}>
          <h3>
            {one.title}
            {one.unit ? ` (${one.unit})` : ''}
          </h3>
          <Curve title={one.title} points={one.points} low={one.range?.low} high={one.range?.high} />
        </div>
      ))}
    </Card>
  )
}
