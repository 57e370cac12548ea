/** Words that several pages of the market share. */
import type { Both } from '@salus/ui/language'

export const market = {
  simulated: { en: 'simulated', fr: 'simulé' },
  simulatedMore: {
    en: 'Simulated machine: nothing but a promise protects the data. For synthetic or public data only.',
    fr: 'Machine simulée : rien qu’une promesse ne protège les données. Pour des données synthétiques ou publiques seulement.',
  },
  public: { en: 'synthetic or public', fr: 'synthétique ou public' },
  byHand: { en: 'decides by hand', fr: 'décide à la main' },
  rows: { en: 'rows', fr: 'lignes' },
  price: { en: 'Price', fr: 'Prix' },
  balance: { en: 'Credits', fr: 'Crédits' },
  state: { en: 'State', fr: 'État' },
  lab: { en: 'Laboratory', fr: 'Laboratoire' },
  host: { en: 'Host', fr: 'Hôte' },
  data: { en: 'Data sets', fr: 'Ensembles de données' },
  cause: { en: 'Why', fr: 'Pourquoi' },
  loading: { en: 'Reading the ledger', fr: 'Lecture du registre' },
  closed: { en: 'closed', fr: 'fermée' },
  expired: { en: 'expired', fr: 'expirée' },
  none: { en: 'Nothing yet.', fr: 'Rien pour l’instant.' },
} as const satisfies Readonly<Record<string, Both>>

/** Whole credits, in the form the number asks for. */
export const credits = {
  one: { en: 'credit', fr: 'crédit' },
  other: { en: 'credits', fr: 'crédits' },
}

/** Keys that were released for a use, and those that its version still allows. */
export const released = {
  one: { en: 'key released', fr: 'clé remise' },
  other: { en: 'keys released', fr: 'clés remises' },
}
export const left = {
  one: { en: 'left for this version', fr: 'restante pour cette version' },
  other: { en: 'left for this version', fr: 'restantes pour cette version' },
}

export const roleWords = {
  lab: { en: 'Laboratory', fr: 'Laboratoire' },
  hospital: { en: 'Hospital', fr: 'Hôpital' },
  host: { en: 'Compute host', fr: 'Hôte de calcul' },
} as const satisfies Readonly<Record<string, Both>>

export const kindWords = {
  simulated: { en: 'simulated', fr: 'simulée' },
  sgx: { en: 'Intel SGX', fr: 'Intel SGX' },
  tdx: { en: 'Intel TDX', fr: 'Intel TDX' },
  snp: { en: 'AMD SEV-SNP', fr: 'AMD SEV-SNP' },
} as const satisfies Readonly<Record<string, Both>>
