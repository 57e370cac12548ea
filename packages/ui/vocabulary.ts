/** Names people read for the closed lists: categories, professions, purposes, refusals, lines of the access log. */
import type { Compartment } from '@salus/base/categories'
import type { Both, Language } from './language.ts'

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

/** What an organisation can be. */
export const organisationWords: Words = {
  hospital: { en: 'Hospital', fr: 'Hôpital' },
  'health-centre': { en: 'Health centre', fr: 'Centre de santé' },
  practice: { en: 'Practice', fr: 'Cabinet' },
  pharmacy: { en: 'Pharmacy', fr: 'Pharmacie' },
  laboratory: { en: 'Laboratory', fr: 'Laboratoire' },
  research: { en: 'Research organisation', fr: 'Organisme de recherche' },
  authority: { en: 'Authority', fr: 'Autorité' },
}

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
  keeper: { en: 'Emergency keeper (a process)', fr: 'Gardien des urgences (un processus)' },
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

/** The same, as whoever asks reads it: about the patient, not to the patient. */
export const askedPurposeWords: Words = {
  TREAT: { en: 'treatment of the patient', fr: 'la prise en charge du patient' },
  CAREMGT: { en: 'coordination of care', fr: 'la coordination des soins' },
  HPAYMT: { en: 'payment for care', fr: 'le paiement des soins' },
  COVERAGE: { en: 'insurance cover of the patient', fr: 'la couverture d’assurance du patient' },
  PATRQT: { en: 'the patient’s own wish', fr: 'la demande du patient' },
  HRESCH: { en: 'health research', fr: 'la recherche en santé' },
  PUBHLTH: { en: 'public health', fr: 'la santé publique' },
}

/** Documents counted, for `count`. */
export const documentWords = {
  one: { en: 'document', fr: 'document' },
  other: { en: 'documents', fr: 'documents' },
} satisfies Record<'one' | 'other', Both>

/** Why a patient says no. */
export const refusalWords: Words = {
  'no-reason': { en: 'no reason given', fr: 'sans motif' },
  'not-my-clinician': { en: 'not someone who treats me', fr: 'ne me soigne pas' },
  'too-much': { en: 'asks for too much', fr: 'demande trop de choses' },
  'not-now': { en: 'not now', fr: 'pas maintenant' },
  other: { en: 'another reason', fr: 'un autre motif' },
}

/** Why a record is withdrawn, or disputed. */
export const mistakeWords: Readonly<Record<string, Both>> = {
  'wrong-patient': { en: 'it belongs to another patient', fr: 'il concerne un autre patient' },
  'entered-in-error': { en: 'it was entered by mistake', fr: 'il a été saisi par erreur' },
  'not-mine': { en: 'it is not about me', fr: 'il ne me concerne pas' },
  wrong: { en: 'something in it is wrong', fr: 'quelque chose y est faux' },
  outdated: { en: 'it is no longer true', fr: 'il n’est plus exact' },
}

/** Why the glass is broken. */
export const glassWords: Words = {
  unconscious: { en: 'the patient is unconscious', fr: 'le patient est inconscient' },
  'life-threatening': { en: 'life is in danger', fr: 'le pronostic vital est engagé' },
  'cannot-reach-patient': { en: 'the patient cannot be reached', fr: 'le patient est injoignable' },
  other: { en: 'another reason, told to the review', fr: 'un autre motif, dit à l’examen' },
}

/** What the review of an emergency found. */
export const findingWords: Words = {
  justified: { en: 'justified', fr: 'justifiée' },
  unjustified: { en: 'not justified', fr: 'injustifiée' },
}

/** Why something is kept although the patient erased it, with the law that says so. */
export const holdWords: Readonly<Record<string, Both>> = {
  'medical-record': {
    en: 'medical records are kept twenty years (Code de la santé publique, art. R. 1112-7)',
    fr: 'le dossier médical se conserve vingt ans (Code de la santé publique, art. R. 1112-7)',
  },
  'legal-claim': {
    en: 'a claim before a court (GDPR, art. 17(3)(e))',
    fr: 'une action en justice (RGPD, art. 17(3)(e))',
  },
  'public-health': {
    en: 'public health (GDPR, art. 17(3)(c))',
    fr: 'la santé publique (RGPD, art. 17(3)(c))',
  },
  traceability: {
    en: 'blood products are traced for thirty years (Code de la santé publique, art. R. 1221-39)',
    fr: 'la traçabilité des produits sanguins, trente ans (Code de la santé publique, art. R. 1221-39)',
  },
}

/** How a link to somebody outside stands. */
export const linkWords: Words = {
  open: { en: 'open', fr: 'ouvert' },
  ended: { en: 'ended by you', fr: 'arrêté par vous' },
  expired: { en: 'past its date', fr: 'date dépassée' },
  locked: { en: 'closed by wrong passcodes', fr: 'fermé par des codes faux' },
  used: { en: 'opened as often as it may be', fr: 'ouvert autant de fois que permis' },
}

/** For which research the record may be used. */
export const researchWords: Words = {
  cardiovascular: { en: 'heart and vessels', fr: 'cœur et vaisseaux' },
  cancer: { en: 'cancer', fr: 'cancer' },
  'rare-disease': { en: 'rare diseases', fr: 'maladies rares' },
  'public-health': { en: 'public health', fr: 'santé publique' },
  'any-non-commercial': { en: 'any research that is not for profit', fr: 'toute recherche sans but lucratif' },
  commercial: { en: 'research by companies', fr: 'recherche par des entreprises' },
}

/** Why an access surprises. */
export const questionWords: Words = {
  surprised: { en: 'I do not know why this happened', fr: 'je ne sais pas pourquoi' },
  'not-treating-me': { en: 'this person does not treat me', fr: 'cette personne ne me soigne pas' },
  'too-much': { en: 'more was opened than was needed', fr: 'plus a été ouvert que nécessaire' },
  'wrong-person': { en: 'it was meant for somebody else', fr: 'cela concernait quelqu’un d’autre' },
  other: { en: 'another reason', fr: 'un autre motif' },
}

/** What the organisation found. */
export const answerWords: Words = {
  explained: { en: 'explained', fr: 'expliqué' },
  mistake: { en: 'a mistake', fr: 'une erreur' },
  violation: { en: 'a violation', fr: 'une violation' },
}

/** Ways of restoring. */
export const wayWords: Readonly<Record<string, Both>> = {
  code: { en: 'recovery code', fr: 'code de secours' },
  passkey: { en: 'passkey', fr: 'clé d’accès' },
  guardians: { en: 'guardians', fr: 'gardiens' },
  card: { en: 'card and PIN', fr: 'carte et code PIN' },
}

/** A statement as a line of the log, after the name of whoever signed it: the same words fit "you" and a name. */
export const statementWords: Words = {
  KeyringStarted: { en: 'set up the keys', fr: 'clés créées' },
  ClaimCodeIssued: { en: 'handed out a code to take the record over', fr: 'code remis pour prendre le dossier' },
  ClaimApproved: { en: 'confirmed the device', fr: 'appareil confirmé' },
  KeyringClaimed: { en: 'took the record over with this device', fr: 'dossier pris avec cet appareil' },
  EpochOpened: { en: 'changed the keys for what comes', fr: 'clés changées pour la suite' },
  DevicesChanged: { en: 'changed which devices may act', fr: 'appareils autorisés modifiés' },
  RecoveryChanged: { en: 'changed the ways of restoring', fr: 'moyens de restauration modifiés' },
  KeyringRenewed: { en: 'renewed all keys after a loss', fr: 'toutes les clés renouvelées après une perte' },
  IdentityMerged: {
    en: 'joined this record to another of the same person',
    fr: 'dossier réuni à un autre de la même personne',
  },
  IdentityJoined: {
    en: 'joined another record of the same person',
    fr: 'autre dossier de la même personne réuni à celui-ci',
  },
  IdentityUnmerged: { en: 'separated two records again', fr: 'dossiers de nouveau séparés' },
  RepresentativesChanged: { en: 'changed who may act for this person', fr: 'représentants modifiés' },
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
  LinkShared: { en: 'shared a summary by a link', fr: 'résumé partagé par un lien' },
  LinkEnded: { en: 'ended a link', fr: 'lien arrêté' },
  ChoicesMade: { en: 'made choices in advance', fr: 'choix faits à l’avance' },
  CareCircleSet: { en: 'chose who keeps a copy', fr: 'choix de qui garde une copie' },
  HomeMoved: { en: 'moved the record to another hospital', fr: 'dossier déplacé vers un autre hôpital' },
  AccessQuestioned: { en: 'questioned an access', fr: 'accès mis en question' },
  QuestionAnswered: { en: 'answered a question about an access', fr: 'réponse à une question sur un accès' },
  RetentionHeld: { en: 'keeps documents for a reason of law', fr: 'documents conservés pour une raison légale' },
  RetentionReleased: { en: 'no longer keeps documents', fr: 'conservation levée' },
  KeptOpened: { en: 'opened what the law has it keep', fr: 'documents conservés par la loi ouverts' },
  RecordRead: { en: 'opened documents', fr: 'documents ouverts' },
  EmergencyChosen: { en: 'chose what an emergency may open', fr: 'accès d’urgence choisi' },
  BreakGlass: { en: 'began an emergency access', fr: 'accès d’urgence commencé' },
  BreakGlassSeconded: { en: 'signed the emergency second', fr: 'accès d’urgence contresigné' },
  BreakGlassEnded: { en: 'ended the emergency access', fr: 'accès d’urgence arrêté' },
  EmergencyReleased: { en: 'released keys for the emergency', fr: 'clés remises pour l’urgence' },
  BreakGlassReviewed: { en: 'reviewed the emergency', fr: 'accès d’urgence examiné' },
  PersonErased: { en: 'erased everything', fr: 'tout effacé' },
}

/** Said above what was read while the record's home is away; `at` keeps the copy. */
export const copyWords: Readonly<Record<Language, (at: string) => string>> = {
  en: (at) =>
    `The hospital where this record is at home does not answer. This is the copy at ${at}; it may lack the newest.`,
  fr: (at) =>
    `L’hôpital où ce dossier est tenu ne répond pas. Voici la copie de ${at} ; le plus récent peut y manquer.`,
}
