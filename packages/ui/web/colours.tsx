/** The choice of colours. */
import { useState } from 'react'
import { Radios } from './field.tsx'
import { useSpeech } from './language.tsx'
import { chooseTheme, chosenTheme, type Theme, themes } from './theme.ts'

const words = {
  title: { en: 'Colours', fr: 'Couleurs' },
  system: { en: 'As this device has them', fr: 'Comme cet appareil' },
  light: { en: 'Light', fr: 'Claires' },
  dark: { en: 'Dark', fr: 'Sombres' },
}

/** As the system, light, dark. */
export function Colours() {
  const { t } = useSpeech()
  const [theme, setTheme] = useState<Theme>(chosenTheme)
  return (
    <Radios
      label={t(words.title)}
      value={theme}
      onChange={(next) => {
        setTheme(next)
        chooseTheme(next)
      }}
      choices={themes.map((value) => ({ value, words: t(words[value]) }))}
    />
  )
}
