/** The consortium's ledger: read by those who run an organisation's node. */
import { type ErrorTable, steps } from './steps.ts'

const nothing = { en: 'Nothing more is needed.', fr: 'Rien d’autre à faire.' }
const disk = {
  en: 'Check the disk and its free space, then start the node again.',
  fr: 'Vérifiez le disque et l’espace libre, puis redémarrez le nœud.',
}
const developer = {
  en: 'Tell those who maintain the program: this is not for operators to mend.',
  fr: 'Prévenez ceux qui maintiennent le programme : ce n’est pas à l’exploitant de le corriger.',
}
const genesis = {
  en: 'Use the founding file that the members signed together.',
  fr: 'Utilisez le fichier fondateur que les membres ont signé ensemble.',
}
const alarm = {
  en: 'Stop the node and tell the other members: a journal must never go back.',
  fr: 'Arrêtez le nœud et prévenez les autres membres : un journal ne doit jamais revenir en arrière.',
}

const transactionErrors: ErrorTable = {
  'tx-invalid': [
    {
      en: 'The transaction is not in the expected form; nothing was changed.',
      fr: 'La transaction n’a pas la forme attendue ; rien n’a été modifié.',
    },
    steps.update,
  ],
  'tx-too-large': [
    { en: 'The transaction is too large.', fr: 'La transaction est trop volumineuse.' },
    { en: 'Make several smaller ones.', fr: 'Faites-en plusieurs, plus petites.' },
  ],
  'tx-not-canonical': [
    {
      en: 'The transaction is not written in the one agreed way; nothing was changed.',
      fr: 'La transaction n’est pas écrite de la seule manière convenue ; rien n’a été modifié.',
    },
    steps.update,
  ],
  'type-unknown': [
    {
      en: 'This ledger does not know this kind of transaction.',
      fr: 'Ce registre ne connaît pas ce type de transaction.',
    },
    steps.update,
  ],
  'chain-other': [
    {
      en: 'This was signed for another consortium’s ledger.',
      fr: 'Ceci a été signé pour le registre d’un autre consortium.',
    },
    { en: 'Sign it anew for this one.', fr: 'Signez à nouveau pour celui-ci.' },
  ],
  'seq-replayed': [
    {
      en: 'A transaction of this organisation already has this number.',
      fr: 'Une transaction de cette organisation porte déjà ce numéro.',
    },
    steps.reload,
  ],
  'seq-gap': [
    {
      en: 'Earlier transactions of this organisation are still missing.',
      fr: 'Des transactions antérieures de cette organisation manquent encore.',
    },
    { en: 'Send the earlier ones first.', fr: 'Envoyez d’abord les précédentes.' },
  ],
  'query-unknown': [
    { en: 'The ledger has no answer to this question.', fr: 'Le registre n’a pas de réponse à cette question.' },
    steps.update,
  ],
}

const memberErrors: ErrorTable = {
  'org-unknown': [
    {
      en: 'This organisation is not a member of the consortium.',
      fr: 'Cette organisation n’est pas membre du consortium.',
    },
    {
      en: 'Check its short name; members are admitted by vote.',
      fr: 'Vérifiez son nom court ; les membres sont admis par un vote.',
    },
  ],
  'org-known': [{ en: 'This organisation is already a member.', fr: 'Cette organisation est déjà membre.' }, nothing],
  'org-last': [
    { en: 'The last member cannot be removed.', fr: 'Le dernier membre ne peut pas être retiré.' },
    { en: 'Admit another member first.', fr: 'Admettez d’abord un autre membre.' },
  ],
  'key-other': [
    {
      en: 'This was signed with a key that is no longer the organisation’s.',
      fr: 'Ceci a été signé avec une clé qui n’est plus celle de l’organisation.',
    },
    { en: 'Sign it with the present key.', fr: 'Signez avec la clé actuelle.' },
  ],
  'key-used': [
    {
      en: 'This key stands, or once stood, for an organisation.',
      fr: 'Cette clé désigne, ou a désigné, une organisation.',
    },
    { en: 'Make a fresh one.', fr: 'Créez-en une nouvelle.' },
  ],
  'vote-repeated': [
    { en: 'This organisation has already voted on this.', fr: 'Cette organisation a déjà voté sur ce point.' },
    nothing,
  ],
  'proposals-full': [
    {
      en: 'This organisation has the most open proposals it may have.',
      fr: 'Cette organisation a atteint le nombre de propositions ouvertes permis.',
    },
    { en: 'Wait until one of them is decided.', fr: 'Attendez que l’une d’elles soit tranchée.' },
  ],
}

const nodeErrors: ErrorTable = {
  'node-unknown': [
    {
      en: 'This member has no node in the consortium yet.',
      fr: 'Ce membre n’a pas encore de nœud dans le consortium.',
    },
    { en: 'Have one admitted by vote first.', fr: 'Faites-en d’abord admettre un par un vote.' },
  ],
  'node-unchanged': [
    { en: 'The member’s node is already like this.', fr: 'Le nœud du membre est déjà ainsi.' },
    nothing,
  ],
  'peer-taken': [
    {
      en: 'Another member’s node has this peer identifier.',
      fr: 'Le nœud d’un autre membre porte cet identifiant de pair.',
    },
    { en: 'Give each node a peer key of its own.', fr: 'Donnez à chaque nœud sa propre clé de pair.' },
  ],
  'votes-third': [
    {
      en: 'One legal entity would have a third of the votes on blocks, or more.',
      fr: 'Une même entité juridique aurait un tiers des voix sur les blocs, ou plus.',
    },
    {
      en: 'Admit nodes of other entities first, or remove one of this entity’s.',
      fr: 'Admettez d’abord des nœuds d’autres entités, ou retirez-en un de celle-ci.',
    },
  ],
  'validator-last': [
    {
      en: 'The last node that votes on blocks cannot be removed.',
      fr: 'Le dernier nœud qui vote les blocs ne peut pas être retiré.',
    },
    { en: 'Have another member’s node admitted first.', fr: 'Faites d’abord admettre le nœud d’un autre membre.' },
  ],
}

const headErrors: ErrorTable = {
  'vkey-invalid': [
    {
      en: 'The journal’s verification key does not fit the journal.',
      fr: 'La clé de vérification du journal ne correspond pas au journal.',
    },
    {
      en: 'Copy it again from the node that keeps the journal.',
      fr: 'Recopiez-la depuis le nœud qui tient le journal.',
    },
  ],
  'origin-taken': [
    {
      en: 'This journal’s name belongs to another organisation.',
      fr: 'Le nom de ce journal appartient à une autre organisation.',
    },
    { en: 'Choose a name of your own.', fr: 'Choisissez un nom qui vous soit propre.' },
  ],
  'origin-other': [
    { en: 'This journal is not the organisation’s own.', fr: 'Ce journal n’est pas celui de l’organisation.' },
    { en: 'Send the checkpoint of your own journal.', fr: 'Envoyez le point de contrôle de votre propre journal.' },
  ],
  'log-rewind': [
    { en: 'The journal is shorter than it once was.', fr: 'Le journal est plus court qu’il ne l’a été.' },
    alarm,
  ],
  'log-fork': [
    {
      en: 'The journal says something other than before at the same length.',
      fr: 'À longueur égale, le journal dit autre chose qu’avant.',
    },
    alarm,
  ],
  'log-unchanged': [{ en: 'The journal has nothing new.', fr: 'Le journal n’a rien de nouveau.' }, nothing],
  'app-unchanged': [
    { en: 'The ledger says this of the app already.', fr: 'Le registre dit déjà cela de l’application.' },
    nothing,
  ],
  'log-proof-invalid': [
    {
      en: 'It is not proven that the journal only grew.',
      fr: 'Il n’est pas prouvé que le journal n’a fait que croître.',
    },
    {
      en: 'Try again with a fresh proof; if it stays, tell the other members.',
      fr: 'Réessayez avec une nouvelle preuve ; si cela persiste, prévenez les autres membres.',
    },
  ],
}

const engineErrors: ErrorTable = {
  'module-invalid': [
    {
      en: 'A part of the ledger is not built by its rules.',
      fr: 'Une partie du registre n’est pas construite selon ses règles.',
    },
    developer,
  ],
  'state-key-invalid': [
    { en: 'A part of the ledger reached outside its own place.', fr: 'Une partie du registre est sortie de sa place.' },
    developer,
  ],
  'value-invalid': [
    {
      en: 'A value cannot stand on the ledger in this form.',
      fr: 'Une valeur ne peut pas figurer au registre sous cette forme.',
    },
    developer,
  ],
  'genesis-invalid': [
    { en: 'The ledger’s founding file is not in order.', fr: 'Le fichier fondateur du registre n’est pas en règle.' },
    genesis,
  ],
  'genesis-other': [
    {
      en: 'This ledger was begun with another founding file.',
      fr: 'Ce registre a été commencé avec un autre fichier fondateur.',
    },
    genesis,
  ],
  'block-order': [
    { en: 'A block does not follow the last one.', fr: 'Un bloc ne suit pas le précédent.' },
    {
      en: 'Let the node catch up with the others, then try again.',
      fr: 'Laissez le nœud rattraper les autres, puis réessayez.',
    },
  ],
  'nothing-to-commit': [
    { en: 'There was no block to confirm.', fr: 'Il n’y avait pas de bloc à confirmer.' },
    steps.operator,
  ],
  'snapshot-invalid': [
    {
      en: 'This copy of the ledger does not match its signed summary.',
      fr: 'Cette copie du registre ne correspond pas à son résumé signé.',
    },
    { en: 'Take a copy from another member.', fr: 'Prenez une copie chez un autre membre.' },
  ],
  'signer-invalid': [
    {
      en: 'The key that signs blocks is not the one the others know.',
      fr: 'La clé qui signe les blocs n’est pas celle que les autres connaissent.',
    },
    { en: 'Put the right key in place, then start again.', fr: 'Mettez la bonne clé en place, puis redémarrez.' },
  ],
  'engine-closed': [
    {
      en: 'The ledger is being stopped; nothing was changed.',
      fr: 'Le registre est en cours d’arrêt ; rien n’a été modifié.',
    },
    { en: 'Try again once it runs.', fr: 'Réessayez quand il fonctionnera.' },
  ],
  'engine-halted': [
    {
      en: 'The ledger could not be written to disk, and stopped to lose nothing.',
      fr: 'Le registre n’a pas pu être écrit sur le disque, et s’est arrêté pour ne rien perdre.',
    },
    disk,
  ],
}

export const ledgerErrors: ErrorTable = {
  ...transactionErrors,
  ...memberErrors,
  ...nodeErrors,
  ...headErrors,
  ...engineErrors,
}
