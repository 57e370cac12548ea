/** What a summary says in words of its own, English and French: it is read where no other screen of ours is. */
import type { SectionKey, SummaryCategory } from './sections.ts'

export type Language = 'en' | 'fr'
type Both = Readonly<Record<Language, string>>

/** Titles of the sections; the codes carry the meaning, these are for people. */
export const titles: Readonly<Record<SectionKey, Both>> = {
  allergies: { en: 'Allergies and intolerances', fr: 'Allergies et intolérances' },
  problems: { en: 'Health problems', fr: 'Problèmes de santé' },
  medications: { en: 'Medicines', fr: 'Médicaments' },
  alerts: { en: 'Alerts', fr: 'Alertes' },
  immunizations: { en: 'Vaccinations', fr: 'Vaccinations' },
  results: { en: 'Results', fr: 'Résultats' },
  procedures: { en: 'Operations and procedures', fr: 'Opérations et actes' },
  devices: { en: 'Implants and devices', fr: 'Implants et dispositifs' },
  vitals: { en: 'Measurements', fr: 'Mesures et constantes' },
  past: { en: 'Past health problems', fr: 'Antécédents' },
  functional: { en: 'Functional status', fr: 'État fonctionnel' },
  social: { en: 'Lifestyle', fr: 'Mode de vie' },
  pregnancy: { en: 'Pregnancies', fr: 'Grossesses' },
  plans: { en: 'Care plan', fr: 'Plan de soins' },
  directives: { en: 'Advance directives', fr: 'Directives anticipées' },
  story: { en: 'What matters to the patient', fr: 'Ce qui compte pour le patient' },
}

/** Parts of the record that a patient shares or does not. */
export const parts: Readonly<Record<SummaryCategory, Both>> = {
  allergies: { en: 'allergies', fr: 'allergies' },
  problems: { en: 'health problems', fr: 'problèmes de santé' },
  medications: { en: 'medicines', fr: 'médicaments' },
  immunizations: { en: 'vaccinations', fr: 'vaccinations' },
  results: { en: 'laboratory results', fr: 'résultats d’analyses' },
  imaging: { en: 'imaging', fr: 'imagerie' },
  procedures: { en: 'operations and procedures', fr: 'opérations et actes' },
  devices: { en: 'implants and devices', fr: 'implants et dispositifs' },
  vitals: { en: 'measurements', fr: 'mesures et constantes' },
  social: { en: 'lifestyle', fr: 'mode de vie' },
  pregnancy: { en: 'pregnancies', fr: 'grossesses' },
  plans: { en: 'care plans', fr: 'plans de soins' },
  directives: { en: 'advance directives', fr: 'directives anticipées' },
}

/**
 * Sentences. An empty part is told as what it is: nothing filed. R4's `nilknown` is a clinician's finding after looking
 * (list-empty-reason), which software has no right to make.
 */
export const phrases = {
  title: { en: 'International Patient Summary', fr: 'Résumé international du patient' },
  made: {
    en: 'Made on the reader’s device from the parts of the record that the patient shared.',
    fr: 'Établi sur l’appareil du lecteur à partir des parties du dossier que le patient a partagées.',
  },
  notShared: { en: 'Not shared', fr: 'Non partagé' },
  mayHold: {
    en: 'The record may hold entries here that this reader was not given.',
    fr: 'Le dossier peut contenir ici des éléments qui n’ont pas été donnés à ce lecteur.',
  },
  noneKnown: {
    en: 'None known from what was shared: this part came empty. Patients may hide entries, and nobody has found that there is nothing.',
    fr: 'Aucun élément connu d’après ce qui a été partagé : cette partie est arrivée vide. Un patient peut masquer des éléments, et personne n’a constaté qu’il n’y a rien.',
  },
  single: { en: 'Only single records were shared of', fr: 'Seuls des documents isolés ont été partagés parmi' },
  also: { en: 'Also filed here', fr: 'Également classé ici' },
  allShared: { en: 'All these parts were shared.', fr: 'Toutes ces parties ont été partagées.' },
  outside: { en: 'not part of this summary', fr: 'hors de ce résumé' },
} as const satisfies Readonly<Record<string, Both>>

/** Status codes of R4 as people say them; a code without words is shown as it stands. */
export const statuses: Readonly<Record<string, Both>> = {
  active: { en: 'active', fr: 'actif' },
  recurrence: { en: 'came back', fr: 'récidive' },
  relapse: { en: 'relapse', fr: 'rechute' },
  inactive: { en: 'no longer active', fr: 'inactif' },
  remission: { en: 'in remission', fr: 'en rémission' },
  resolved: { en: 'over', fr: 'résolu' },
  unconfirmed: { en: 'not confirmed', fr: 'non confirmé' },
  provisional: { en: 'provisional', fr: 'provisoire' },
  differential: { en: 'one of several possibilities', fr: 'diagnostic différentiel' },
  refuted: { en: 'ruled out', fr: 'écarté' },
  preliminary: { en: 'preliminary', fr: 'préliminaire' },
  stopped: { en: 'stopped', fr: 'arrêté' },
  'on-hold': { en: 'on hold', fr: 'suspendu' },
  cancelled: { en: 'cancelled', fr: 'annulé' },
  revoked: { en: 'withdrawn', fr: 'retiré' },
  'not-done': { en: 'not done', fr: 'non fait' },
  'not-taken': { en: 'not taken', fr: 'non pris' },
  'in-progress': { en: 'in progress', fr: 'en cours' },
  high: { en: 'high risk', fr: 'risque élevé' },
}
