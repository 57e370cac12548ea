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
  'node-founded': [
    { en: 'A node was already set up in this folder.', fr: 'Un nœud a déjà été créé dans ce dossier.' },
    { en: 'Start it, or choose an empty folder.', fr: 'Démarrez-le, ou choisissez un dossier vide.' },
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
  'device-busy': [
    { en: 'Another command is working with this device.', fr: 'Une autre commande travaille avec cet appareil.' },
    { en: 'Let it finish, then try again.', fr: 'Laissez-la terminer, puis réessayez.' },
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
    { en: 'Check the folder, or start a node there first.', fr: 'Vérifiez le dossier, ou démarrez-y d’abord un nœud.' },
  ],
  'data-format-older': [
    {
      en: 'The data was written by an earlier version; it was left untouched.',
      fr: 'Les données ont été écrites par une version antérieure ; elles n’ont pas été touchées.',
    },
    {
      en: 'Run salus upgrade FOLDER: it first makes a backup into that folder, then updates the data.',
      fr: 'Lancez salus upgrade DOSSIER : une sauvegarde y est d’abord faite, puis les données sont mises à jour.',
    },
  ],
  'evidence-damaged': [
    {
      en: 'Something that proved this log was put back is no longer what was written.',
      fr: 'Ce qui prouvait un retour en arrière de ce journal n’est plus ce qui a été écrit.',
    },
    {
      en: 'Put the folder “evidence” back from a copy; the node does not start without it.',
      fr: 'Remettez le dossier « evidence » depuis une copie ; le nœud ne démarre pas sans lui.',
    },
  ],
  'erased-damaged': [
    {
      en: 'The memory of erasures (SALUS_ERASED) is damaged; nothing is served.',
      fr: 'La mémoire des effacements (SALUS_ERASED) est endommagée ; rien n’est servi.',
    },
    {
      en: 'Bring it back from a good copy: without it, erased people could return with an old backup.',
      fr: 'Reprenez-la d’une copie saine : sans elle, des personnes effacées pourraient revenir.',
    },
  ],
  'backup-there': [
    { en: 'Something is there already under that name.', fr: 'Il y a déjà quelque chose sous ce nom.' },
    {
      en: 'Choose another name: a backup never takes the place of anything.',
      fr: 'Choisissez un autre nom : une sauvegarde ne remplace jamais rien.',
    },
  ],
  'backup-damaged': [
    {
      en: 'This backup is not as it was made: a file is missing, or was changed.',
      fr: 'Cette sauvegarde n’est plus telle qu’elle a été faite : un fichier manque ou a été modifié.',
    },
    {
      en: 'Nothing was put back. Use another backup of the same node.',
      fr: 'Rien n’a été remis en place. Utilisez une autre sauvegarde du même nœud.',
    },
  ],
  'data-there': [
    { en: 'The data folder is not empty.', fr: 'Le dossier de données n’est pas vide.' },
    {
      en: 'Move it away first: what it holds may be newer than the backup.',
      fr: 'Déplacez-le d’abord : son contenu est peut-être plus récent que la sauvegarde.',
    },
  ],
  'data-format-newer': [
    {
      en: 'The data was written by a newer version; it was left untouched.',
      fr: 'Les données ont été écrites par une version plus récente ; elles n’ont pas été touchées.',
    },
    {
      en: 'Start that version, or a later one.',
      fr: 'Démarrez cette version, ou une version ultérieure.',
    },
  ],
  'checks-failed': [
    {
      en: 'Something this node needs is missing or damaged; the lines above say what.',
      fr: 'Il manque quelque chose à ce nœud, ou quelque chose est endommagé ; les lignes ci-dessus disent quoi.',
    },
    {
      en: 'See to it, then run salus doctor again; docs/operations.md tells how.',
      fr: 'Remédiez-y, puis relancez salus doctor ; docs/operations.md dit comment.',
    },
  ],
  'production-incomplete': [
    {
      en: 'Something that production needs is missing; the node did not start.',
      fr: 'Il manque quelque chose à la mise en production ; le nœud n’a pas démarré.',
    },
    {
      en: 'Add what the lines above call missing; salus doctor lists it again.',
      fr: 'Ajoutez ce que les lignes ci-dessus disent manquer ; salus doctor l’énumère à nouveau.',
    },
  ],
  'marker-damaged': [
    {
      en: 'The file that says whose folder this is (node.json) is damaged; nothing is served.',
      fr: 'Le fichier qui dit à qui est ce dossier (node.json) est endommagé ; rien n’est servi.',
    },
    steps.goodCopy,
  ],
  'roots-damaged': [
    {
      en: 'The file of the consortium (consortium.json) is damaged; nothing is served.',
      fr: 'Le fichier du consortium (consortium.json) est endommagé ; rien n’est servi.',
    },
    steps.goodCopy,
  ],
  'genesis-damaged': [
    {
      en: 'The file the ledger began with (genesis.json) is damaged; nothing is served.',
      fr: 'Le fichier de départ du registre (genesis.json) est endommagé ; rien n’est servi.',
    },
    steps.goodCopy,
  ],
  'key-damaged': [
    {
      en: 'A key of the node is missing, damaged, or not the one its roots name; nothing is served.',
      fr: 'Une clé du nœud manque, est endommagée ou n’est pas celle des racines ; rien n’est servi.',
    },
    {
      en: 'Put the keys back from the file that was kept apart.',
      fr: 'Remettez les clés depuis le fichier conservé à part.',
    },
  ],
  'ledger-damaged': [
    {
      en: 'The file of the ledger (ledger.db) is damaged; nothing is served.',
      fr: 'Le fichier du registre (ledger.db) est endommagé ; rien n’est servi.',
    },
    steps.goodCopy,
  ],
  'views-damaged': [
    {
      en: 'The file of the views (views.db) is damaged; it is made again from the sources.',
      fr: 'Le fichier des vues (views.db) est endommagé ; il est refait à partir des sources.',
    },
    {
      en: 'Nothing is lost. If it happens again, look at the disk.',
      fr: 'Rien n’est perdu. Si cela se reproduit, examinez le disque.',
    },
  ],
  'store-changed': [
    {
      en: 'A file was changed while the node was stopped; all that carries a proof was checked, and holds.',
      fr: 'Un fichier a changé pendant l’arrêt du nœud ; tout ce qui porte une preuve a été vérifié et tient.',
    },
    {
      en: 'Sessions were closed. If you did not put a copy back, look at the disk.',
      fr: 'Les sessions ont été fermées. Si vous n’avez pas remis une copie, examinez le disque.',
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
      en: 'Have the patient enter the code first, then run the command again.',
      fr: 'Faites d’abord saisir le code par le patient, puis relancez la commande.',
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
