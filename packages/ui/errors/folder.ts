/** A node's folder: its format, its backups, what production needs, and what is damaged in it. */
import { type ErrorTable, steps } from './steps.ts'

export const folderErrors: ErrorTable = {
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
  'erased-cut-short': [
    {
      en: 'The memory of erasures (SALUS_ERASED) is shorter than this data has seen it; nothing is served.',
      fr: 'La mémoire des effacements (SALUS_ERASED) est plus courte que ces données ne l’ont connue ; rien n’est servi.',
    },
    {
      en: 'Bring its newest copy back. If there is none, salus erasures lost says what follows.',
      fr: 'Reprenez-en la copie la plus récente. S’il n’y en a pas, salus erasures lost dit ce qui s’ensuit.',
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
      en: 'Choose another folder, or move this one away: what it holds may be newer than a backup.',
      fr: 'Choisissez un autre dossier, ou déplacez celui-ci : son contenu est peut-être plus récent qu’une sauvegarde.',
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
  'roots-earlier-damaged': [
    {
      en: 'An earlier version of the roots (consortium-N.json) is damaged or missing; the node works without it.',
      fr: 'Une version antérieure des racines (consortium-N.json) est abîmée ou manque ; le nœud fonctionne sans elle.',
    },
    {
      en: 'Copy that file from a backup or another member; devices that are behind it follow again then.',
      fr: 'Copiez ce fichier d’une sauvegarde ou d’un autre membre ; les appareils en retard suivront alors de nouveau.',
    },
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
  'sources-missing': [
    {
      en: 'The file of the statements (sources.db) is gone from the data folder; nothing was put in its place.',
      fr: 'Le fichier des déclarations (sources.db) n’est plus dans le dossier de données ; rien ne l’a remplacé.',
    },
    steps.goodCopy,
  ],
  'ledger-missing': [
    {
      en: 'The file of the ledger (ledger.db) is gone from the data folder; nothing was put in its place.',
      fr: 'Le fichier du registre (ledger.db) n’est plus dans le dossier de données ; rien ne l’a remplacé.',
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
}
