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
  low: { en: 'low risk', fr: 'risque faible' },
  'unable-to-assess': { en: 'risk not assessed', fr: 'risque non évalué' },
  confirmed: { en: 'confirmed', fr: 'confirmé' },
  'entered-in-error': { en: 'entered by mistake', fr: 'saisi par erreur' },
  final: { en: 'final', fr: 'définitif' },
  amended: { en: 'amended', fr: 'modifié' },
  corrected: { en: 'corrected', fr: 'corrigé' },
  appended: { en: 'completed later', fr: 'complété' },
  partial: { en: 'partial', fr: 'partiel' },
  registered: { en: 'awaited', fr: 'en attente' },
  completed: { en: 'done', fr: 'terminé' },
  finished: { en: 'finished', fr: 'terminé' },
  planned: { en: 'planned', fr: 'prévu' },
  arrived: { en: 'arrived', fr: 'arrivé' },
  triaged: { en: 'being sorted', fr: 'au tri' },
  onleave: { en: 'on leave', fr: 'en permission' },
  current: { en: 'current', fr: 'à jour' },
  superseded: { en: 'replaced by a newer one', fr: 'remplacé' },
  draft: { en: 'draft', fr: 'brouillon' },
  proposed: { en: 'proposed', fr: 'proposé' },
  accepted: { en: 'accepted', fr: 'accepté' },
  rejected: { en: 'refused', fr: 'refusé' },
  declined: { en: 'not handed over', fr: 'non délivré' },
  preparation: { en: 'being prepared', fr: 'en préparation' },
  intended: { en: 'intended', fr: 'prévu' },
  available: { en: 'available', fr: 'disponible' },
  booked: { en: 'booked', fr: 'réservé' },
  pending: { en: 'waiting', fr: 'en attente' },
  fulfilled: { en: 'done', fr: 'honoré' },
  noshow: { en: 'did not come', fr: 'absent' },
  suspended: { en: 'paused', fr: 'suspendu' },
  unknown: { en: 'not known', fr: 'inconnu' },
}
