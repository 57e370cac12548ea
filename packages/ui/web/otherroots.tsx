/** D42 The node serves roots that follow nothing this device pinned: said calmly, once, with what to do. Loaded when it is needed. */
import { useSpeech } from './language.tsx'
import { Notice } from './notice.tsx'

const words = {
  title: {
    en: 'This node shows other trusted keys than the ones this device keeps.',
    fr: 'Ce nœud présente d’autres clés de confiance que celles que garde cet appareil.',
  },
  kept: {
    en: 'Nothing was replaced: this device goes on with its own keys, and refuses what they do not confirm.',
    fr: 'Rien n’a été remplacé : cet appareil garde ses propres clés, et refuse ce qu’elles ne confirment pas.',
  },
  next: {
    en: 'Ask the hospital’s desk what has changed, by telephone or there, before you share anything new.',
    fr: 'Demandez au guichet de l’hôpital, par téléphone ou sur place, ce qui a changé, avant tout nouveau partage.',
  },
}

export function OtherRoots() {
  const { t } = useSpeech()
  return (
    <Notice tone="warn" title={t(words.title)}>
      {t(words.kept)} {t(words.next)}
    </Notice>
  )
}
