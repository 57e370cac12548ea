/** Words of the consortium's page, as tables. */
import type { Alarm } from '@salus/ledger/live'
import type { Both } from '@salus/ui/language'

/** What a transaction does, after the name of whose it is. A type without a row is told by `otherWords`. */
export const txWords: Readonly<Record<string, Both>> = {
  'org.admit': { en: 'votes to admit', fr: 'vote pour l’admission de' },
  'org.remove': { en: 'votes to remove', fr: 'vote pour le départ de' },
  'org.rotate': { en: 'changed its key on the ledger', fr: 'a changé sa clé sur le registre' },
  'node.admit': { en: 'votes for the node of', fr: 'vote pour le nœud de' },
  'node.rotate': { en: 'changed the key of its vote', fr: 'a changé la clé de son vote' },
  'log.advance': { en: 'recorded its journal', fr: 'a relevé son journal' },
  'app.publish': { en: 'published the digest of its pages', fr: 'a publié l’empreinte de ses pages' },
  'credit.treasurer': { en: 'named a treasurer', fr: 'a désigné un trésorier' },
  'credit.deposit': { en: 'credited an account', fr: 'a crédité un compte' },
  'credit.draw': { en: 'set credits aside to be paid out', fr: 'a réservé des crédits à reverser' },
  'credit.paid': { en: 'confirmed that credits were paid out', fr: 'a confirmé un versement' },
  'market.dataset': { en: 'offered a data set', fr: 'a offert un jeu de données' },
  'market.analysis': { en: 'offered an analysis', fr: 'a offert une analyse' },
  'market.vouch': { en: 'vouched for an analysis', fr: 's’est porté garant d’une analyse' },
  'market.host': { en: 'offered a machine', fr: 'a offert une machine' },
  'market.request': { en: 'ordered an analysis', fr: 'a commandé une analyse' },
  'market.close': { en: 'closed an order', fr: 'a clos un ordre' },
  'market.match': { en: 'matched an order', fr: 'a apparié un ordre' },
  'task.decide': { en: 'decided on a task', fr: 'a décidé d’une tâche' },
  'task.reserve': { en: 'reserved a task', fr: 'a réservé une tâche' },
  'task.result': { en: 'put down a task’s result', fr: 'a consigné le résultat d’une tâche' },
  'task.deliver': { en: 'delivered a result', fr: 'a livré un résultat' },
  'task.fail': { en: 'said that a task failed', fr: 'a signalé l’échec d’une tâche' },
  'task.claim': { en: 'took back what a task had bound', fr: 'a repris ce qu’une tâche retenait' },
}
export const otherWords: Both = { en: 'put something on the ledger', fr: 'a inscrit quelque chose au registre' }

/** A hospital from here: `without`: it has no machine that votes; `unknown`: CometBFT here says nothing of it. */
export type MemberState = 'here' | 'heard' | 'silent' | 'unknown' | 'without'

export const stateWords: Readonly<Record<MemberState, Both>> = {
  here: { en: 'this node', fr: 'ce nœud' },
  heard: { en: 'heard', fr: 'entendu' },
  silent: { en: 'not heard', fr: 'pas entendu' },
  unknown: { en: 'not known', fr: 'inconnu' },
  without: { en: 'no vote', fr: 'sans vote' },
}

export const alarmWords: Readonly<Record<Alarm, { readonly title: Both; readonly next: Both }>> = {
  'journal-shut': {
    title: {
      en: 'This node’s journal is closed: it serves nothing.',
      fr: 'Le journal de ce nœud est fermé : rien n’est servi.',
    },
    next: {
      en: 'Whoever runs it asks salus doctor why.',
      fr: 'Qui l’exploite demande pourquoi à salus doctor.',
    },
  },
  'head-refused': {
    title: {
      en: 'The ledger refused the head of this node’s journal.',
      fr: 'Le registre a refusé la tête du journal de ce nœud.',
    },
    next: {
      en: 'The journal may have been set back or forked. Whoever runs this node stops it and runs salus doctor.',
      fr: 'Le journal a peut-être été ramené en arrière ou dédoublé. Qui exploite ce nœud l’arrête et lance salus doctor.',
    },
  },
  'other-split': {
    title: {
      en: 'two different histories of this journal were signed with its key.',
      fr: 'deux histoires différentes de ce journal ont été signées avec sa clé.',
    },
    next: {
      en: 'The proof is kept here. Ask that hospital at once; receipts of its journal need another look.',
      fr: 'La preuve est gardée ici. Interrogez cet hôpital sans attendre ; les reçus de son journal sont à revoir.',
    },
  },
  'other-behind': {
    title: {
      en: 'this journal shows less than it showed before.',
      fr: 'ce journal montre moins qu’auparavant.',
    },
    next: {
      en: 'It may have been put back from a copy. What it showed is kept here: that hospital can get it back.',
      fr: 'Il a peut-être été remis d’une copie. Ce qu’il montrait est gardé ici : cet hôpital peut le reprendre.',
    },
  },
  'other-broken': {
    title: {
      en: 'this journal shows what does not continue what it showed before.',
      fr: 'ce journal montre ce qui ne prolonge pas ce qu’il montrait.',
    },
    next: {
      en: 'Nothing new is taken from it. Ask that hospital; it is asked again by itself.',
      fr: 'Rien de nouveau n’en est repris. Interrogez cet hôpital ; la question lui est reposée.',
    },
  },
  'votes-apart': {
    title: {
      en: 'This node does not hear more than two thirds of the votes.',
      fr: 'Ce nœud n’entend pas plus des deux tiers des votes.',
    },
    next: {
      en: 'No new block comes here meanwhile. Nothing is lost; it goes on by itself when enough hospitals hear each other.',
      fr: 'Aucun bloc n’arrive ici entre-temps. Rien n’est perdu ; cela reprend dès qu’assez d’hôpitaux s’entendent.',
    },
  },
  'process-away': {
    title: { en: 'CometBFT beside this node does not answer.', fr: 'CometBFT, à côté de ce nœud, ne répond pas.' },
    next: {
      en: 'Blocks of the others are missing here until it runs again.',
      fr: 'Les blocs des autres manquent ici jusqu’à son retour.',
    },
  },
  'clocks-apart': {
    title: {
      en: 'the clock there and the one here are more than a minute apart.',
      fr: 'l’horloge de là-bas et celle d’ici diffèrent de plus d’une minute.',
    },
    next: {
      en: 'Until both follow the right time (NTP), neither takes what the other asks; blocks go on.',
      fr: 'Tant que les deux ne sont pas à l’heure (NTP), aucun ne répond à l’autre ; les blocs continuent.',
    },
  },
  'process-stuck': {
    title: {
      en: 'The others make blocks, and CometBFT beside this node does not take them.',
      fr: 'Les autres font des blocs, et CometBFT à côté de ce nœud ne les prend pas.',
    },
    next: {
      en: 'Its disk may be full. Whoever runs this node makes room and starts CometBFT again: it catches up by itself.',
      fr: 'Son disque est peut-être plein. Qui exploite ce nœud fait de la place et relance CometBFT : il rattrape tout seul.',
    },
  },
  'process-catching': {
    title: { en: 'This node is fetching blocks that it missed.', fr: 'Ce nœud reprend les blocs qu’il a manqués.' },
    next: {
      en: 'What is shown may be old until it is done.',
      fr: 'Ce qui est montré peut dater, le temps qu’il finisse.',
    },
  },
  'heads-failing': {
    title: {
      en: 'Heads of this node’s journal do not reach the ledger.',
      fr: 'Les têtes du journal de ce nœud n’arrivent pas au registre.',
    },
    next: {
      en: 'They are sent again by themselves. Where it lasts, look at the disk and at CometBFT.',
      fr: 'Elles sont renvoyées d’elles-mêmes. Si cela dure, voyez le disque et CometBFT.',
    },
  },
  'no-block': {
    title: {
      en: 'Entries of this journal have waited for a block for more than half a minute.',
      fr: 'Des entrées de ce journal attendent un bloc depuis plus d’une demi-minute.',
    },
    next: {
      en: 'They are safe here, and go on the ledger with the next block.',
      fr: 'Elles sont en sûreté ici et iront au registre avec le prochain bloc.',
    },
  },
  unwitnessed: {
    title: {
      en: 'Entries of this journal have waited for cosignatures for more than a minute.',
      fr: 'Des entrées de ce journal attendent des cosignatures depuis plus d’une minute.',
    },
    next: {
      en: 'Their receipts stay provisional until enough other hospitals have cosigned.',
      fr: 'Leurs reçus restent provisoires tant qu’assez d’autres hôpitaux n’ont pas cosigné.',
    },
  },
}
