/** Requests, grants and records: who may open what. */
import { type ErrorTable, steps } from './steps.ts'

const grantErrors: ErrorTable = {
  'category-not-for-role': [
    {
      en: 'This profession cannot ask for this category.',
      fr: 'Cette profession ne peut pas demander cette catégorie.',
    },
    {
      en: 'Ask for the other categories, or let a colleague of a fitting profession ask.',
      fr: 'Demandez les autres catégories, ou laissez la demande à un confrère d’une profession adaptée.',
    },
  ],
  'patient-unknown': [
    { en: 'This patient is not known here.', fr: 'Ce patient n’est pas connu ici.' },
    steps.identifier,
  ],
  'reader-key-changed': [
    {
      en: 'The reader’s key is no longer the one the request was made with.',
      fr: 'La clé du lecteur n’est plus celle de la demande.',
    },
    {
      en: 'A new request is needed, made with the present key.',
      fr: 'Il faut une nouvelle demande, faite avec la clé actuelle.',
    },
  ],
  'team-not-member': [
    { en: 'You are not in this team at present.', fr: 'Vous ne faites pas partie de cette équipe actuellement.' },
    {
      en: 'Ask in your own name, or have the desk add you to the team.',
      fr: 'Faites la demande en votre nom, ou demandez au guichet de vous ajouter à l’équipe.',
    },
  ],
  'referral-wrong': [
    {
      en: 'A referral is to one other professional whose right to practise was confirmed.',
      fr: 'Un adressage va à un seul autre professionnel, dont le droit d’exercer a été confirmé.',
    },
    {
      en: 'Check the colleague’s handle, and name no team beside it.',
      fr: 'Vérifiez l’identifiant du confrère, et ne nommez pas d’équipe en plus.',
    },
  ],
  'records-held': [
    {
      en: 'An organisation must keep part of this record; erasing has to leave it the keys.',
      fr: 'Un organisme doit conserver une partie du dossier ; l’effacement doit lui en laisser les clés.',
    },
    {
      en: 'Erase with an up-to-date app: it says what stays, why and until when.',
      fr: 'Effacez avec une application à jour : elle dit ce qui reste, pourquoi et jusqu’à quand.',
    },
  ],
  'hold-refused': [
    {
      en: 'Only what the own organisation wrote is held, for thirty years at most.',
      fr: 'On ne conserve que ce que l’organisme a écrit, trente ans au plus.',
    },
    { en: 'Check the documents and the date.', fr: 'Vérifiez les documents et la date.' },
  ],
  'hold-unknown': [
    { en: 'Nothing is kept under this name.', fr: 'Rien n’est conservé sous ce nom.' },
    {
      en: 'Look at the list of what is kept; past its date it is gone.',
      fr: 'Regardez la liste de ce qui est conservé ; passé la date, il n’en reste rien.',
    },
  ],
  'request-empty': [
    { en: 'Nothing was chosen.', fr: 'Rien n’a été choisi.' },
    { en: 'Choose at least one category or one record.', fr: 'Choisissez au moins une catégorie ou un document.' },
  ],
  'request-unknown': [{ en: 'There is no such request.', fr: 'Cette demande n’existe pas.' }, steps.reload],
  'request-waiting': [
    { en: 'The patient has not answered this request yet.', fr: 'Le patient n’a pas encore répondu à cette demande.' },
    { en: 'Try again once the answer is there.', fr: 'Réessayez quand la réponse sera là.' },
  ],
  'request-refused': [
    { en: 'The patient said no to this request.', fr: 'Le patient a refusé cette demande.' },
    {
      en: 'Speak with the patient; another request can be made.',
      fr: 'Parlez-en avec le patient ; une autre demande peut être faite.',
    },
  ],
  'request-answered': [
    { en: 'This request already has its answer.', fr: 'Cette demande a déjà reçu sa réponse.' },
    {
      en: 'For anything else, a new request is needed.',
      fr: 'Pour autre chose, il faut une nouvelle demande.',
    },
  ],
  'request-ended': [
    { en: 'The time of this request is over.', fr: 'Le délai de cette demande est écoulé.' },
    { en: 'A new request is needed.', fr: 'Il faut une nouvelle demande.' },
  ],
  'grant-beyond-request': [
    { en: 'This would give more than was asked.', fr: 'Cela accorderait plus que ce qui est demandé.' },
    { en: 'Give what was asked, or a part of it.', fr: 'Accordez ce qui est demandé, ou une partie.' },
  ],
  'grant-packet-wrong': [
    {
      en: 'What was sealed does not match this grant; nothing was given.',
      fr: 'Ce qui a été chiffré ne correspond pas à cette autorisation ; rien n’a été accordé.',
    },
    steps.catchUp,
  ],
  'grant-too-long': [
    { en: 'This would last longer than it may.', fr: 'La durée dépasse ce qui est permis.' },
    {
      en: 'Choose an earlier end: not later than asked, and a year at most.',
      fr: 'Choisissez une fin plus proche : pas plus tard que demandé, et un an au plus.',
    },
  ],
  'grant-unknown': [{ en: 'There is no such grant.', fr: 'Cette autorisation n’existe pas.' }, steps.reload],
  'grant-ended': [
    { en: 'The time of this grant is over.', fr: 'La durée de cette autorisation est écoulée.' },
    steps.askAgain,
  ],
  'grant-revoked': [
    { en: 'The patient took this grant back.', fr: 'Le patient a retiré cette autorisation.' },
    steps.askAgain,
  ],
  'grant-other-reader': [
    { en: 'This grant was given to somebody else.', fr: 'Cette autorisation a été donnée à quelqu’un d’autre.' },
    { en: 'Ask the patient in your own name.', fr: 'Faites une demande au patient en votre nom.' },
  ],
  'policy-head-old': [
    { en: 'The permissions changed in the meantime.', fr: 'Les autorisations ont changé entre-temps.' },
    steps.catchUp,
  ],
}

const recordErrors: ErrorTable = {
  'record-unknown': [{ en: 'There is no such record.', fr: 'Ce document n’existe pas.' }, steps.reload],
  'record-exists': [
    {
      en: 'This reference is already in use for another record.',
      fr: 'Cette référence sert déjà à un autre document.',
    },
    { en: 'Deposit it as a new record.', fr: 'Déposez-le comme un nouveau document.' },
  ],
  'version-wrong': [
    { en: 'This record has another newest version.', fr: 'La dernière version de ce document est une autre.' },
    {
      en: 'Look at the newest version, then deposit yours after it.',
      fr: 'Consultez la dernière version, puis déposez la vôtre à sa suite.',
    },
  ],
  'author-other': [
    {
      en: 'Only the organisation that wrote this record may replace it.',
      fr: 'Seule l’organisation qui a écrit ce document peut le remplacer.',
    },
    {
      en: 'Deposit a record of your own, or ask that organisation.',
      fr: 'Déposez votre propre document, ou adressez-vous à cette organisation.',
    },
  ],
  'deposit-key-wrong': [
    {
      en: 'The patient’s keys changed while this was being sealed; nothing was recorded.',
      fr: 'Les clés du patient ont changé pendant le chiffrement ; rien n’a été enregistré.',
    },
    {
      en: 'Deposit it again: it will be sealed with the present keys.',
      fr: 'Déposez à nouveau : le document sera chiffré avec les clés actuelles.',
    },
  ],
  'deposit-packet-wrong': [
    {
      en: 'What was sealed does not match this deposit; nothing was recorded.',
      fr: 'Ce qui a été chiffré ne correspond pas à ce dépôt ; rien n’a été enregistré.',
    },
    steps.again,
  ],
  'rewrap-wrong': [
    {
      en: 'What was sealed again does not match the stored records; nothing was changed.',
      fr: 'Ce qui a été rechiffré ne correspond pas aux documents conservés ; rien n’a été modifié.',
    },
    steps.catchUp,
  ],
  'read-empty': [
    { en: 'No record to open was named.', fr: 'Aucun document à ouvrir n’a été indiqué.' },
    { en: 'Choose at least one record.', fr: 'Choisissez au moins un document.' },
  ],
  'read-twice': [
    { en: 'One record was named twice.', fr: 'Un document a été indiqué deux fois.' },
    { en: 'Name each record once.', fr: 'Indiquez chaque document une seule fois.' },
  ],
  'answer-too-large': [
    { en: 'That is too much for one answer.', fr: 'C’est trop pour une seule réponse.' },
    { en: 'Ask for fewer records at a time.', fr: 'Demandez moins de documents à la fois.' },
  ],
  'dispute-own': [
    { en: 'You wrote this document yourself.', fr: 'Vous avez écrit ce document vous-même.' },
    { en: 'Write a new version of it instead.', fr: 'Écrivez-en plutôt une nouvelle version.' },
  ],
  'dispute-open': [
    { en: 'This document is already disputed.', fr: 'Ce document est déjà contesté.' },
    { en: 'Wait for its author’s answer.', fr: 'Attendez la réponse de son auteur.' },
  ],
  'author-kept': [
    {
      en: 'This professional has been vouched for: the keyring stays, so that signed documents can be verified.',
      fr: 'Ce professionnel a été habilité : son trousseau reste, pour que ses documents signés restent vérifiables.',
    },
    { en: 'Take the credential back instead.', fr: 'Retirez plutôt l’habilitation.' },
  ],
  'not-for-role': [
    { en: 'Your profession does not open this category.', fr: 'Votre profession n’ouvre pas cette catégorie.' },
    { en: 'Ask a colleague whose profession does.', fr: 'Adressez-vous à un collègue dont la profession le permet.' },
  ],
  'not-granted': [
    { en: 'The patient has not given access to this.', fr: 'Le patient n’a pas donné accès à ceci.' },
    { en: 'Ask the patient for it.', fr: 'Faites-en la demande au patient.' },
  ],
  'waits-for-patient-device': [
    {
      en: 'This can be read once the patient’s device has been in contact.',
      fr: 'La lecture sera possible quand l’appareil du patient aura repris contact.',
    },
    {
      en: 'Ask the patient to open the app, then try again.',
      fr: 'Demandez au patient d’ouvrir son application, puis réessayez.',
    },
  ],
  'document-invalid': [
    {
      en: 'A record is not what its author signed, so it is not shown.',
      fr: 'Un document n’est pas ce que son auteur a signé ; il n’est donc pas affiché.',
    },
    {
      en: 'Do not rely on it; ask its author to deposit it again.',
      fr: 'Ne vous y fiez pas ; demandez à son auteur de le déposer à nouveau.',
    },
  ],
  'content-too-large': [
    { en: 'This record is too large.', fr: 'Ce document est trop volumineux.' },
    { en: 'Deposit it in smaller parts.', fr: 'Déposez-le en parties plus petites.' },
  ],
}

export const accessErrors: ErrorTable = { ...grantErrors, ...recordErrors }
