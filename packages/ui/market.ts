/** Words of the market: states of a task, why one failed, what the gate said. */
import type { Both, Language } from './language.ts'

/** Where a task stands. */
export const stateWords: Readonly<Record<string, Both>> = {
  deciding: { en: 'Waiting for a hospital’s yes', fr: 'En attente du oui d’un hôpital' },
  ready: { en: 'Paid into escrow; waiting for the machine', fr: 'Payé sous séquestre ; en attente de la machine' },
  running: {
    en: 'Running: the machine has proven itself and got its keys',
    fr: 'En cours : la machine a fait ses preuves et reçu ses clés',
  },
  delivering: {
    en: 'Result ready; the hospitals hand the key over',
    fr: 'Résultat prêt ; les hôpitaux remettent la clé',
  },
  held: { en: 'Result held: the hospitals look at it', fr: 'Résultat retenu : les hôpitaux l’examinent' },
  settled: {
    en: 'Done: everybody is paid, the result can be opened',
    fr: 'Terminé : chacun est payé, le résultat peut être ouvert',
  },
  refused: {
    en: 'Refused: who computed is paid, the data is refunded',
    fr: 'Refusé : le calcul est payé, les données sont remboursées',
  },
  refunded: { en: 'Failed: everything is refunded', fr: 'Échec : tout est remboursé' },
}

/** A machine whose evidence proves nothing, wherever one is named. */
export const simulatedWords: Both = { en: 'simulated machine', fr: 'machine simulée' }

/** Of a task that waits, where the store does not say what it asks for. */
export const unreadWords: Both = {
  en: 'its description is not in the store: refuse it',
  fr: 'sa description n’est pas au dépôt : refusez',
}

/** The rule that every result keeps. */
export const peopleWords: Readonly<Record<Language, (k: number) => string>> = {
  en: (k) => `at least ${k} people behind any figure`,
  fr: (k) => `au moins ${k} personnes par chiffre`,
}

/** Why a task ended without a result. */
export const causeWords: Readonly<Record<string, Both>> = {
  'evidence-refused': {
    en: 'a hospital did not accept the machine’s proof',
    fr: 'un hôpital n’a pas accepté la preuve de la machine',
  },
  'measurement-other': {
    en: 'the machine runs other software than agreed',
    fr: 'la machine exécute un autre logiciel que convenu',
  },
  'debug-on': { en: 'the machine could be looked into (debug)', fr: 'la machine pouvait être inspectée (debug)' },
  'tcb-outdated': {
    en: 'the machine’s security updates are too old',
    fr: 'les correctifs de sécurité de la machine sont trop anciens',
  },
  'nonce-reused': { en: 'a proof was shown twice or too late', fr: 'une preuve a été montrée deux fois ou trop tard' },
  'deal-other': { en: 'what came was not what was agreed on', fr: 'ce qui est venu n’est pas ce qui était convenu' },
  'cohort-too-close': {
    en: 'the same people as an earlier result but for a few',
    fr: 'les mêmes personnes qu’un résultat antérieur, à quelques-unes près',
  },
  'budget-spent': {
    en: 'this version of the data has given all results it may',
    fr: 'cette version des données a donné tous les résultats permis',
  },
  'data-missing': { en: 'the data or its key is not there', fr: 'les données ou leur clé manquent' },
  'data-damaged': { en: 'the data did not arrive whole', fr: 'les données ne sont pas arrivées entières' },
  'params-invalid': {
    en: 'the parameters do not fit the analysis',
    fr: 'les paramètres ne conviennent pas à l’analyse',
  },
  'analysis-changed': {
    en: 'the analysis is not the one that was agreed on',
    fr: 'l’analyse n’est pas celle qui était convenue',
  },
  'analysis-failed': { en: 'the analysis broke off', fr: 'l’analyse s’est interrompue' },
  'analysis-time': { en: 'the analysis took too long', fr: 'l’analyse a duré trop longtemps' },
  'analysis-memory': { en: 'the analysis needed too much memory', fr: 'l’analyse demandait trop de mémoire' },
  'output-invalid': {
    en: 'the analysis answered in another form than it declared',
    fr: 'l’analyse a répondu sous une autre forme que déclarée',
  },
  'host-stopped': { en: 'the machine stopped', fr: 'la machine s’est arrêtée' },
  withdrawn: { en: 'a hospital withdrew', fr: 'un hôpital s’est retiré' },
  overdue: { en: 'the time was over', fr: 'le délai est passé' },
  'refused-by-hand': { en: 'a hospital said no', fr: 'un hôpital a dit non' },
  'organisation-left': { en: 'an organisation has left the consortium', fr: 'une organisation a quitté le consortium' },
  'gate-refused': { en: 'the result would have given somebody away', fr: 'le résultat aurait trahi quelqu’un' },
  'review-refused': { en: 'a hospital did not let the result go', fr: 'un hôpital n’a pas laissé sortir le résultat' },
  'result-missing': {
    en: 'the machine said it had a result and never handed it in',
    fr: 'la machine a annoncé un résultat et ne l’a jamais remis',
  },
  'asked-too-often': {
    en: 'too many orders of this laboratory on a hospital’s data failed; it may ask again later',
    fr: 'trop de commandes de ce laboratoire sur les données d’un hôpital ont échoué ; il pourra redemander plus tard',
  },
  'broker-unreachable': {
    en: 'a hospital’s key broker did not answer',
    fr: 'le gardien de clés d’un hôpital n’a pas répondu',
  },
}

/** What the output gate says, by rule. */
export const ruleWords: Readonly<Record<string, Both>> = {
  rows: { en: 'too few people of a hospital', fr: 'trop peu de personnes d’un hôpital' },
  outcome: { en: 'too few people with or without the outcome', fr: 'trop peu de personnes avec ou sans l’issue' },
  level: { en: 'too few people in a category', fr: 'trop peu de personnes dans une catégorie' },
  cell: {
    en: 'too few people of a category with or without the outcome',
    fr: 'trop peu de personnes d’une catégorie avec ou sans l’issue',
  },
  'cell-zero': {
    en: 'everybody of a category has, or has not, the outcome',
    fr: 'toute une catégorie a, ou n’a pas, l’issue',
  },
  parameters: { en: 'too many parameters for so many people', fr: 'trop de paramètres pour ce nombre de personnes' },
  'residual-degrees': { en: 'too few degrees of freedom are left', fr: 'il reste trop peu de degrés de liberté' },
  dominance: { en: 'one person carries most of a figure', fr: 'une personne porte l’essentiel d’un chiffre' },
  'counts-missing': { en: 'the analysis did not state its counts', fr: 'l’analyse n’a pas déclaré ses effectifs' },
  'analysis-refused': {
    en: 'the model cannot be fitted to this data',
    fr: 'le modèle ne peut être ajusté à ces données',
  },
  'no-rows': { en: 'a hospital has no row with all values', fr: 'un hôpital n’a aucune ligne complète' },
  'small-hospital': {
    en: 'a hospital is too small to be shown by itself',
    fr: 'un hôpital est trop petit pour être montré seul',
  },
  'own-fit': {
    en: 'a hospital’s own estimates stand on too few people to be shown',
    fr: 'les estimations propres d’un hôpital reposent sur trop peu de personnes pour être montrées',
  },
  'small-reference': {
    en: 'a hospital too small to be shown is the one the others are compared with',
    fr: 'un hôpital trop petit pour être montré sert de référence aux autres',
  },
  threshold: {
    en: 'the analysis worked with a lower threshold than a hospital’s',
    fr: 'l’analyse a travaillé avec un seuil plus bas que celui d’un hôpital',
  },
}

/** What the rule that holds a result back means, for whoever decides whether it leaves. */
export const heldWords: Readonly<Record<string, Both>> = {
  'cell-zero': {
    en: 'In one category everybody has, or nobody has, the outcome. Whoever knows that a person is in that category then knows it of that person.',
    fr: 'Dans une catégorie, tous ont l’issue, ou personne. Qui sait qu’une personne est dans cette catégorie l’apprend alors d’elle.',
  },
  dominance: {
    en: 'One person’s value makes up most of a sum. Whoever reads the figure can come close to that person’s value.',
    fr: 'La valeur d’une seule personne fait l’essentiel d’une somme. Qui lit le chiffre peut approcher la valeur de cette personne.',
  },
  'small-reference': {
    en: 'The hospital that the others are compared with has few people with the outcome, or few without. The intercept tells how many.',
    fr: 'L’hôpital de référence a peu de personnes avec l’issue, ou peu sans. La constante du modèle dit combien.',
  },
}

/** What data may be used for (GA4GH DUO permissions). */
export const purposeWords = {
  'DUO:0000042': { en: 'research of any kind', fr: 'recherche de toute nature' },
  'DUO:0000006': { en: 'health research', fr: 'recherche en santé' },
  'DUO:0000007': { en: 'research on one disease', fr: 'recherche sur une maladie' },
} as const satisfies Readonly<Record<string, Both>>

/** What a lab binds itself to (DUO modifiers). */
export const dutyWords = {
  'DUO:0000019': { en: 'results are published', fr: 'les résultats sont publiés' },
  'DUO:0000021': { en: 'an ethics committee agreed', fr: 'un comité d’éthique a donné son accord' },
  'DUO:0000026': { en: 'by this organisation only', fr: 'par cette organisation seulement' },
  'DUO:0000046': { en: 'not for profit', fr: 'sans but lucratif' },
  'DUO:0000020': { en: 'together with the owner', fr: 'en collaboration avec le propriétaire' },
} as const satisfies Readonly<Record<string, Both>>
