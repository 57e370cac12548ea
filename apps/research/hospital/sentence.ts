/** What an offer's rules will do, in one sentence that its owner reads before signing. */
import type { Rules } from '@salus/market/offer'
import type { Language } from '@salus/ui/language'
import { purposeWords } from '@salus/ui/market'
import { kindWords } from '../words.ts'

const locales = { en: 'en-GB', fr: 'fr-FR' } as const
const listed = (language: Language, type: 'conjunction' | 'disjunction', all: readonly string[]): string =>
  new Intl.ListFormat(locales[language], { type }).format(all)

/** `names`: what the chosen laboratories are called; nobody chosen means anybody. */
export function sentenceOf(rules: Rules, names: readonly string[], language: Language): string {
  const fr = language === 'fr'
  const number = (value: number) => new Intl.NumberFormat(locales[language]).format(value)
  const purposes = listed(
    language,
    'disjunction',
    rules.purposes.map((one) => purposeWords[one][language]),
  )
  const kinds = listed(
    language,
    'disjunction',
    rules.kinds.map((one) => kindWords[one][language]),
  )
  const all = listed(language, 'conjunction', names)
  if (fr) {
    const who =
      names.length === 0 ? 'Tout laboratoire peut' : names.length === 1 ? `Seul ${all} peut` : `Seuls ${all} peuvent`
    const pay =
      rules.price === 0 ? 'gratuitement' : `pour ${number(rules.price)} ${rules.price === 1 ? 'crédit' : 'crédits'}`
    const asked = rules.byHand ? 'chaque commande attend votre oui' : 'on ne vous demande pas à chaque fois'
    return `${who} commander ${pay}, pour : ${purposes}, sur machine ${kinds} ; ${asked}.`
  }
  const who = names.length === 0 ? 'Any laboratory may' : `Only ${all} may`
  const pay =
    rules.price === 0 ? 'for nothing' : `for ${number(rules.price)} ${rules.price === 1 ? 'credit' : 'credits'}`
  const asked = rules.byHand ? 'each order waits for your yes' : 'you are not asked each time'
  return `${who} order ${pay}, for ${purposes}, on a machine of kind ${kinds}; ${asked}.`
}
