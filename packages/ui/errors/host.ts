/** The node as a program, and the command line. */
import { type ErrorTable, steps } from './steps.ts'

const deskFingerprint = {
  en: 'Compare it with the screen of the other device, then enter it again.',
  fr: 'Comparez-la avec l’écran de l’autre appareil, puis saisissez-la à nouveau.',
}

export const hostErrors: ErrorTable = {
  internal: [{ en: 'Something went wrong on our side.', fr: 'Une erreur est survenue de notre côté.' }, steps.again],
  'body-too-large': [
    { en: 'This is too much to send at once.', fr: 'C’est trop pour un seul envoi.' },
    { en: 'Send it in smaller parts.', fr: 'Envoyez-le en parties plus petites.' },
  ],
  'too-many-streams': [
    { en: 'Too many open connections wait for news.', fr: 'Trop de connexions ouvertes attendent des nouvelles.' },
    {
      en: 'Close other windows of the app, then try again.',
      fr: 'Fermez d’autres fenêtres de l’application, puis réessayez.',
    },
  ],
  'node-busy': [
    { en: 'The node has too much to do right now.', fr: 'Le nœud a trop à faire en ce moment.' },
    { en: 'Wait a few seconds, then try again.', fr: 'Attendez quelques secondes, puis réessayez.' },
  ],
  'request-too-slow': [
    { en: 'The request took too long to arrive.', fr: 'La demande a mis trop de temps à arriver.' },
    { en: 'Check the network, then send it again.', fr: 'Vérifiez le réseau, puis envoyez-la à nouveau.' },
  ],
  'request-unreadable': [
    { en: 'What arrived is not a request.', fr: 'Ce qui est arrivé n’est pas une demande.' },
    {
      en: 'Check the address: it may need https, or name another program.',
      fr: 'Vérifiez l’adresse : il lui faut peut-être https, ou elle désigne un autre programme.',
    },
  ],
  'headers-too-large': [
    { en: 'The head of the request is too long.', fr: 'L’en-tête de la demande est trop long.' },
    steps.update,
  ],
  'disk-full': [
    {
      en: 'There is no room left on the disk; what was confirmed before is safe.',
      fr: 'Il n’y a plus de place sur le disque ; ce qui a été confirmé auparavant est en sécurité.',
    },
    {
      en: 'Make room, or tell the operator; then send the same again.',
      fr: 'Libérez de la place, ou prévenez l’exploitant ; puis envoyez la même chose à nouveau.',
    },
  ],
  'folder-unusable': [
    {
      en: 'A folder or file that is needed may not be read or written by this program.',
      fr: 'Un dossier ou fichier nécessaire n’est pas accessible en lecture ou en écriture à ce programme.',
    },
    {
      en: 'Give it to the account this program runs under, and check that the disk is writable.',
      fr: 'Confiez-le au compte qui exécute ce programme, et vérifiez que le disque accepte l’écriture.',
    },
  ],
  'port-taken': [
    {
      en: 'Another program already uses this port.',
      fr: 'Un autre programme utilise déjà ce port.',
    },
    {
      en: 'Stop the other program, or choose another port with SALUS_PORT.',
      fr: 'Arrêtez l’autre programme, ou choisissez un autre port avec SALUS_PORT.',
    },
  ],
  'handle-malformed': [
    { en: 'This is not a handle.', fr: 'Ceci n’est pas un identifiant.' },
    {
      en: 'A handle has 26 letters and digits; copy it whole from the card or the list.',
      fr: 'Un identifiant a 26 lettres et chiffres ; copiez-le en entier depuis la carte ou la liste.',
    },
  ],
  'category-other': [
    {
      en: 'A new version stays in the category of the one before.',
      fr: 'Une nouvelle version reste dans la catégorie de la précédente.',
    },
    {
      en: 'Withdraw the old document and file the new one.',
      fr: 'Retirez l’ancien document et déposez le nouveau.',
    },
  ],
  'claim-unfinished': [
    {
      en: 'This record is not finished: no way of restoring was tried yet.',
      fr: 'Ce dossier n’est pas terminé : aucun moyen de restauration n’a encore été essayé.',
    },
    {
      en: 'Try the recovery code with “salus patient recovery check”, or make a new one with “salus patient recovery code”.',
      fr: 'Essayez le code de secours avec « salus patient recovery check », ou créez-en un nouveau avec « salus patient recovery code ».',
    },
  ],
  'recovery-fails': [
    { en: 'This does not restore the record.', fr: 'Ceci ne restaure pas le dossier.' },
    {
      en: 'Make a new recovery code with salus patient recovery code.',
      fr: 'Créez un nouveau code avec salus patient recovery code.',
    },
  ],
  'join-waiting': [
    { en: 'The other device has not approved yet.', fr: 'L’autre appareil n’a pas encore approuvé.' },
    {
      en: 'Show it the text, then run the same command again.',
      fr: 'Montrez-lui le texte, puis relancez la même commande.',
    },
  ],
  'card-wrong': [
    { en: 'This is not a Salus card.', fr: 'Ceci n’est pas une carte Salus.' },
    { en: 'Scan or copy its whole text.', fr: 'Scannez ou copiez tout son texte.' },
  ],
  'pin-wrong': [
    { en: 'A PIN has four to twelve digits.', fr: 'Un code PIN a de quatre à douze chiffres.' },
    { en: 'Enter it again.', fr: 'Saisissez-le à nouveau.' },
  ],
  'visit-over': [
    { en: 'The visit with card and PIN is over.', fr: 'La visite avec carte et code PIN est terminée.' },
    { en: 'Begin again with the card and the PIN.', fr: 'Recommencez avec la carte et le code PIN.' },
  ],
  'notifications-refused': [
    {
      en: 'The browser did not allow notifications.',
      fr: 'Le navigateur n’a pas autorisé les notifications.',
    },
    {
      en: 'Allow them for this page in the browser’s settings, then try again.',
      fr: 'Autorisez-les pour cette page dans les réglages du navigateur, puis réessayez.',
    },
  ],
  'device-cut-off': [
    {
      en: 'This device is no longer one of yours: it was cut off by another one.',
      fr: 'Cet appareil n’est plus l’un des vôtres : un autre l’a coupé.',
    },
    {
      en: 'Go on with the other device. If that was not you, restore here with your recovery code.',
      fr: 'Continuez avec l’autre appareil. Si ce n’était pas vous, restaurez ici avec votre code de secours.',
    },
  ],
  'device-busy': [
    {
      en: 'Another command or window is working with this device.',
      fr: 'Une autre commande ou fenêtre travaille avec cet appareil.',
    },
    { en: 'Let it finish or close it, then try again.', fr: 'Laissez-la terminer ou fermez-la, puis réessayez.' },
  ],
  'storage-full': [
    {
      en: 'This device has no room left to keep what was done.',
      fr: 'Cet appareil n’a plus de place pour garder ce qui a été fait.',
    },
    { en: 'Free some space, then try again.', fr: 'Libérez de l’espace, puis réessayez.' },
  ],
  'node-running': [
    { en: 'A node is already running over this folder.', fr: 'Un nœud fonctionne déjà sur ce dossier.' },
    {
      en: 'Stop it first, or choose another folder with SALUS_DATA.',
      fr: 'Arrêtez-le d’abord, ou choisissez un autre dossier avec SALUS_DATA.',
    },
  ],
  'node-missing': [
    { en: 'There is no node in this folder.', fr: 'Il n’y a pas de nœud dans ce dossier.' },
    {
      en: 'Check the folder. To found a node there: salus found FILE; for a demonstration: npm start.',
      fr: 'Vérifiez le dossier. Pour y fonder un nœud : salus found FICHIER ; pour une démonstration : npm start.',
    },
  ],
  'node-unreachable': [
    { en: 'The node does not answer.', fr: 'Le nœud ne répond pas.' },
    {
      en: 'Check the network and that the node is running, then try again.',
      fr: 'Vérifiez le réseau et que le nœud est démarré, puis réessayez.',
    },
  ],
  'node-answer-unreadable': [
    {
      en: 'Something answered that is not a node of Salus, or another version of it.',
      fr: 'Ce qui a répondu n’est pas un nœud Salus, ou en est une autre version.',
    },
    { en: 'Check the address, then try again.', fr: 'Vérifiez l’adresse, puis réessayez.' },
  ],
  'device-missing': [
    {
      en: 'This folder does not hold a device of the needed kind.',
      fr: 'Ce dossier ne contient pas un appareil du type voulu.',
    },
    {
      en: 'Give the folder of the right device (--device), or set one up first.',
      fr: 'Indiquez le dossier du bon appareil (--device), ou créez-en d’abord un.',
    },
  ],
  'device-exists': [
    { en: 'A device was already set up in this folder.', fr: 'Un appareil a déjà été créé dans ce dossier.' },
    { en: 'Use it, or choose an empty folder.', fr: 'Utilisez-le, ou choisissez un dossier vide.' },
  ],
  misuse: [
    { en: 'The command was not understood as it stands.', fr: 'La commande n’a pas été comprise telle quelle.' },
    { en: 'Add --help to see how it is written.', fr: 'Ajoutez --help pour voir comment l’écrire.' },
  ],
  'identifier-known': [
    {
      en: 'This identifier already belongs to another patient of this desk.',
      fr: 'Cet identifiant est déjà celui d’un autre patient de ce guichet.',
    },
    {
      en: 'Check it; if it is the same person, that record is the one to use.',
      fr: 'Vérifiez-le ; s’il s’agit de la même personne, c’est ce dossier-là qu’il faut utiliser.',
    },
  ],
  'grant-taken-back': [
    { en: 'You took this permission back already.', fr: 'Vous avez déjà retiré cette autorisation.' },
    {
      en: 'Nothing more opens with it; patient grants lists what still stands.',
      fr: 'Plus rien ne s’ouvre avec elle ; patient grants montre ce qui reste accordé.',
    },
  ],
  'record-erased': [
    {
      en: 'You erased this record; nothing of it is left here.',
      fr: 'Vous avez effacé ce dossier ; il n’en reste rien ici.',
    },
    {
      en: 'The receipt of it lies where you had it written. For a new record, go to the desk.',
      fr: 'Le reçu se trouve là où vous l’avez fait écrire. Pour un nouveau dossier, adressez-vous au guichet.',
    },
  ],
  'claim-waiting': [
    { en: 'The desk has not confirmed this device yet.', fr: 'Le guichet n’a pas encore confirmé cet appareil.' },
    {
      en: 'Run the same command again once the desk has compared the fingerprint.',
      fr: 'Relancez la même commande quand le guichet aura comparé l’empreinte.',
    },
  ],
  'claim-none': [
    { en: 'No device is waiting to be confirmed.', fr: 'Aucun appareil n’attend de confirmation.' },
    {
      en: 'Have the patient enter the code first, then look again.',
      fr: 'Faites d’abord saisir le code par le patient, puis réessayez.',
    },
  ],
  'fingerprint-unknown': [
    {
      en: 'No waiting device shows this fingerprint; nothing was confirmed.',
      fr: 'Aucun appareil en attente n’affiche cette empreinte ; rien n’a été confirmé.',
    },
    deskFingerprint,
  ],
  'roots-missing': [
    { en: 'The file of the consortium was not found.', fr: 'Le fichier du consortium n’a pas été trouvé.' },
    { en: 'Say where it is (--roots).', fr: 'Indiquez où il se trouve (--roots).' },
  ],
  'roots-other': [
    {
      en: 'This node belongs to another consortium than the one this device trusts.',
      fr: 'Ce nœud appartient à un autre consortium que celui auquel cet appareil fait confiance.',
    },
    {
      en: 'Check the address. If the consortium’s file was renewed, get the new one from the desk.',
      fr: 'Vérifiez l’adresse. Si le fichier du consortium a été renouvelé, demandez le nouveau au guichet.',
    },
  ],
  'roots-wrong': [
    {
      en: 'This is not a file of a consortium that its organisations signed.',
      fr: 'Ceci n’est pas le fichier d’un consortium signé par ses organisations.',
    },
    {
      en: 'Give the consortium.json of your node, or the one from the desk (--roots).',
      fr: 'Indiquez le consortium.json de votre nœud, ou celui du guichet (--roots).',
    },
  ],
  'not-a-proof': [
    {
      en: 'This file holds neither a receipt, a proof nor an export.',
      fr: 'Ce fichier ne contient ni reçu, ni preuve, ni export.',
    },
    { en: 'Choose a file that Salus wrote as one of these.', fr: 'Choisissez un fichier que Salus a écrit comme tel.' },
  ],
  'file-unwritable': [
    { en: 'The file cannot be written there.', fr: 'Le fichier ne peut pas être écrit à cet endroit.' },
    {
      en: 'Choose a folder that exists and is yours to write in.',
      fr: 'Choisissez un dossier qui existe et où vous pouvez écrire.',
    },
  ],
  'file-missing': [
    { en: 'There is no such file.', fr: 'Ce fichier n’existe pas.' },
    { en: 'Check its name and folder, then try again.', fr: 'Vérifiez son nom et son dossier, puis réessayez.' },
  ],
}
