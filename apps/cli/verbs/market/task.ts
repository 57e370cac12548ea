/** What a party of a task may do besides its work: withdraw, end what is overdue, keep the receipt. */
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '@salus/base/errors'
import { orgKeys } from '@salus/directory/consortium'
import { gatherReceipt, verifyDealReceipt } from '@salus/market/receipt'
import { writeOutput } from '../../files.ts'
import type { MarketDevice } from '../../market.ts'
import { required, type Screen, type Verb } from '../../verb.ts'
import { sayTask } from './order.ts'
import { device, marketOf, storeOption } from './shared.ts'

const about = { positionals: 'ID', least: 1 } as const

/** Where the task stands now, said. */
async function standing(at: MarketDevice, id: string, screen: Screen) {
  const task = await at.trader.task(id)
  sayTask(task, screen)
  return { task: id, state: task.state as string, cause: task.cause ?? null }
}

const withdraw: Verb = {
  name: 'market withdraw',
  ...about,
  options: [device, storeOption],
  words: {
    en: 'withdraw an offer, an analysis or a machine of yours (deals that stand keep theirs), or your part in a task before its result',
    fr: 'retirer une offre, une analyse ou une machine à vous (les marchés conclus gardent les leurs), ou votre part d’une tâche avant son résultat',
  },
  async run(args, screen) {
    const at = await marketOf(args)
    const id = args.positionals[0] ?? ''
    const order = await at.trader.order(id)
    if (order?.kind !== 'request' && order) {
      await at.trader.send('market.close', { order: id as never })
      screen.say(screen.language === 'fr' ? 'Retiré.' : 'Withdrawn.')
      return { order: id, closed: true }
    }
    await at.trader.send('task.fail', { task: id as never, cause: 'withdrawn' })
    return standing(at, id, screen)
  },
}

const claim: Verb = {
  name: 'task claim',
  ...about,
  options: [device, storeOption],
  words: {
    en: 'end a task whose time is over: what nobody earned comes back',
    fr: 'mettre fin à une tâche dont le délai est passé : ce que nul n’a gagné revient',
  },
  async run(args, screen) {
    const at = await marketOf(args)
    const id = args.positionals[0] ?? ''
    await at.trader.send('task.claim', { task: id as never })
    return standing(at, id, screen)
  },
}

const receipt: Verb = {
  name: 'task receipt',
  ...about,
  options: [
    device,
    {
      name: 'out',
      value: 'DIR',
      required: true,
      words: { en: 'folder for receipt and roots', fr: 'dossier pour le reçu et les racines' },
    },
    storeOption,
  ],
  words: {
    en: 'keep the receipt of a task that had a result: everything signed in it, for “salus verify”; any party may, it opens nothing',
    fr: 'garder le reçu d’une tâche qui eut un résultat : tout ce qui y fut signé, pour « salus verify » ; chaque partie le peut, il n’ouvre rien',
  },
  async run(args, screen) {
    const at = await marketOf(args)
    const id = args.positionals[0] ?? ''
    if ((await at.trader.task(id)).result === undefined) throw new AppError('result-waiting')
    const found = await gatherReceipt(at.trader, at.store, id)
    const { simulated } = verifyDealReceipt(found, (org) => orgKeys(at.device.roots, org))
    const dir = required(args, 'out')
    await mkdir(dir, { recursive: true, mode: 0o700 })
    await writeOutput(join(dir, 'receipt.json'), `${JSON.stringify(found)}\n`)
    await copyFile(join(at.device.dir, 'consortium.json'), join(dir, 'consortium.json'))
    const path = join(dir, 'receipt.json')
    screen.say(
      `${path} (${found.transactions.length} ${screen.language === 'fr' ? 'signatures vérifiées' : 'signatures verified'})`,
    )
    return { receipt: path, simulated, signatures: found.transactions.length }
  },
}

export const taskVerbs: readonly Verb[] = [withdraw, claim, receipt]
