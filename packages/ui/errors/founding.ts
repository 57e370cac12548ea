/** Founding a node: the file, the proposal, the signatures, the keys; and what it follows as a witness. */
import { type ErrorTable, steps } from './steps.ts'

const signAgain = {
  en: 'Have each organisation sign the proposal as it is now, with salus desk sign.',
  fr: 'Faites signer par chaque organisation la proposition actuelle, avec salus desk sign.',
}

export const foundingErrors: ErrorTable = {
  'node-founded': [
    { en: 'A node was already set up in this folder.', fr: 'Un nœud a déjà été créé dans ce dossier.' },
    { en: 'Start it, or choose an empty folder.', fr: 'Démarrez-le, ou choisissez un dossier vide.' },
  ],
  'founding-unfinished': [
    {
      en: 'A node is being founded in this folder, and is not finished.',
      fr: 'Un nœud est en cours de fondation dans ce dossier, et n’est pas terminé.',
    },
    {
      en: 'Finish it with salus found FILE --signatures FILES, or choose another folder with SALUS_DATA.',
      fr: 'Terminez avec salus found FICHIER --signatures FICHIERS, ou choisissez un autre dossier avec SALUS_DATA.',
    },
  ],
  'founding-none': [
    {
      en: 'No founding was begun in this folder.',
      fr: 'Aucune fondation n’a été commencée dans ce dossier.',
    },
    {
      en: 'Run salus found FILE first, with the same SALUS_DATA.',
      fr: 'Lancez d’abord salus found FICHIER, avec le même SALUS_DATA.',
    },
  ],
  'founding-wrong': [
    {
      en: 'The file of the founding is not complete, or says two things that do not go together.',
      fr: 'Le fichier de fondation est incomplet, ou dit deux choses qui ne vont pas ensemble.',
    },
    {
      en: 'Put it right and run the same command again; docs/operations.md has an example.',
      fr: 'Corrigez-le et relancez la même commande ; docs/operations.md en donne un exemple.',
    },
  ],
  'founding-signature-missing': [
    {
      en: 'Not every organisation has signed; the node is not founded yet.',
      fr: 'Toutes les organisations n’ont pas signé ; le nœud n’est pas encore fondé.',
    },
    {
      en: 'Give all signatures at once: salus found FILE --signatures FOLDER.',
      fr: 'Donnez toutes les signatures ensemble : salus found FICHIER --signatures DOSSIER.',
    },
  ],
  'founding-signature-other': [
    {
      en: 'A signature is not by the key that the founding names for that organisation.',
      fr: 'Une signature n’a pas été faite par la clé que la fondation indique pour cette organisation.',
    },
    {
      en: 'Ask that organisation for its card again, or have it sign with the device the card came from.',
      fr: 'Redemandez sa carte à cette organisation, ou faites-la signer avec l’appareil dont vient la carte.',
    },
  ],
  'founding-roots-other': [
    {
      en: 'A signature is over another proposal than the one this file makes now.',
      fr: 'Une signature porte sur une autre proposition que celle que fait ce fichier maintenant.',
    },
    signAgain,
  ],
  'proposal-wrong': [
    {
      en: 'The parts of this proposal do not belong together; nothing was signed.',
      fr: 'Les parties de cette proposition ne vont pas ensemble ; rien n’a été signé.',
    },
    {
      en: 'Ask whoever founds the node for the file again, and do not sign this one.',
      fr: 'Redemandez le fichier à qui fonde le nœud, et ne signez pas celui-ci.',
    },
  ],
  'proposal-old': [
    {
      en: 'The proposal was not made within thirty days of this device’s clock; nothing was signed.',
      fr: 'La proposition n’a pas été faite à moins de trente jours de l’horloge de l’appareil ; rien n’est signé.',
    },
    {
      en: 'Set this device’s clock, or have the proposal made again with salus found FILE.',
      fr: 'Réglez l’horloge de cet appareil, ou faites refaire la proposition avec salus found FICHIER.',
    },
  ],
  'proposal-end': [
    {
      en: 'By this proposal a key ends in the time to come, or more than thirty days ago; nothing was signed.',
      fr: 'Selon cette proposition, une clé prend fin plus tard, ou il y a plus de trente jours ; rien n’est signé.',
    },
    {
      en: 'Set this device’s clock, or have the proposal made again.',
      fr: 'Réglez l’horloge de cet appareil, ou faites refaire la proposition.',
    },
  ],
  'keys-elsewhere': [
    {
      en: 'The keys made for this founding are not in this key folder; no others were made.',
      fr: 'Les clés faites pour cette fondation ne sont pas dans ce dossier de clés ; aucune autre n’a été créée.',
    },
    {
      en: 'Set SALUS_KEYS as when it was begun; if those keys are lost, begin again in an empty SALUS_DATA.',
      fr: 'Indiquez SALUS_KEYS comme au début ; si ces clés sont perdues, recommencez dans un SALUS_DATA vide.',
    },
  ],
  'keys-there': [
    {
      en: 'The key folder holds a key of another node; it was left as it is.',
      fr: 'Le dossier des clés contient la clé d’un autre nœud ; elle n’a pas été touchée.',
    },
    {
      en: 'Choose another folder with SALUS_KEYS: a new node never takes an earlier one’s keys.',
      fr: 'Choisissez un autre dossier avec SALUS_KEYS : un nouveau nœud ne reprend jamais les clés d’un autre.',
    },
  ],
  'witness-key-missing': [
    {
      en: 'The key with which this node cosigns other logs (witness.key) is missing.',
      fr: 'La clé avec laquelle ce nœud cosigne d’autres journaux (witness.key) manque.',
    },
    {
      en: 'Put it back from where keys are kept; an earlier version’s folder gets one with salus upgrade FOLDER.',
      fr: 'Remettez-la depuis la copie des clés ; un dossier d’une version antérieure en reçoit une par salus upgrade.',
    },
  ],
  'followed-damaged': [
    {
      en: 'The list of logs this node cosigns (followed.json) is damaged; nothing is served.',
      fr: 'La liste des journaux que ce nœud cosigne (followed.json) est endommagée ; rien n’est servi.',
    },
    steps.goodCopy,
  ],
  'desk-founded': [
    {
      en: 'This desk’s device already belongs to a founded node; nothing was signed.',
      fr: 'L’appareil de ce guichet appartient déjà à un nœud fondé ; rien n’a été signé.',
    },
    {
      en: 'Make another for the new node with salus desk init, in an empty folder.',
      fr: 'Créez-en un autre pour le nouveau nœud avec salus desk init, dans un dossier vide.',
    },
  ],
  'desk-not-named': [
    {
      en: 'The proposal does not name this device for its organisation; nothing was signed.',
      fr: 'La proposition ne cite pas cet appareil pour son organisation ; rien n’a été signé.',
    },
    {
      en: 'Send this device’s card to whoever founds the node, who then makes the proposal again.',
      fr: 'Envoyez la carte de cet appareil à qui fonde le nœud, pour que la proposition soit refaite.',
    },
  ],
  'desk-unfounded': [
    {
      en: 'This desk’s device has not signed the roots of any node yet.',
      fr: 'L’appareil de ce guichet n’a encore signé les racines d’aucun nœud.',
    },
    {
      en: 'Sign the founder’s proposal with salus desk sign; once the node runs, this device works.',
      fr: 'Signez la proposition du fondateur avec salus desk sign ; dès que le nœud tourne, cet appareil sert.',
    },
  ],
}
