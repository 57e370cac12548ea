/** Enclaves, analyses, and the files that become data sets. */
import { next } from './rent.ts'
import type { ErrorTable } from './steps.ts'

export const enclaveErrors: ErrorTable = {
  'result-invalid': [{ en: 'This is no sealed result.', fr: 'Ce n’est pas un résultat scellé.' }, next.distrust],
  'result-other': [
    { en: 'This result belongs to another deal.', fr: 'Ce résultat appartient à un autre marché.' },
    next.distrust,
  ],
  'share-invalid': [
    {
      en: 'A hospital’s share of the key is missing or wrong.',
      fr: 'La part de clé d’un hôpital manque ou est fausse.',
    },
    next.look,
  ],
  'analysis-object-invalid': [{ en: 'This is no analysis.', fr: 'Ce n’est pas une analyse.' }, next.author],
  'analysis-invalid': [
    {
      en: 'This analysis may not run: it asks for more than the enclave gives.',
      fr: 'Cette analyse ne peut tourner : elle demande plus que l’enclave ne donne.',
    },
    next.author,
  ],
  'analysis-trapped': [{ en: 'The analysis broke off.', fr: 'L’analyse s’est interrompue.' }, next.author],
  'analysis-failed': [{ en: 'The analysis broke off.', fr: 'L’analyse s’est interrompue.' }, next.author],
  'analysis-memory': [
    { en: 'The analysis needed too much memory.', fr: 'L’analyse demandait trop de mémoire.' },
    next.author,
  ],
  'analysis-time': [{ en: 'The analysis took too long.', fr: 'L’analyse a duré trop longtemps.' }, next.author],
  'analysis-output-invalid': [
    {
      en: 'The analysis answered in another form than it declared.',
      fr: 'L’analyse a répondu sous une autre forme que déclarée.',
    },
    next.author,
  ],
  'analysis-params-invalid': [
    { en: 'The parameters do not fit the analysis.', fr: 'Les paramètres ne conviennent pas à l’analyse.' },
    next.params,
  ],
  'params-invalid': [
    {
      en: 'The parameters do not fit the analysis or the data.',
      fr: 'Les paramètres ne conviennent pas à l’analyse ou aux données.',
    },
    next.params,
  ],
  'analysis-unknown': [
    { en: 'There is no analysis of that name here.', fr: 'Il n’y a pas d’analyse de ce nom ici.' },
    next.offers,
  ],
  'analysis-changed': [
    {
      en: 'The analysis is not the one that its digest names.',
      fr: 'L’analyse n’est pas celle que désigne son empreinte.',
    },
    next.distrust,
  ],
  'host-stopped': [{ en: 'The machine stopped.', fr: 'La machine s’est arrêtée.' }, next.refunded],
  'gramine-absent': [
    { en: 'This machine is no Gramine enclave.', fr: 'Cette machine n’est pas une enclave Gramine.' },
    next.host,
  ],
  'gramine-attestation-other': [
    { en: 'Gramine gives another kind of proof here.', fr: 'Gramine donne ici un autre type de preuve.' },
    next.host,
  ],
  'tsm-absent': [
    {
      en: 'This machine’s kernel gives no proof (TSM).',
      fr: 'Le noyau de cette machine ne donne pas de preuve (TSM).',
    },
    next.host,
  ],
  'tsm-answer-invalid': [
    { en: 'The kernel’s proof is not in the expected form.', fr: 'La preuve du noyau n’a pas la forme attendue.' },
    next.host,
  ],
  'tsm-busy': [
    {
      en: 'Somebody else asked the kernel for a proof meanwhile.',
      fr: 'Quelqu’un d’autre a demandé une preuve au noyau entre-temps.',
    },
    next.again,
  ],
  'tsm-provider-unknown': [
    { en: 'The kernel names a kind of machine that is not known.', fr: 'Le noyau nomme un type de machine inconnu.' },
    next.host,
  ],
  'csv-encoding': [
    {
      en: 'The file’s letters are not in the encoding its contract names.',
      fr: 'Les lettres du fichier ne sont pas dans l’encodage du contrat.',
    },
    next.file,
  ],
  'csv-separator': [
    { en: 'The file separates its columns by something else.', fr: 'Le fichier sépare ses colonnes autrement.' },
    next.file,
  ],
  'csv-ragged': [
    { en: 'A row has too many or too few columns.', fr: 'Une ligne a trop ou trop peu de colonnes.' },
    next.file,
  ],
  'csv-quotes': [
    {
      en: 'A quotation mark stands where it may not, or is not closed.',
      fr: 'Un guillemet est mal placé ou n’est pas fermé.',
    },
    next.file,
  ],
  'csv-damaged': [{ en: 'The file is cut short or damaged.', fr: 'Le fichier est tronqué ou abîmé.' }, next.file],
  'csv-empty': [{ en: 'There is no row in the file.', fr: 'Le fichier ne contient aucune ligne.' }, next.file],
  'csv-values': [
    {
      en: 'A column holds values that its contract does not know.',
      fr: 'Une colonne contient des valeurs que son contrat ne connaît pas.',
    },
    next.file,
  ],
  'contract-column-missing': [
    { en: 'A column of the contract is not in the file.', fr: 'Une colonne du contrat n’est pas dans le fichier.' },
    next.file,
  ],
  'contract-column-empty': [
    { en: 'A column has no value that may be used.', fr: 'Une colonne n’a aucune valeur utilisable.' },
    next.file,
  ],
  'object-missing': [
    { en: 'What this names is not in the store.', fr: 'Ce que ceci désigne n’est pas dans le dépôt.' },
    next.distrust,
  ],
  'object-changed': [
    {
      en: 'What lies in the store is not what its name says.',
      fr: 'Ce qui est dans le dépôt n’est pas ce que dit son nom.',
    },
    next.distrust,
  ],
  'store-unknown': [
    {
      en: 'The store is a folder, named as a file: address.',
      fr: 'Le dépôt est un dossier, nommé par une adresse de fichier.',
    },
    next.file,
  ],
  'data-damaged': [
    { en: 'The data did not arrive whole.', fr: 'Les données ne sont pas arrivées entières.' },
    next.distrust,
  ],
  'data-missing': [
    { en: 'The data, or the key to it, is not there.', fr: 'Les données, ou leur clé, manquent.' },
    next.refunded,
  ],
}
