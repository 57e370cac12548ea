/** What the journal refuses or cannot do; the codes it shares with the ledger stand here. */
import { type ErrorTable, steps } from './steps.ts'

export const journalErrors: ErrorTable = {
  'statement-invalid': [
    {
      en: 'The signed statement is not in the expected form; nothing was recorded.',
      fr: 'La déclaration signée n’a pas la forme attendue ; rien n’a été enregistré.',
    },
    steps.update,
  ],
  'statement-too-large': [
    {
      en: 'This is too much for one statement; nothing was recorded.',
      fr: 'C’est trop pour une seule déclaration ; rien n’a été enregistré.',
    },
    { en: 'Do it in several smaller parts.', fr: 'Procédez en plusieurs parties plus petites.' },
  ],
  'statement-expired': [
    {
      en: 'Too much time passed between signing and sending; nothing was recorded.',
      fr: 'Trop de temps s’est écoulé entre la signature et l’envoi ; rien n’a été enregistré.',
    },
    {
      en: 'Check the clock of this device, then do it again.',
      fr: 'Vérifiez l’heure de cet appareil, puis recommencez.',
    },
  ],
  'statement-from-the-future': [
    {
      en: 'The clock of this device is ahead; nothing was recorded.',
      fr: 'L’horloge de cet appareil est en avance ; rien n’a été enregistré.',
    },
    {
      en: 'Set the clock to the exact time, then do it again.',
      fr: 'Mettez l’appareil à l’heure exacte, puis recommencez.',
    },
  ],
  'statement-for-another': [
    {
      en: 'This was signed for another organisation; nothing was recorded here.',
      fr: 'Ceci a été signé pour une autre organisation ; rien n’a été enregistré ici.',
    },
    {
      en: 'Send it to the organisation it was signed for, or sign anew for this one.',
      fr: 'Envoyez-le à l’organisation pour laquelle il a été signé, ou signez à nouveau pour celle-ci.',
    },
  ],
  'statement-replayed': [
    {
      en: 'Another statement with the same reference was recorded before.',
      fr: 'Une autre déclaration portant la même référence a déjà été enregistrée.',
    },
    {
      en: 'Open the list again; if yours is not there, do it once more.',
      fr: 'Rouvrez la liste ; si la vôtre n’y est pas, recommencez une fois.',
    },
  ],
  'statement-unknown-type': [
    { en: 'This node does not know this kind of statement.', fr: 'Ce nœud ne connaît pas ce type de déclaration.' },
    {
      en: 'Ask the operator which version the node runs.',
      fr: 'Demandez à l’exploitant quelle version le nœud utilise.',
    },
  ],
  'signer-unknown': [
    { en: 'This node does not know the device that signed.', fr: 'Ce nœud ne connaît pas l’appareil qui a signé.' },
    {
      en: 'Use the device you registered, or ask the desk.',
      fr: 'Utilisez l’appareil que vous avez inscrit, ou adressez-vous au guichet.',
    },
  ],
  'signer-not-allowed': [
    {
      en: 'This kind of statement cannot be signed in this role.',
      fr: 'Ce rôle ne permet pas de signer ce type de déclaration.',
    },
    {
      en: 'Leave it to the person or the desk in charge.',
      fr: 'Laissez faire la personne ou le guichet qui en a la charge.',
    },
  ],
  'packets-mismatch': [
    {
      en: 'The sealed packets do not match what was signed; nothing was recorded.',
      fr: 'Les paquets chiffrés ne correspondent pas à ce qui a été signé ; rien n’a été enregistré.',
    },
    steps.again,
  ],
  'content-mismatch': [
    {
      en: 'The sealed content does not match what was signed; nothing was recorded.',
      fr: 'Le contenu chiffré ne correspond pas à ce qui a été signé ; rien n’a été enregistré.',
    },
    steps.again,
  ],
  'not-found': [{ en: 'There is nothing under this address.', fr: 'Il n’y a rien à cette adresse.' }, steps.reload],
  'journal-closed': [
    {
      en: 'This journal is older than what it has signed before; it is closed, and nothing was recorded.',
      fr: 'Ce journal est plus ancien que ce qu’il a déjà signé ; il est fermé et rien n’a été enregistré.',
    },
    {
      en: 'Its operator must bring back the newest data, or close it for good with salus journal close.',
      fr: 'Son exploitant doit remettre les données les plus récentes, ou le fermer avec salus journal close.',
    },
  ],
  'journal-ended': [
    {
      en: 'An administrator closed this journal for good; nothing is served from it.',
      fr: 'Un administrateur a fermé ce journal définitivement ; il ne sert plus rien.',
    },
    {
      en: 'Keep the folder as it is, and found a node under a new name; docs/operations.md says how.',
      fr: 'Gardez le dossier tel quel, et fondez un nœud sous un autre nom ; docs/operations.md dit comment.',
    },
  ],
  'journal-wiped': [
    {
      en: 'This folder’s records are gone, while other hospitals have seen its journal; it is not begun anew.',
      fr: 'Les données de ce dossier ont disparu, mais d’autres hôpitaux connaissent son journal ; il n’est pas recommencé.',
    },
    {
      en: 'Run salus rebuild --from-peers to make it again from them, or put a backup back.',
      fr: 'Lancez salus rebuild --from-peers pour le refaire à partir d’eux, ou remettez une sauvegarde.',
    },
  ],
  'rebuild-nobody': [
    {
      en: 'No other hospital’s node answered; nothing was written.',
      fr: 'Aucun nœud d’un autre hôpital n’a répondu ; rien n’a été écrit.',
    },
    {
      en: 'Try again when one is up, or name its address with --peer URL.',
      fr: 'Réessayez quand l’un d’eux fonctionne, ou donnez son adresse avec --peer URL.',
    },
  ],
  'rebuild-behind': [
    {
      en: 'No hospital that answered has the whole of this journal as it was last signed; nothing was written.',
      fr: 'Aucun hôpital joint n’a ce journal en entier tel qu’il fut signé en dernier ; rien n’a été écrit.',
    },
    {
      en: 'Wait until more of them are up and try again; a log cut short would be another log.',
      fr: 'Attendez que d’autres soient joignables et réessayez ; un journal écourté serait un autre journal.',
    },
  ],
  'journal-behind': [
    {
      en: 'This node shows an older state than this device has already seen; nothing of it was believed.',
      fr: 'Ce nœud montre un état plus ancien que celui déjà vu par cet appareil ; rien n’en a été retenu.',
    },
    {
      en: 'The node was sent the proof and stops by itself. Tell the organisation; what you hold stays yours.',
      fr: 'La preuve a été envoyée au nœud, qui s’arrête. Prévenez l’organisation ; ce que vous avez reste à vous.',
    },
  ],
  'journal-failed': [
    {
      en: 'The journal could not be written for the moment.',
      fr: 'Le journal n’a pas pu être écrit pour le moment.',
    },
    {
      en: 'Try again later: sending the same thing twice does no harm. If it stays, tell the operator.',
      fr: 'Réessayez plus tard : envoyer deux fois la même chose est sans effet. Si cela persiste, prévenez l’exploitant.',
    },
  ],
  'content-damaged': [
    {
      en: 'What is stored here is no longer what was signed; it was not handed out.',
      fr: 'Ce qui est conservé ici n’est plus ce qui a été signé ; rien n’en a été transmis.',
    },
    {
      en: 'Tell the operator: this part must come back from a good copy.',
      fr: 'Prévenez l’exploitant : cette partie doit être reprise d’une copie saine.',
    },
  ],
  'sources-damaged': [
    {
      en: 'The file of statements and ciphertexts (sources.db) is damaged; nothing is served.',
      fr: 'Le fichier des déclarations et contenus (sources.db) est endommagé ; rien n’est servi.',
    },
    steps.goodCopy,
  ],
  'note-invalid': [
    {
      en: 'A signed checkpoint of the journal could not be confirmed.',
      fr: 'Un point de contrôle signé du journal n’a pas pu être confirmé.',
    },
    steps.distrust,
  ],
  'policy-invalid': [
    { en: 'The list of witnesses could not be read.', fr: 'La liste des témoins n’a pas pu être lue.' },
    steps.operator,
  ],
  'chain-broken': [
    {
      en: 'Something is missing from the sequence of entries, or was changed in it.',
      fr: 'Il manque quelque chose dans la suite des entrées, ou quelque chose y a été modifié.',
    },
    {
      en: 'Do not rely on it. Try once more; if it stays, tell the organisation and keep what you have.',
      fr: 'Ne vous y fiez pas. Réessayez une fois ; si cela persiste, prévenez l’organisation et gardez ce que vous avez.',
    },
  ],
  'home-unknown': [
    {
      en: 'No log of that name belongs to this consortium; nothing was taken over.',
      fr: 'Aucun journal de ce nom n’appartient à ce consortium ; rien n’a été repris.',
    },
    {
      en: 'Ask the hospital’s administrator which log its node keeps.',
      fr: 'Demandez à l’administrateur de l’hôpital quel journal tient son nœud.',
    },
  ],
  'home-receipt-invalid': [
    {
      en: 'The other hospital’s receipt does not prove this statement; it was not taken over.',
      fr: 'Le reçu de l’autre hôpital ne prouve pas cette déclaration ; elle n’a pas été reprise.',
    },
    {
      en: 'Fetch it again; if it stays so, tell the administrators of both hospitals.',
      fr: 'Récupérez-la à nouveau ; si cela persiste, prévenez les administrateurs des deux hôpitaux.',
    },
  ],
  'home-receipt-missing': [
    {
      en: 'Only what takes something away is accepted here without the home hospital’s receipt.',
      fr: 'Sans reçu de l’hôpital d’origine, seul un retrait est accepté ici.',
    },
    {
      en: 'Send it to the hospital that keeps the record; it comes here from there.',
      fr: 'Envoyez-le à l’hôpital qui tient le dossier ; il arrivera ici de là-bas.',
    },
  ],
  'home-gap': [
    {
      en: 'What should come before this in the record has not come yet; it was not taken over.',
      fr: 'Ce qui doit précéder dans le dossier n’est pas encore arrivé ; rien n’a été repris.',
    },
    {
      en: 'Wait for the next round; if it stays so, tell the administrators of both hospitals.',
      fr: 'Attendez le prochain passage ; si cela persiste, prévenez les administrateurs des deux hôpitaux.',
    },
  ],
  'home-moves-over': [
    {
      en: 'This record has moved as often as a record can; it stays where it is.',
      fr: 'Ce dossier a déménagé autant de fois que possible ; il reste où il est.',
    },
    {
      en: 'Keep it at this hospital, and name others to keep copies.',
      fr: 'Gardez-le dans cet hôpital et désignez-en d’autres pour des copies.',
    },
  ],
  'home-elsewhere': [
    {
      en: 'This record is kept by another hospital; nothing was recorded here.',
      fr: 'Ce dossier est tenu par un autre hôpital ; rien n’a été enregistré ici.',
    },
    {
      en: 'Send it to the hospital that keeps the record.',
      fr: 'Envoyez-le à l’hôpital qui tient le dossier.',
    },
  ],
}
