/** Files with health data (FHIR R4) that are brought in. FHIR and its file forms keep the names of their standard. */
import { type ErrorTable, steps } from './steps.ts'

export const importErrors: ErrorTable = {
  'not-json': [
    { en: 'The file does not hold readable JSON.', fr: 'Le fichier ne contient pas de JSON lisible.' },
    { en: 'Choose a FHIR R4 file in JSON form.', fr: 'Choisissez un fichier FHIR R4 au format JSON.' },
  ],
  'not-fhir': [
    {
      en: 'The file does not hold a patient’s data in FHIR form.',
      fr: 'Le fichier ne contient pas de données d’un patient au format FHIR.',
    },
    { en: 'Choose a FHIR R4 file in JSON form.', fr: 'Choisissez un fichier FHIR R4 au format JSON.' },
  ],
  'bundle-type-unsupported': [
    {
      en: 'This kind of FHIR bundle holds no records to import.',
      fr: 'Ce type de bundle FHIR ne contient pas de documents à importer.',
    },
    steps.source,
  ],
  'entry-unsupported': [
    {
      en: 'One entry of the file is not a record to be added; nothing of the file was imported.',
      fr: 'Une entrée du fichier n’est pas un document à ajouter ; rien du fichier n’a été importé.',
    },
    {
      en: 'Have the records alone exported, without deletions or searches.',
      fr: 'Faites exporter les documents seuls, sans suppressions ni recherches.',
    },
  ],
  'entry-duplicate': [
    { en: 'The file holds the same record twice.', fr: 'Le fichier contient deux fois le même document.' },
    steps.source,
  ],
  'resource-type-unknown': [
    {
      en: 'The file holds a kind of record that FHIR R4 does not have.',
      fr: 'Le fichier contient un type de document que FHIR R4 ne prévoit pas.',
    },
    { en: 'Have it exported as FHIR R4.', fr: 'Faites-le exporter au format FHIR R4.' },
  ],
  'id-missing': [
    { en: 'A record in the file has no identifier.', fr: 'Un document du fichier n’a pas d’identifiant.' },
    steps.source,
  ],
  'id-invalid': [
    {
      en: 'A record in the file has an identifier that FHIR does not allow.',
      fr: 'Un document du fichier a un identifiant que FHIR n’admet pas.',
    },
    steps.source,
  ],
  'no-patient': [
    { en: 'The file does not say which patient it is about.', fr: 'Le fichier ne dit pas de quel patient il s’agit.' },
    {
      en: 'Have it exported together with the patient’s own entry.',
      fr: 'Faites-le exporter avec la fiche du patient.',
    },
  ],
  'two-patients': [
    { en: 'The file is about more than one patient.', fr: 'Le fichier concerne plus d’un patient.' },
    { en: 'Import one file for each patient.', fr: 'Importez un fichier par patient.' },
  ],
  'reference-unresolved': [
    {
      en: 'A record in the file points to another one that is not in it.',
      fr: 'Un document du fichier renvoie à un autre qui ne s’y trouve pas.',
    },
    steps.source,
  ],
  'resource-invalid': [
    { en: 'A record in the file does not follow FHIR R4.', fr: 'Un document du fichier ne respecte pas FHIR R4.' },
    steps.source,
  ],
  'file-unreadable': [
    { en: 'The file could not be read.', fr: 'Le fichier n’a pas pu être lu.' },
    {
      en: 'Check that it is there and that you may open it, then try again.',
      fr: 'Vérifiez qu’il est là et que vous pouvez l’ouvrir, puis réessayez.',
    },
  ],
  'file-too-large': [
    {
      en: 'The file is too large to be read as a whole.',
      fr: 'Le fichier est trop volumineux pour être lu d’un bloc.',
    },
    {
      en: 'Use the ndjson form, which is read line by line.',
      fr: 'Utilisez le format ndjson, qui est lu ligne par ligne.',
    },
  ],
  'gzip-truncated': [
    { en: 'The compressed file ends too early.', fr: 'Le fichier compressé s’arrête trop tôt.' },
    steps.wholeFile,
  ],
  'gzip-invalid': [{ en: 'The compressed file is damaged.', fr: 'Le fichier compressé est abîmé.' }, steps.wholeFile],
  'line-too-long': [
    { en: 'One line of the file is too long.', fr: 'Une ligne du fichier est trop longue.' },
    { en: 'Put one record on each line.', fr: 'Mettez un document par ligne.' },
  ],
}
