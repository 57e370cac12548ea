/** Names people read for the closed lists: categories, professions, purposes, refusals, lines of the access log. */
import type { Compartment } from '@salus/base/categories'
import type { Both } from './language.ts'

/** Key -> its name in both languages. Keys other than the listed ones have no words: show the key. */
type Words = Readonly<Record<string, Both>>

/** The sixteen categories and the two special compartments (architecture §7). */
export const categoryWords: Words = {
  allergies: { en: 'Allergies', fr: 'Allergies' },
  problems: { en: 'Health problems', fr: 'Problèmes de santé' },
  medications: { en: 'Medicines', fr: 'Médicaments' },
  procedures: { en: 'Operations and procedures', fr: 'Opérations et actes' },
  devices: { en: 'Implants and devices', fr: 'Implants et dispositifs' },
  immunizations: { en: 'Vaccinations', fr: 'Vaccinations' },
  results: { en: 'Laboratory results', fr: 'Résultats d’analyses' },
  imaging: { en: 'Imaging', fr: 'Imagerie' },
  vitals: { en: 'Measurements', fr: 'Mesures et constantes' },
  social: { en: 'Lifestyle and social situation', fr: 'Mode de vie et situation sociale' },
  pregnancy: { en: 'Pregnancy', fr: 'Grossesse' },
  visits: { en: 'Visits and stays', fr: 'Consultations et séjours' },
  plans: { en: 'Care plans', fr: 'Plans de soins' },
  directives: { en: 'Advance directives', fr: 'Directives anticipées' },
  documents: { en: 'Letters and documents', fr: 'Courriers et documents' },
  administrative: { en: 'Administration and insurance', fr: 'Administratif et assurance' },
  people: { en: 'Identity and care team', fr: 'Identité et équipe de soins' },
  hidden: { en: 'Hidden by you', fr: 'Masqué par vous' },
} satisfies Record<Compartment, Both>

/** Professions of the matrix; French names stand in the forms of the French register where it has one. */
export const professionWords: Words = {
  physician: { en: 'Physician', fr: 'Médecin' },
  'emergency-physician': { en: 'Emergency physician', fr: 'Médecin urgentiste' },
  nurse: { en: 'Nurse', fr: 'Infirmier ou infirmière' },
  midwife: { en: 'Midwife', fr: 'Sage-femme' },
  pharmacist: { en: 'Pharmacist', fr: 'Pharmacien ou pharmacienne' },
  dentist: { en: 'Dentist', fr: 'Chirurgien-dentiste' },
  biologist: { en: 'Clinical biologist', fr: 'Biologiste médical' },
  radiologist: { en: 'Radiologist', fr: 'Radiologue' },
  physiotherapist: { en: 'Physiotherapist', fr: 'Kinésithérapeute' },
  psychologist: { en: 'Psychologist', fr: 'Psychologue' },
  dietitian: { en: 'Dietitian', fr: 'Diététicien ou diététicienne' },
  'social-worker': { en: 'Social worker', fr: 'Assistant social ou assistante sociale' },
  secretary: { en: 'Medical secretary', fr: 'Secrétaire médical ou médicale' },
}

/** Why access is asked for: HL7 v3 PurposeOfUse codes. */
export const purposeWords: Words = {
  TREAT: { en: 'your treatment', fr: 'votre prise en charge' },
  CAREMGT: { en: 'coordinating your care', fr: 'la coordination de vos soins' },
  HPAYMT: { en: 'payment for care', fr: 'le paiement des soins' },
  COVERAGE: { en: 'your insurance cover', fr: 'votre couverture d’assurance' },
  PATRQT: { en: 'your own wish', fr: 'votre propre demande' },
  HRESCH: { en: 'health research', fr: 'la recherche en santé' },
  PUBHLTH: { en: 'public health', fr: 'la santé publique' },
}

/** Why a patient says no. */
export const refusalWords: Words = {
  'no-reason': { en: 'no reason given', fr: 'sans motif' },
  'not-my-clinician': { en: 'not someone who treats me', fr: 'ne me soigne pas' },
  'too-much': { en: 'asks for too much', fr: 'demande trop de choses' },
  'not-now': { en: 'not now', fr: 'pas maintenant' },
  other: { en: 'another reason', fr: 'un autre motif' },
}

/** A statement as a line of the log, after the name of whoever signed it: the same words fit "you" and a name. */
/** Why a record is withdrawn, or disputed. */
export const mistakeWords: Readonly<Record<string, Both>> = {
  'wrong-patient': { en: 'it belongs to another patient', fr: 'il concerne un autre patient' },
  'entered-in-error': { en: 'it was entered by mistake', fr: 'il a été saisi par erreur' },
  'not-mine': { en: 'it is not about me', fr: 'il ne me concerne pas' },
  wrong: { en: 'something in it is wrong', fr: 'quelque chose y est faux' },
  outdated: { en: 'it is no longer true', fr: 'il n’est plus exact' },
}

/** Ways of restoring. */
export const wayWords: Readonly<Record<string, Both>> = {
  code: { en: 'recovery code', fr: 'code de secours' },
  passkey: { en: 'passkey', fr: 'clé d’accès' },
  guardians: { en: 'guardians', fr: 'gardiens' },
  card: { en: 'card and PIN', fr: 'carte et code PIN' },
}

export const statementWords: Words = {
  KeyringStarted: { en: 'set up the keys', fr: 'clés créées' },
  ClaimCodeIssued: { en: 'handed out a code to take the record over', fr: 'code remis pour prendre le dossier' },
  ClaimApproved: { en: 'confirmed the device', fr: 'appareil confirmé' },
  KeyringClaimed: { en: 'took the record over with this device', fr: 'dossier pris avec cet appareil' },
  EpochOpened: { en: 'changed the keys for what comes', fr: 'clés changées pour la suite' },
  DevicesChanged: { en: 'changed which devices may act', fr: 'appareils autorisés modifiés' },
  RecoveryChanged: { en: 'changed the ways of restoring', fr: 'moyens de restauration modifiés' },
  KeyringRenewed: { en: 'renewed all keys after a loss', fr: 'toutes les clés renouvelées après une perte' },
  TeamChanged: { en: 'changed who is in the team', fr: 'composition de l’équipe modifiée' },
  CredentialIssued: { en: 'issued a credential', fr: 'habilitation établie' },
  CredentialRevoked: { en: 'took a credential back', fr: 'habilitation retirée' },
  AccessRequested: { en: 'asked for access', fr: 'accès demandé' },
  RequestRefused: { en: 'said no', fr: 'accès refusé' },
  GrantGiven: { en: 'gave access', fr: 'accès accordé' },
  GrantRevoked: { en: 'took access back', fr: 'accès retiré' },
  RecordDeposited: { en: 'added a document', fr: 'document ajouté' },
  RecordsRewrapped: { en: 'put documents under other keys', fr: 'documents placés sous d’autres clés' },
  RecordWithdrawn: { en: 'took a document back', fr: 'document retiré par son auteur' },
  RecordDisputed: { en: 'said that a document is wrong', fr: 'document contesté' },
  RecordRead: { en: 'opened documents', fr: 'documents ouverts' },
  PersonErased: { en: 'erased everything', fr: 'tout effacé' },
}
