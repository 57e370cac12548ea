/** What comes back when a task is ended after its time (rule M19): all of it before there was a result, the data's price after. */
import type { TaskState } from '@salus/market/contract'
import type { Both } from '@salus/ui/language'

const whole: Both = {
  en: 'Nobody answered in time. Whoever ends it, the laboratory has the whole price back.',
  fr: 'Personne n’a répondu à temps. Qui que ce soit qui la close, le laboratoire est remboursé en entier.',
}
const part: Both = {
  en: 'There is a result, and not every hospital let it go in time. Whoever ends it: the machine and the analysis are paid, and each hospital that handed its share over; the price of the other data goes back.',
  fr: 'Il y a un résultat, et tous les hôpitaux ne l’ont pas laissé sortir à temps. Qui que ce soit qui la close : la machine et l’analyse sont payées, et chaque hôpital qui a remis sa part ; le prix des autres données est rendu.',
}

/** The sentence for a state. */
export const backOf = (state: TaskState): Both => (state === 'delivering' || state === 'held' ? part : whole)
