/** The market: orders, credits, tasks, key brokers. */
import { next } from './rent.ts'
import type { ErrorTable } from './steps.ts'

export const marketErrors: ErrorTable = {
  'treasurer-other': [
    { en: 'Only the consortium’s treasurer may do this.', fr: 'Seul le trésorier du consortium peut le faire.' },
    next.credits,
  ],
  'credits-short': [
    { en: 'Your organisation has too few credits for this.', fr: 'Votre organisation n’a pas assez de crédits.' },
    next.credits,
  ],
  'credits-overflow': [
    { en: 'An account cannot hold that many credits.', fr: 'Un compte ne peut contenir autant de crédits.' },
    next.again,
  ],
  'draw-known': [
    {
      en: 'Credits were set aside under this number already.',
      fr: 'Des crédits ont déjà été mis de côté sous ce numéro.',
    },
    next.none,
  ],
  'draw-unknown': [
    {
      en: 'There is nothing set aside under this number, or it was paid.',
      fr: 'Rien n’est de côté sous ce numéro, ou c’est déjà versé.',
    },
    next.none,
  ],
  'deposit-known': [{ en: 'This deposit was credited already.', fr: 'Ce versement a déjà été crédité.' }, next.none],
  'order-known': [
    { en: 'There is an order with this number already.', fr: 'Il existe déjà un ordre de ce numéro.' },
    next.again,
  ],
  'order-unknown': [{ en: 'There is no such order.', fr: 'Cet ordre n’existe pas.' }, next.offers],
  'order-other': [
    { en: 'This order belongs to another organisation.', fr: 'Cet ordre appartient à une autre organisation.' },
    next.offers,
  ],
  'order-foreign': [
    { en: 'This number names another kind of order.', fr: 'Ce numéro désigne un autre type d’ordre.' },
    next.offers,
  ],
  'order-closed': [
    {
      en: 'This offer was closed or replaced by a newer one.',
      fr: 'Cette offre est fermée ou remplacée par une plus récente.',
    },
    next.offers,
  ],
  'order-expired': [{ en: 'This offer is past its date.', fr: 'Cette offre est échue.' }, next.offers],
  'order-spent': [
    { en: 'This offer was used as often as it may be.', fr: 'Cette offre a été utilisée autant de fois que permis.' },
    next.offers,
  ],
  'orders-full': [
    { en: 'Your organisation has too many open orders.', fr: 'Votre organisation a trop d’ordres ouverts.' },
    next.again,
  ],
  'set-other': [
    { en: 'This data set belongs to another organisation.', fr: 'Cet ensemble appartient à une autre organisation.' },
    next.offers,
  ],
  'set-twice': [
    { en: 'The same data set is in the order twice.', fr: 'Le même ensemble figure deux fois dans la commande.' },
    next.offers,
  ],
  'gate-too-low': [
    {
      en: 'Fewer than ten people behind a figure is for public data only.',
      fr: 'Moins de dix personnes par chiffre : pour des données publiques seulement.',
    },
    next.file,
  ],
  'lab-excluded': [
    {
      en: 'The owner does not offer this to your organisation.',
      fr: 'Le propriétaire ne l’offre pas à votre organisation.',
    },
    next.choose,
  ],
  'analysis-excluded': [
    {
      en: 'The owner does not allow this analysis on the data.',
      fr: 'Le propriétaire n’autorise pas cette analyse sur ces données.',
    },
    next.choose,
  ],
  'analysis-unvouched': [
    {
      en: 'No other organisation has read and signed for this analysis yet.',
      fr: 'Aucune autre organisation ne s’est encore portée garante de cette analyse.',
    },
    next.author,
  ],
  'vouch-own': [
    {
      en: 'An author cannot stand for an own analysis.',
      fr: 'Un auteur ne peut se porter garant de sa propre analyse.',
    },
    next.author,
  ],
  'vouch-known': [
    { en: 'Your organisation stands for this analysis already.', fr: 'Votre organisation s’en porte déjà garante.' },
    next.none,
  ],
  'kind-excluded': [
    { en: 'The owner does not allow this kind of machine.', fr: 'Le propriétaire n’autorise pas ce type de machine.' },
    next.choose,
  ],
  'purpose-excluded': [
    { en: 'The owner does not allow this purpose.', fr: 'Le propriétaire n’autorise pas ce but.' },
    next.choose,
  ],
  'duty-missing': [
    {
      en: 'The owner asks for an undertaking that the order does not give.',
      fr: 'Le propriétaire exige un engagement que la commande ne prend pas.',
    },
    next.choose,
  ],
  'simulated-refused': [
    {
      en: 'A simulated machine protects nothing: this data is not for it.',
      fr: 'Une machine simulée ne protège rien : ces données ne sont pas pour elle.',
    },
    next.choose,
  ],
  'price-over': [
    { en: 'The price is above what you would pay at most.', fr: 'Le prix dépasse votre maximum.' },
    next.offers,
  ],
  'org-left': [
    {
      en: 'That organisation is not in the consortium (any more).',
      fr: 'Cette organisation n’est pas (ou plus) dans le consortium.',
    },
    next.offers,
  ],
  'task-known': [{ en: 'This request was matched already.', fr: 'Cette demande a déjà trouvé preneur.' }, next.look],
  'task-unknown': [{ en: 'There is no such task.', fr: 'Cette tâche n’existe pas.' }, next.offers],
  'task-state': [{ en: 'The task stands elsewhere by now.', fr: 'La tâche en est déjà ailleurs.' }, next.look],
  'task-late': [{ en: 'The time for this is over.', fr: 'Le délai est passé.' }, next.look],
  'task-early': [
    { en: 'The time of the others is not over yet.', fr: 'Le délai des autres n’est pas encore passé.' },
    next.look,
  ],
  'leg-unknown': [
    { en: 'Your organisation has no part in this.', fr: 'Votre organisation n’y a pas de part.' },
    next.look,
  ],
  'leg-done': [{ en: 'That was done already.', fr: 'C’est déjà fait.' }, next.look],
  'enclave-other': [
    { en: 'Another machine has keys of this task already.', fr: 'Une autre machine a déjà des clés de cette tâche.' },
    next.host,
  ],
  'enclave-known': [
    {
      en: 'This machine’s key served before: each run needs a new one.',
      fr: 'La clé de cette machine a déjà servi : chaque exécution en veut une nouvelle.',
    },
    next.host,
  ],
  'budget-spent': [
    {
      en: 'This version of the data has given all results it may.',
      fr: 'Cette version des données a donné tous les résultats permis.',
    },
    next.choose,
  ],
  'reserve-missing': [
    { en: 'Not every hospital has given its key.', fr: 'Tous les hôpitaux n’ont pas donné leur clé.' },
    next.look,
  ],
  'offer-unknown': [
    { en: 'There is no single open offer of that name.', fr: 'Il n’y a pas d’offre ouverte unique de ce nom.' },
    next.offers,
  ],
  'program-unknown': [
    { en: 'There is no such analysis for you to run.', fr: 'Il n’y a pas de telle analyse pour vous.' },
    next.offers,
  ],
  'host-none': [
    { en: 'No machine of this kind is offered.', fr: 'Aucune machine de ce type n’est offerte.' },
    next.offers,
  ],
  'nothing-waits': [
    { en: 'Nothing of this task waits for your decision.', fr: 'Rien de cette tâche n’attend votre décision.' },
    next.look,
  ],
  'result-waiting': [
    { en: 'The result is not there to be opened (yet).', fr: 'Le résultat n’est pas (encore) à ouvrir.' },
    next.look,
  ],
  'receipt-broken': [{ en: 'This receipt does not hold.', fr: 'Ce reçu ne tient pas.' }, next.distrust],
  'broker-task-other': [
    {
      en: 'This hospital has no key to give for this task.',
      fr: 'Cet hôpital n’a pas de clé à donner pour cette tâche.',
    },
    next.look,
  ],
  'columns-differ': [
    {
      en: 'A column of the model is missing in a data set, or has other units or categories there.',
      fr: 'Une colonne du modèle manque dans un ensemble, ou y a d’autres unités ou catégories.',
    },
    next.choose,
  ],
  'asked-too-often': [
    {
      en: 'Too many orders of this laboratory on these data failed within a month.',
      fr: 'Trop de commandes de ce laboratoire sur ces données ont échoué en un mois.',
    },
    next.choose,
  ],
  'broker-host-other': [
    {
      en: 'Only the machine’s own organisation may ask for the key.',
      fr: 'Seule l’organisation de la machine peut demander la clé.',
    },
    next.host,
  ],
  'broker-unreachable': [
    { en: 'A hospital’s key broker does not answer.', fr: 'Le gardien de clés d’un hôpital ne répond pas.' },
    next.refunded,
  ],
  'key-released': [
    { en: 'The key for this was given already, once.', fr: 'La clé a déjà été donnée, une fois.' },
    next.refunded,
  ],
  'nonce-reused': [
    { en: 'This proof was shown before, or too late.', fr: 'Cette preuve a déjà été montrée, ou trop tard.' },
    next.refunded,
  ],
  'evidence-refused': [
    { en: 'The machine’s proof was not accepted.', fr: 'La preuve de la machine n’a pas été acceptée.' },
    next.refunded,
  ],
  'cohort-too-close': [
    {
      en: 'The same people as an earlier result, but for a few.',
      fr: 'Les mêmes personnes qu’un résultat antérieur, à quelques-unes près.',
    },
    next.refunded,
  ],
  'cohort-too-small': [
    { en: 'Too few people are left for this model.', fr: 'Il reste trop peu de personnes pour ce modèle.' },
    next.refunded,
  ],
  'deal-other': [
    { en: 'What came is not what was agreed on.', fr: 'Ce qui est venu n’est pas ce qui était convenu.' },
    next.refunded,
  ],
}
