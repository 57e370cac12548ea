/** Credits: the treasurer is named by the members, puts them in and pays them out. */
import { systemRandom } from '@salus/base/clock'
import { newId } from '@salus/base/ids'
import { required, type Verb } from '../../verb.ts'
import { device, marketOf, wholeOption } from './shared.ts'

const org = {
  ...{ name: 'org', value: 'ORG', required: true as const },
  words: { en: 'which organisation', fr: 'quelle organisation' },
}
const amount = {
  ...{ name: 'amount', value: 'N', required: true as const },
  words: { en: 'whole credits', fr: 'crédits entiers' },
}

const name: Verb = {
  name: 'credit treasurer',
  options: [device, org],
  words: {
    en: 'name the treasurer: whom more than half of the members name',
    fr: 'désigner le trésorier : celui que plus de la moitié des membres nomment',
  },
  async run(args, screen) {
    const at = await marketOf(args)
    await at.trader.send('credit.treasurer', { org: required(args, 'org') as never })
    const treasurer = (await at.trader.treasurer()) ?? null
    screen.say(treasurer ?? (screen.language === 'fr' ? 'pas encore de majorité' : 'no majority yet'))
    return { treasurer }
  },
}

const deposit: Verb = {
  name: 'credit deposit',
  options: [device, org, amount],
  words: {
    en: 'treasurer: credit an organisation for what it paid in',
    fr: 'trésorier : créditer une organisation de ce qu’elle a versé',
  },
  async run(args, screen) {
    const at = await marketOf(args)
    const id = newId(systemRandom) as never
    const value = wholeOption(args, 'amount', 0, 1)
    await at.trader.send('credit.deposit', { deposit: id, to: required(args, 'org') as never, amount: value })
    screen.say(`${required(args, 'org')}: +${value}`)
    return { deposit: id, amount: value }
  },
}

const draw: Verb = {
  name: 'credit draw',
  options: [device, amount],
  words: {
    en: 'set credits aside to be paid out to your organisation',
    fr: 'mettre des crédits de côté pour qu’ils soient versés à votre organisation',
  },
  async run(args, screen) {
    const at = await marketOf(args)
    const id = newId(systemRandom) as never
    await at.trader.send('credit.draw', { draw: id, amount: wholeOption(args, 'amount', 0, 1) })
    screen.say(String(id))
    return { draw: id }
  },
}

const paid: Verb = {
  name: 'credit paid',
  positionals: 'DRAW',
  least: 1,
  options: [device],
  words: {
    en: 'treasurer: say that what was set aside was paid',
    fr: 'trésorier : dire que ce qui était de côté a été versé',
  },
  async run(args) {
    const at = await marketOf(args)
    await at.trader.send('credit.paid', { draw: args.positionals[0] as never })
    return { draw: args.positionals[0] }
  },
}

const balance: Verb = {
  name: 'credit balance',
  options: [device],
  words: { en: 'what your organisation has', fr: 'ce que possède votre organisation' },
  async run(args, screen) {
    const at = await marketOf(args)
    const value = await at.trader.balance()
    screen.say(String(value))
    return { org: at.org, balance: value }
  },
}

export const creditVerbs: readonly Verb[] = [name, deposit, draw, paid, balance]
