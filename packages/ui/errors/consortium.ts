/** Words for several hospitals that share one ledger. */
import type { ErrorTable } from './steps.ts'

const logs = {
  en: 'Read node.log and comet/cometbft.log in its folder, then start again.',
  fr: 'Lisez node.log et comet/cometbft.log dans son dossier, puis redémarrez.',
}

export const consortiumErrors: ErrorTable = {
  'cometbft-missing': [
    {
      en: 'CometBFT is not on this machine.',
      fr: 'CometBFT n’est pas sur cette machine.',
    },
    {
      en: 'Install Go, or name CometBFT v0.38.25 in SALUS_COMETBFT.',
      fr: 'Installez Go, ou nommez CometBFT v0.38.25 dans SALUS_COMETBFT.',
    },
  ],
  'cometbft-other': [
    {
      en: 'What SALUS_COMETBFT or the path names is no CometBFT 0.38 that runs here.',
      fr: 'Ce que nomment SALUS_COMETBFT ou le PATH n’est pas un CometBFT 0.38 qui fonctionne ici.',
    },
    {
      en: 'Name CometBFT v0.38.25 in SALUS_COMETBFT, or take the other one away.',
      fr: 'Nommez CometBFT v0.38.25 dans SALUS_COMETBFT, ou retirez l’autre.',
    },
  ],
  'ledger-unreachable': [
    {
      en: 'The ledger’s own process beside this node does not answer.',
      fr: 'Le processus du registre, à côté de ce nœud, ne répond pas.',
    },
    {
      en: 'Try again in a minute; if it stays, start CometBFT.',
      fr: 'Réessayez dans une minute ; si cela dure, démarrez CometBFT.',
    },
  ],
  'ledger-waiting': [
    {
      en: 'No block has come: too few hospitals hear each other.',
      fr: 'Aucun bloc n’est venu : trop peu d’hôpitaux s’entendent.',
    },
    {
      en: 'It may still come. Look again before you send it anew.',
      fr: 'Il peut encore venir. Regardez de nouveau avant de renvoyer.',
    },
  ],
  'ledger-moved': [
    { en: 'CometBFT orders this ledger now.', fr: 'CometBFT ordonne désormais ce registre.' },
    {
      en: 'Start the node with its comet.json.',
      fr: 'Démarrez le nœud avec son comet.json.',
    },
  ],
  'abci-invalid': [
    {
      en: 'What came is no request of CometBFT.',
      fr: 'Ce qui est arrivé n’est pas une demande de CometBFT.',
    },
    {
      en: 'Let CometBFT alone reach the ledger’s socket.',
      fr: 'Ne laissez que CometBFT atteindre la prise du registre.',
    },
  ],
  'migrated-before': [
    { en: 'CometBFT orders this node’s ledger already.', fr: 'CometBFT ordonne déjà le registre de ce nœud.' },
    {
      en: 'Start the node and CometBFT.',
      fr: 'Démarrez le nœud et CometBFT.',
    },
  ],
  'node-not-admitted': [
    {
      en: 'No vote has admitted this node as a voter on blocks.',
      fr: 'Aucun vote n’a admis ce nœud à voter les blocs.',
    },
    {
      en: 'Write its motion with salus members node, and let more than half vote.',
      fr: 'Écrivez sa motion par salus members node, et faites voter plus de la moitié.',
    },
  ],
  'comet-running': [
    { en: 'CometBFT still runs beside this node.', fr: 'CometBFT tourne encore à côté de ce nœud.' },
    { en: 'Stop CometBFT alone, then type the same again.', fr: 'Arrêtez CometBFT seul, puis retapez la même chose.' },
  ],
  'validator-other': [
    {
      en: 'The ledger has another key for this machine than those that lie here.',
      fr: 'Le registre connaît pour cette machine une autre clé que celles d’ici.',
    },
    {
      en: 'Set SALUS_DATA to the folder of this member’s node, or let the members vote a new one.',
      fr: 'Mettez dans SALUS_DATA le dossier du nœud de ce membre, ou faites voter un nouveau nœud.',
    },
  ],
  'newcomer-not-admitted': [
    {
      en: 'The ledger has not admitted this organisation with this key and this journal.',
      fr: 'Le registre n’a pas admis cette organisation avec cette clé et ce journal.',
    },
    {
      en: 'Nothing was signed. First let more than half of the members vote for both motions.',
      fr: 'Rien n’a été signé. Faites d’abord voter les deux motions par plus de la moitié des membres.',
    },
  ],
  'ledger-disagrees': [
    {
      en: 'The ledger does not say what these roots say: of who was removed, or of an organisation’s key.',
      fr: 'Le registre ne dit pas ce que disent ces racines : de qui fut retiré, ou de la clé d’une organisation.',
    },
    {
      en: 'Nothing was signed. First the vote, or that member’s own desk rotate.',
      fr: 'Rien n’a été signé. D’abord le vote, ou le desk rotate de ce membre.',
    },
  ],
  'desk-key-end': [
    {
      en: 'The proposal ends this organisation’s key at another time than its own device says; nothing was signed.',
      fr: 'La proposition met fin à la clé de cette organisation à une autre date que son appareil ; rien n’est signé.',
    },
    {
      en: 'Type salus desk rotate again here, and have that proposal signed.',
      fr: 'Retapez salus desk rotate ici, et faites signer cette proposition.',
    },
  ],
  'desk-key-other': [
    {
      en: 'The ledger has another key for this organisation than this desk’s device, or none.',
      fr: 'Le registre a pour cette organisation une autre clé que celle de ce guichet, ou aucune.',
    },
    {
      en: 'If nobody here did that, have the members remove the organisation at once.',
      fr: 'Si personne ici ne l’a fait, faites aussitôt retirer l’organisation par les membres.',
    },
  ],
  'welcome-alone': [
    {
      en: 'This node orders its ledger alone: nobody can join it yet.',
      fr: 'Ce nœud ordonne seul son registre : personne ne peut encore le rejoindre.',
    },
    {
      en: 'Hand the ledger over first: salus ledger migrate --to cometbft.',
      fr: 'Confiez d’abord le registre : salus ledger migrate --to cometbft.',
    },
  ],
  'welcome-address': [
    {
      en: 'Where the others dial this machine is not known here.',
      fr: 'Où les autres appellent cette machine n’est pas connu ici.',
    },
    { en: 'Say it with --address, as host and port.', fr: 'Dites-le par --address, hôte et port.' },
  ],
  'welcome-wrong': [
    {
      en: 'The member’s file is not of one piece: its parts tell of different ledgers.',
      fr: 'Le fichier du membre n’est pas cohérent : ses parties parlent de registres différents.',
    },
    {
      en: 'Ask for it again, and compare the fingerprint of the roots.',
      fr: 'Redemandez-le, et comparez l’empreinte des racines.',
    },
  ],
  'join-snapshot': [
    {
      en: 'This chain began before CometBFT: its first blocks come from nobody.',
      fr: 'Cette chaîne a commencé avant CometBFT : personne n’en a les premiers blocs.',
    },
    {
      en: 'Begin by a snapshot, with --servers and --block.',
      fr: 'Commencez par un instantané, avec --servers et --block.',
    },
  ],
  'node-not-member': [
    {
      en: 'The ledger, as it is here, does not know this node as a member.',
      fr: 'Le registre, tel qu’il est ici, ne connaît pas ce nœud comme membre.',
    },
    {
      en: 'Start the node so that the ledger catches up; if it stays, ask a member whether the vote is done.',
      fr: 'Démarrez le nœud pour que le registre se mette à jour ; sinon, demandez à un membre si le vote est achevé.',
    },
  ],
  'roots-behind': [
    {
      en: 'The ledger has a hospital that this node’s roots do not name yet.',
      fr: 'Le registre a un hôpital que les racines de ce nœud ne nomment pas encore.',
    },
    {
      en: 'Take the next version, the node stopped, by salus roots update FILE --node.',
      fr: 'Prenez la version suivante, nœud arrêté, par salus roots update FICHIER --node.',
    },
  ],
  'roots-without-node': [
    {
      en: 'This version of the roots does not name this node’s journal.',
      fr: 'Cette version des racines ne nomme pas le journal de ce nœud.',
    },
    { en: 'Nothing was changed.', fr: 'Rien n’a été changé.' },
  ],
  'roots-narrower': [
    {
      en: 'This version forgets an organisation, a journal, or a key that earlier signatures need.',
      fr: 'Cette version oublie une organisation, un journal ou une clé dont d’anciennes signatures ont besoin.',
    },
    {
      en: 'Nothing was changed. Make it with salus desk rotate or salus roots leave: they keep what was.',
      fr: 'Rien n’a été changé. Faites-la par salus desk rotate ou salus roots leave : ils gardent ce qui fut.',
    },
  ],
  'consortium-missing': [
    { en: 'No consortium was started in this folder.', fr: 'Aucun consortium n’a été démarré dans ce dossier.' },
    {
      en: 'Start one with salus consortium up, or set SALUS_DATA.',
      fr: 'Démarrez-en un par salus consortium up, ou indiquez SALUS_DATA.',
    },
  ],
  'consortium-away': [
    { en: 'No consortium runs over this folder.', fr: 'Aucun consortium ne fonctionne sur ce dossier.' },
    { en: 'Start it with salus consortium up.', fr: 'Démarrez-le par salus consortium up.' },
  ],
  'consortium-running': [
    { en: 'A consortium runs over this folder already.', fr: 'Un consortium fonctionne déjà sur ce dossier.' },
    {
      en: 'See it with salus consortium status, or end it with salus consortium down.',
      fr: 'Voyez-le par salus consortium status, ou arrêtez-le par salus consortium down.',
    },
  ],
  'consortium-control': [
    {
      en: 'This order does not come from who started the consortium.',
      fr: 'Cet ordre ne vient pas de qui a démarré le consortium.',
    },
    {
      en: 'Use the same account and folder.',
      fr: 'Utilisez le même compte et le même dossier.',
    },
  ],
  'hospital-unknown': [
    {
      en: 'No hospital of this consortium keeps a journal of this name.',
      fr: 'Aucun hôpital de ce consortium ne tient de journal de ce nom.',
    },
    { en: 'See the members at /consortium, then try again.', fr: 'Voyez les membres sur /consortium, puis réessayez.' },
  ],
  'hospital-silent': [
    {
      en: 'Not known at the hospitals that answered; at least one did not answer.',
      fr: 'Inconnu des hôpitaux qui ont répondu ; au moins un n’a pas répondu.',
    },
    {
      en: 'The record may be there. Try again later, and open no second one meanwhile.',
      fr: 'Le dossier y est peut-être. Réessayez plus tard, sans en ouvrir un second.',
    },
  ],
  'home-away': [
    {
      en: 'The hospital where this record is at home does not answer.',
      fr: 'L’hôpital où ce dossier est tenu ne répond pas.',
    },
    {
      en: 'Only what was granted can be read, where a copy answers. For all else, wait for that hospital.',
      fr: 'Seul ce qui a été accordé se lit, là où une copie répond. Pour le reste, attendez cet hôpital.',
    },
  ],
  'home-moved': [
    {
      en: 'This record is at home with another hospital now.',
      fr: 'Ce dossier est désormais tenu par un autre hôpital.',
    },
    {
      en: 'Open it again: this device follows it there.',
      fr: 'Ouvrez-le à nouveau : l’appareil le suit.',
    },
  ],
  'home-arriving': [
    {
      en: 'This record is on its way to another hospital, and not there yet.',
      fr: 'Ce dossier est en route vers un autre hôpital et n’y est pas encore.',
    },
    {
      en: 'Try again in a minute: that hospital fetches it by itself.',
      fr: 'Réessayez dans une minute : cet hôpital le prend de lui-même.',
    },
  ],
  'home-represented': [
    {
      en: 'People act for you from records at this hospital; they could not follow.',
      fr: 'Des personnes agissent pour vous depuis cet hôpital ; elles ne pourraient suivre.',
    },
    {
      en: 'End that first; after the move, appoint them again where they have a record.',
      fr: 'Terminez cela d’abord ; après le déplacement, désignez-les là où elles ont un dossier.',
    },
  ],
  'home-already': [
    {
      en: 'This hospital keeps your record already.',
      fr: 'Cet hôpital tient déjà votre dossier.',
    },
    {
      en: 'Choose another one.',
      fr: 'Choisissez-en un autre.',
    },
  ],
  'home-no-copy': [
    {
      en: 'This hospital has no copy of your record yet.',
      fr: 'Cet hôpital n’a pas encore de copie de votre dossier.',
    },
    {
      en: 'It fetches one by itself now. Try again in a minute.',
      fr: 'Il en prend une de lui-même. Réessayez dans une minute.',
    },
  ],
  'home-no-node': [
    {
      en: 'This organisation has no server of its own; it cannot keep your record.',
      fr: 'Cette organisation n’a pas de serveur à elle ; elle ne peut tenir votre dossier.',
    },
    {
      en: 'Choose a hospital that has one.',
      fr: 'Choisissez un hôpital qui en a un.',
    },
  ],
  'hospital-away': [
    { en: 'The other hospital does not answer.', fr: 'L’autre hôpital ne répond pas.' },
    {
      en: 'Try again in a moment. Reading looks for copies at other hospitals meanwhile.',
      fr: 'Réessayez dans un instant. Pour lire, des copies sont cherchées entre-temps dans d’autres hôpitaux.',
    },
  ],
  'consortium-size': [
    {
      en: 'A consortium on one machine has 1 to 7 hospitals.',
      fr: 'Sur une machine, un consortium a de 1 à 7 hôpitaux.',
    },
    { en: 'Choose a number from 1 to 7.', fr: 'Choisissez un nombre de 1 à 7.' },
  ],
  'consortium-hospital': [
    { en: 'There is no hospital of this number.', fr: 'Aucun hôpital ne porte ce numéro.' },
    { en: 'See the numbers with salus consortium status.', fr: 'Voyez les numéros par salus consortium status.' },
  ],
  'consortium-node-ended': [
    { en: 'A hospital’s node ended by itself.', fr: 'Le nœud d’un hôpital s’est arrêté de lui-même.' },
    logs,
  ],
}
