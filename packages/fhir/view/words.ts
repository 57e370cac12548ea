/** Words of the cards, English and French. Statuses stand in ips/words.ts, where the summary needs them too. */
import type { Language } from '../ips/words.ts'
import type { Flag, ViewKind } from './types.ts'

type Both = Readonly<Record<Language, string>>

/** What a card is, where nothing names the thing itself. */
export const kindWords: Readonly<Record<ViewKind, Both>> = {
  prescription: { en: 'Prescription', fr: 'Ordonnance' },
  dispense: { en: 'Dispensed medicine', fr: 'Médicament délivré' },
  medication: { en: 'Medicine', fr: 'Médicament' },
  result: { en: 'Result', fr: 'Résultat' },
  report: { en: 'Report', fr: 'Compte rendu' },
  allergy: { en: 'Allergy', fr: 'Allergie' },
  problem: { en: 'Health problem', fr: 'Problème de santé' },
  procedure: { en: 'Procedure', fr: 'Acte' },
  immunization: { en: 'Vaccination', fr: 'Vaccination' },
  device: { en: 'Device', fr: 'Dispositif' },
  visit: { en: 'Visit', fr: 'Consultation' },
  plan: { en: 'Care plan', fr: 'Plan de soins' },
  order: { en: 'Test order', fr: 'Demande d’examen' },
  document: { en: 'Document', fr: 'Document' },
  image: { en: 'Image', fr: 'Image' },
  person: { en: 'Person', fr: 'Personne' },
  other: { en: 'Entry', fr: 'Élément' },
}

/** Types that deserve a better word than the one of their kind. */
export const typeWords: Readonly<Record<string, Both>> = {
  Appointment: { en: 'Appointment', fr: 'Rendez-vous' },
  CareTeam: { en: 'Care team', fr: 'Équipe de soins' },
  Claim: { en: 'Claim', fr: 'Demande de remboursement' },
  Consent: { en: 'Consent', fr: 'Consentement' },
  Coverage: { en: 'Insurance cover', fr: 'Couverture d’assurance' },
  ExplanationOfBenefit: { en: 'Statement of benefits', fr: 'Décompte de remboursement' },
  FamilyMemberHistory: { en: 'Family history', fr: 'Antécédent familial' },
  Flag: { en: 'Alert', fr: 'Alerte' },
  Goal: { en: 'Goal', fr: 'Objectif' },
  ImagingStudy: { en: 'Imaging study', fr: 'Examen d’imagerie' },
  Location: { en: 'Place', fr: 'Lieu' },
  MedicationAdministration: { en: 'Medicine given', fr: 'Médicament administré' },
  Organization: { en: 'Organisation', fr: 'Organisation' },
  Practitioner: { en: 'Professional', fr: 'Professionnel' },
  PractitionerRole: { en: 'Professional', fr: 'Professionnel' },
  QuestionnaireResponse: { en: 'Filled-in form', fr: 'Questionnaire rempli' },
  Specimen: { en: 'Specimen', fr: 'Prélèvement' },
  Task: { en: 'Task', fr: 'Tâche' },
}

/** Labels of facts. */
export const labels = {
  about: { en: 'About', fr: 'Concerne' },
  address: { en: 'Address', fr: 'Adresse' },
  amount: { en: 'Amount', fr: 'Montant' },
  author: { en: 'Written by', fr: 'Rédigé par' },
  birth: { en: 'Born', fr: 'Naissance' },
  by: { en: 'By', fr: 'Par' },
  category: { en: 'Category', fr: 'Catégorie' },
  certainty: { en: 'Certainty', fr: 'Certitude' },
  class: { en: 'Kind', fr: 'Type' },
  conclusion: { en: 'Conclusion', fr: 'Conclusion' },
  contact: { en: 'Contact', fr: 'Contact' },
  criticality: { en: 'Risk', fr: 'Risque' },
  description: { en: 'Description', fr: 'Description' },
  dispenser: { en: 'Handed over by', fr: 'Délivré par' },
  dosage: { en: 'Dosage', fr: 'Posologie' },
  dose: { en: 'Dose number', fr: 'Numéro de dose' },
  ended: { en: 'Until', fr: 'Jusqu’au' },
  expires: { en: 'Use before', fr: 'À utiliser avant' },
  flag: { en: 'Reading', fr: 'Lecture' },
  gender: { en: 'Gender', fr: 'Genre' },
  goal: { en: 'Goal', fr: 'Objectif' },
  identifier: { en: 'Identifier', fr: 'Identifiant' },
  images: { en: 'Images', fr: 'Images' },
  interpretation: { en: 'Interpretation', fr: 'Interprétation' },
  lot: { en: 'Lot', fr: 'Lot' },
  maker: { en: 'Maker', fr: 'Fabricant' },
  medicine: { en: 'Medicine', fr: 'Médicament' },
  method: { en: 'Method', fr: 'Méthode' },
  modality: { en: 'Technique', fr: 'Technique' },
  onset: { en: 'Began', fr: 'Début' },
  organisation: { en: 'Organisation', fr: 'Organisation' },
  outcome: { en: 'Outcome', fr: 'Résultat' },
  place: { en: 'Place', fr: 'Lieu' },
  prescriber: { en: 'Prescribed by', fr: 'Prescrit par' },
  priority: { en: 'Priority', fr: 'Priorité' },
  quantity: { en: 'Quantity', fr: 'Quantité' },
  range: { en: 'Normal', fr: 'Normale' },
  reaction: { en: 'Reaction', fr: 'Réaction' },
  reason: { en: 'Reason', fr: 'Motif' },
  recorded: { en: 'Recorded', fr: 'Noté le' },
  refills: { en: 'Refills', fr: 'Renouvellements' },
  requester: { en: 'Ordered by', fr: 'Demandé par' },
  result: { en: 'Result', fr: 'Résultat' },
  serial: { en: 'Serial number', fr: 'Numéro de série' },
  severity: { en: 'Severity', fr: 'Gravité' },
  site: { en: 'Body site', fr: 'Localisation' },
  specialty: { en: 'Specialty', fr: 'Spécialité' },
  specimen: { en: 'Specimen', fr: 'Prélèvement' },
  step: { en: 'Step', fr: 'Étape' },
  supply: { en: 'Lasts', fr: 'Durée' },
  valid: { en: 'Valid', fr: 'Validité' },
  value: { en: 'Value', fr: 'Valeur' },
} as const satisfies Readonly<Record<string, Both>>

export type Label = keyof typeof labels

/** How a result stands to what is normal. */
export const flagWords: Readonly<Record<Flag, Both>> = {
  low: { en: 'low', fr: 'bas' },
  high: { en: 'high', fr: 'élevé' },
  critical: { en: 'critical', fr: 'critique' },
  abnormal: { en: 'abnormal', fr: 'anormal' },
  normal: { en: 'normal', fr: 'normal' },
}

/** Codes whose display is no word of the reader's language: severity, gender, priority, class of a visit, modality. */
export const codeWords: Readonly<Record<string, Both>> = {
  mild: { en: 'mild', fr: 'légère' },
  moderate: { en: 'moderate', fr: 'modérée' },
  severe: { en: 'severe', fr: 'sévère' },
  '255604002': { en: 'mild', fr: 'légère' },
  '6736007': { en: 'moderate', fr: 'modérée' },
  '24484000': { en: 'severe', fr: 'sévère' },
  female: { en: 'female', fr: 'féminin' },
  male: { en: 'male', fr: 'masculin' },
  other: { en: 'other', fr: 'autre' },
  unknown: { en: 'not known', fr: 'inconnu' },
  routine: { en: 'routine', fr: 'habituelle' },
  urgent: { en: 'urgent', fr: 'urgente' },
  asap: { en: 'as soon as possible', fr: 'dès que possible' },
  stat: { en: 'at once', fr: 'immédiate' },
  AMB: { en: 'consultation', fr: 'consultation' },
  EMER: { en: 'emergency', fr: 'urgences' },
  HH: { en: 'home visit', fr: 'visite à domicile' },
  IMP: { en: 'hospital stay', fr: 'hospitalisation' },
  ACUTE: { en: 'hospital stay', fr: 'hospitalisation' },
  OBSENC: { en: 'observation', fr: 'observation' },
  SS: { en: 'day stay', fr: 'séjour de jour' },
  VR: { en: 'remote consultation', fr: 'téléconsultation' },
  CT: { en: 'CT scan', fr: 'scanner' },
  MR: { en: 'MRI', fr: 'IRM' },
  US: { en: 'ultrasound', fr: 'échographie' },
  DX: { en: 'X-ray', fr: 'radiographie' },
  CR: { en: 'X-ray', fr: 'radiographie' },
  MG: { en: 'mammography', fr: 'mammographie' },
  food: { en: 'food', fr: 'alimentaire' },
  environment: { en: 'environment', fr: 'environnement' },
  biologic: { en: 'biologic', fr: 'biologique' },
}

/** Sentences and single words. */
export const says = {
  yes: { en: 'yes', fr: 'oui' },
  no: { en: 'no', fr: 'non' },
  days: { en: 'days', fr: 'jours' },
} as const satisfies Readonly<Record<string, Both>>

/** Units as people write them; UCUM codes that are no words yet. */
export const units: Readonly<Record<string, string>> = {
  'mm[Hg]': 'mmHg',
  Cel: '°C',
  '[degF]': '°F',
  'kg/m2': 'kg/m²',
  'umol/L': 'µmol/L',
  'ug/L': 'µg/L',
  '[lb_av]': 'lb',
  '[in_i]': 'in',
  '10*9/L': '10⁹/L',
  '10*12/L': '10¹²/L',
  '10*3/uL': '10³/µL',
  '10*6/uL': '10⁶/µL',
  'm[IU]/L': 'mIU/L',
  'u[IU]/mL': 'µIU/mL',
  '[IU]/L': 'IU/L',
  'mL/min/{1.73_m2}': 'mL/min/1.73 m²',
  '{score}': '',
  '1': '',
}
