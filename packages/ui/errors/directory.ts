/** Who is who: keyrings, credentials, claims, sessions. */
import { type ErrorTable, steps } from './steps.ts'

const rootsKept = {
  en: 'Keep the present one, and ask the desk which file comes next.',
  fr: 'Gardez l’actuel, et demandez au guichet quel fichier lui succède.',
}

export const directoryErrors: ErrorTable = {
  'handle-wrong': [
    {
      en: 'This is no handle: it has 26 letters and digits.',
      fr: 'Ce n’est pas un identifiant : il compte 26 lettres et chiffres.',
    },
    { en: 'Type it again, or scan the QR code.', fr: 'Saisissez-le à nouveau, ou scannez le code QR.' },
  ],
  'keyring-unknown': [
    { en: 'Nobody is known here under this identifier.', fr: 'Personne n’est connu ici sous cet identifiant.' },
    steps.identifier,
  ],
  'keyring-exists': [
    { en: 'These keys are already registered here.', fr: 'Ces clés sont déjà inscrites ici.' },
    {
      en: 'Nothing more is needed: use the device as it is.',
      fr: 'Rien d’autre à faire : utilisez l’appareil tel quel.',
    },
  ],
  'desk-key-unnamed': [
    {
      en: 'The roots do not name this desk’s new key yet: nobody could verify what it signs.',
      fr: 'Les racines ne citent pas encore la nouvelle clé de ce guichet : nul ne pourrait vérifier ce qu’il signe.',
    },
    {
      en: 'Once every organisation has signed, renew the node’s roots, then this device’s: salus roots update.',
      fr: 'Quand toutes ont signé, renouvelez les racines du nœud, puis celles de l’appareil : salus roots update.',
    },
  ],
  'keyring-broken': [
    { en: 'The history of these keys does not hold together.', fr: 'L’historique de ces clés n’est pas cohérent.' },
    {
      en: 'Do not use them; ask the desk to look into it.',
      fr: 'Ne les utilisez pas ; demandez au guichet de vérifier.',
    },
  ],
  'keyring-moved': [
    { en: 'These keys changed in the meantime.', fr: 'Ces clés ont changé entre-temps.' },
    steps.catchUp,
  ],
  'erasures-full': [
    {
      en: 'Too many new keyrings were erased at this organisation today.',
      fr: 'Trop de nouveaux trousseaux ont été effacés aujourd’hui dans cette organisation.',
    },
    {
      en: 'Try again tomorrow, or ask the desk to erase it.',
      fr: 'Réessayez demain, ou demandez au guichet de l’effacer.',
    },
  ],
  'enrolment-full': [
    {
      en: 'Too many professionals wait for this organisation’s desk.',
      fr: 'Trop de professionnels attendent le guichet de cette organisation.',
    },
    {
      en: 'Ask the desk to clear its list, then try again.',
      fr: 'Demandez au guichet de vider sa liste, puis réessayez.',
    },
  ],
  'passkey-refused': [
    {
      en: 'The passkey was not given, or this browser’s passkeys keep no secret for apps.',
      fr: 'La clé d’accès n’a pas été donnée, ou celles de ce navigateur ne gardent pas de secret.',
    },
    {
      en: 'Try again, use another browser, or make a recovery code or guardians instead.',
      fr: 'Réessayez, changez de navigateur, ou créez plutôt un code de secours ou des gardiens.',
    },
  ],
  'device-refused': [
    {
      en: 'This device cannot be added or removed like this.',
      fr: 'Cet appareil ne peut pas être ajouté ou retiré ainsi.',
    },
    {
      en: 'Look at the list of devices; a device that was removed needs new keys.',
      fr: 'Regardez la liste des appareils ; un appareil retiré a besoin de nouvelles clés.',
    },
  ],
  'recovery-refused': [
    { en: 'These ways of restoring were not accepted.', fr: 'Ces moyens de restauration n’ont pas été acceptés.' },
    { en: 'Make them again with an up-to-date app.', fr: 'Refaites-les avec une application à jour.' },
  ],
  'merge-refused': [
    {
      en: 'These two records cannot be joined or separated like this.',
      fr: 'Ces deux dossiers ne peuvent pas être réunis ou séparés ainsi.',
    },
    {
      en: 'Both must be patients of this organisation, and neither already goes on under another.',
      fr: 'Les deux doivent être de cet organisme, et aucun ne doit déjà continuer sous un autre.',
    },
  ],
  'identity-merged': [
    {
      en: 'This person’s record goes on under another handle of the same organisation.',
      fr: 'Le dossier de cette personne continue sous un autre identifiant du même organisme.',
    },
    { en: 'Ask its desk for the handle, and file it there.', fr: 'Demandez l’identifiant au guichet, et déposez-y.' },
  ],
  'representative-refused': [
    {
      en: 'Acting for somebody is not possible like this.',
      fr: 'Il n’est pas possible d’agir ainsi pour quelqu’un.',
    },
    {
      en: 'It takes a patient of this node, for five years at most; after new keys or devices, appoint again.',
      fr: 'Il faut un patient de ce nœud, pour cinq ans au plus ; après de nouvelles clés, désignez-le à nouveau.',
    },
  ],
  'recovery-missing': [
    { en: 'There is no way of restoring yet.', fr: 'Il n’y a pas encore de moyen de restauration.' },
    { en: 'Make a recovery code first.', fr: 'Créez d’abord un code de secours.' },
  ],
  'keychain-unknown': [
    { en: 'Nothing is kept here for this secret.', fr: 'Rien n’est conservé ici pour ce secret.' },
    {
      en: 'Check it; it may have been replaced by a newer one. Try another way of restoring.',
      fr: 'Vérifiez-le ; il a peut-être été remplacé par un plus récent. Essayez un autre moyen de restauration.',
    },
  ],
  'card-locked': [
    {
      en: 'Too many wrong PINs: this card no longer opens.',
      fr: 'Trop de codes PIN erronés : cette carte n’ouvre plus.',
    },
    {
      en: 'Use another way of restoring, then make a new card.',
      fr: 'Utilisez un autre moyen de restauration, puis créez une nouvelle carte.',
    },
  ],
  'invite-wrong': [
    { en: 'This is not what a new device shows.', fr: 'Ceci n’est pas ce qu’affiche un nouvel appareil.' },
    {
      en: 'Scan or copy the whole text from the new device.',
      fr: 'Scannez ou copiez tout le texte du nouvel appareil.',
    },
  ],
  'keyring-claimed': [
    {
      en: 'A device of the patient already holds this record.',
      fr: 'Un appareil du patient détient déjà ce dossier.',
    },
    {
      en: 'Go on with that device. If it is not yours, go to the desk at once.',
      fr: 'Continuez avec cet appareil. Si ce n’est pas le vôtre, adressez-vous tout de suite au guichet.',
    },
  ],
  'key-refused': [
    {
      en: 'A key was refused because it does not protect well enough.',
      fr: 'Une clé a été refusée, car elle ne protège pas assez.',
    },
    steps.newKeys,
  ],
  'epoch-refused': [
    {
      en: 'The keys for coming records do not follow on from the ones before.',
      fr: 'Les clés des prochains documents ne font pas suite aux précédentes.',
    },
    steps.catchUp,
  ],
  'member-unknown': [
    {
      en: 'One of the members is not a professional known here.',
      fr: 'L’un des membres n’est pas un professionnel connu ici.',
    },
    {
      en: 'Check the list of members, or register the missing person first.',
      fr: 'Vérifiez la liste des membres, ou inscrivez d’abord la personne qui manque.',
    },
  ],
  'credential-missing': [
    { en: 'No credential of this professional is in force.', fr: 'Ce professionnel n’a pas d’habilitation en cours.' },
    { en: 'Ask the desk to issue or renew it.', fr: 'Demandez au guichet de l’établir ou de la renouveler.' },
  ],
  'credential-unknown': [{ en: 'There is no such credential.', fr: 'Cette habilitation n’existe pas.' }, steps.reload],
  'claim-code-wrong': [
    {
      en: 'This code opens no record: it may have ended, or have been used.',
      fr: 'Ce code n’ouvre aucun dossier : il est peut-être périmé, ou déjà utilisé.',
    },
    { en: 'Check it, or ask the desk for a new one.', fr: 'Vérifiez-le, ou demandez-en un nouveau au guichet.' },
  ],
  'claim-code-locked': [
    { en: 'Many codes were tried within a short time.', fr: 'Beaucoup de codes ont été essayés en peu de temps.' },
    { en: 'Wait a minute, then try again.', fr: 'Attendez une minute, puis réessayez.' },
  ],
  'claim-unknown': [
    { en: 'This claim is not known here any more.', fr: 'Cette prise de dossier n’est plus connue ici.' },
    { en: 'Begin again with a new code from the desk.', fr: 'Recommencez avec un nouveau code du guichet.' },
  ],
  'claim-not-approved': [
    { en: 'The desk has not confirmed this device.', fr: 'Le guichet n’a pas confirmé cet appareil.' },
    {
      en: 'Show the desk the fingerprint on the screen of this device.',
      fr: 'Montrez au guichet l’empreinte affichée par cet appareil.',
    },
  ],
  'organisation-unknown': [
    {
      en: 'An organisation named here is not known, or did not sign.',
      fr: 'Une organisation citée ici est inconnue, ou n’a pas signé.',
    },
    {
      en: 'Get the file of the consortium from the desk again, then try again.',
      fr: 'Redemandez le fichier du consortium au guichet, puis réessayez.',
    },
  ],
  'organisation-other': [
    { en: 'This belongs to another organisation.', fr: 'Ceci relève d’une autre organisation.' },
    { en: 'Ask the desk of that organisation.', fr: 'Adressez-vous au guichet de cette organisation.' },
  ],
  'roots-chain': [
    {
      en: 'This is the file of another consortium, or of another beginning of it.',
      fr: 'C’est le fichier d’un autre consortium, ou d’un autre commencement du même.',
    },
    rootsKept,
  ],
  'roots-older': [
    {
      en: 'This file of the consortium is not newer than the one that is trusted.',
      fr: 'Ce fichier du consortium n’est pas plus récent que celui qui fait foi.',
    },
    rootsKept,
  ],
  'roots-skipped': [
    {
      en: 'A version of the consortium’s file between the two is missing.',
      fr: 'Il manque une version du fichier du consortium entre les deux.',
    },
    {
      en: 'Give every version since the trusted one, in order.',
      fr: 'Donnez toutes les versions depuis celle qui fait foi, dans l’ordre.',
    },
  ],
  'roots-minority': [
    {
      en: 'No majority of the organisations trusted so far signed this file.',
      fr: 'La majorité des organisations reconnues jusqu’ici n’a pas signé ce fichier.',
    },
    rootsKept,
  ],
  'session-missing': [{ en: 'This device is not signed in.', fr: 'Cet appareil n’est pas connecté.' }, steps.signIn],
  'session-invalid': [
    { en: 'The session has ended.', fr: 'La session est terminée.' },
    {
      en: 'Sign in again on this device; if it ends at once, check the device’s clock.',
      fr: 'Reconnectez-vous sur cet appareil ; si elle se termine aussitôt, vérifiez son heure.',
    },
  ],
  'challenge-invalid': [
    {
      en: 'Signing in did not complete in time, or not from the same device.',
      fr: 'La connexion n’a pas abouti à temps, ou pas depuis le même appareil.',
    },
    steps.signIn,
  ],
  'not-allowed': [
    { en: 'This is not open to you.', fr: 'Ceci ne vous est pas ouvert.' },
    {
      en: 'If you need it, ask the person concerned or the desk.',
      fr: 'Si vous en avez besoin, adressez-vous à la personne concernée ou au guichet.',
    },
  ],
}
