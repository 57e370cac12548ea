/** The market as its people type it: a hospital's rules and decisions, a lab's tries and comparisons, credits in and out. */
import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { utf8 } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import { newId } from '@salus/base/ids'
import { needsShared, sharedFolder } from '@salus/base/testing'
import { type HeartifyWorld, startHeartify } from '@salus/cli/demo/heartify'
import { openMarket } from '@salus/cli/market'
import { verbs } from '@salus/cli/verbs'
import { digest } from '@salus/crypto/hash'

const skip = needsShared('data/cardio').skip
const said: string[] = []
const screen = {
  language: 'en' as const,
  json: false,
  say: (line: string) => void said.push(line),
  progress: () => {},
  ask: async () => '',
}
let world: HeartifyWorld
before(async () => {
  if (!skip) world = await startHeartify(verbs, screen)
})
after(async () => {
  if (!skip) await world.stop()
})

/** Runs a verb as somebody types it; gives its document and the lines they see. */
async function type(
  words: string,
  device: string,
  options: Record<string, string | boolean> = {},
  ...positionals: string[]
) {
  const verb = verbs.find(({ name }) => name === words)
  assert.ok(verb, words)
  said.length = 0
  const store = `file://${world.dir}/store`
  const json = await verb.run({ positionals, options: { device: join(world.dir, device), store, ...options } }, screen)
  // biome-ignore lint/suspicious/noExplicitAny: documents of many forms
  return { json: json as any, text: said.join('\n') }
}
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'ok',
    (error) => (isAppError(error) ? error.code : String(error)),
  )

const model = (terms: readonly string[]) => {
  const path = join(world.dir, `${terms.join('-')}.json`)
  const factors = new Set(['sex', 'exang'])
  const rows = terms.map((column) => (factors.has(column) ? { column, as: 'factor' } : { column }))
  writeFileSync(
    path,
    JSON.stringify({
      outcome: { column: 'num', op: 'gt', value: 0 },
      terms: rows,
      site: 'factor',
      missing: 'complete',
    }),
  )
  return path
}
const order = (datasets: string, params: string) => ({
  ...{
    datasets,
    params,
    analysis: 'heartify@1',
    'host-kind': 'simulated',
    'max-price': '150',
    purpose: 'health-research',
  },
})

/** Orders, waits for its end, opens. */
async function result(datasets: string, params: string): Promise<string> {
  const { json } = await type('order place', 'coeur-lab', order(datasets, params))
  const { json: end } = await type('task watch', 'coeur-lab', {}, json.task)
  assert.equal(end.state, 'settled', JSON.stringify(end))
  return json.task
}

test('what is offered is listed and shown: dictionary, rounded counts, terms, sample rows; never a value', {
  skip,
}, async () => {
  const { text } = await type('market list', 'coeur-lab')
  assert.match(text, /cleveland: Heart disease.*· 30\n/)
  assert.match(text, /heartify@1 {2}methodes/)
  const shown = await type('market show', 'coeur-lab', {}, 'zurich')
  assert.match(shown.text, /trestbps: Resting blood pressure · 60–260 mm\[Hg\]/)
  assert.match(shown.text, /Andras Janosi/)
  assert.match(shown.text, /sample rows that come from no patient/)
  assert.equal(await codeOf(type('market show', 'coeur-lab', {}, 'nobody')), 'offer-unknown')
})

test('an offer or analysis whose object is not in the store is said to be so, and hides no other', {
  skip,
}, async () => {
  const until = Math.floor(Date.now() / 1000) + 3_600
  const market = await openMarket(join(world.dir, 'methodes'), { store: `file://${world.dir}/store` })
  const analysis = {
    order: newId(systemRandom) as never,
    analysis: digest('nowhere'),
    price: 0,
    uses: 1,
    until,
    labs: [],
  }
  await market.trader.send('market.analysis', analysis)
  const { text } = await type('market list', 'coeur-lab')
  assert.match(text, /\(not in the store\)/)
  assert.match(text, /heartify@1/)
  assert.equal((await type('order quote', 'coeur-lab', order('cleveland', ''))).json.total, 48)
})

test('a lab tries for free, sees the whole price, and pays no more than it said', { skip }, async () => {
  const params = model(['age', 'sex'])
  const tried = await type('analysis try', 'coeur-lab', { datasets: 'cleveland,zurich', params }, 'heartify')
  assert.match(tried.text, /the figures mean nothing/)
  assert.equal(tried.json.sample, true)
  const quoted = await type('order quote', 'coeur-lab', order('cleveland,zurich', params))
  assert.match(quoted.text, /Total: 73 credits/)
  assert.match(quoted.text, /SIMULATED machine/)
  assert.equal(
    await codeOf(type('order place', 'coeur-lab', { ...order('cleveland', params), 'max-price': '10' })),
    'price-over',
  )
  writeFileSync(join(world.dir, 'bad.json'), '{"outcome":7}')
  assert.equal(
    await codeOf(type('order place', 'coeur-lab', order('cleveland', join(world.dir, 'bad.json')))),
    'analysis-params-invalid',
  )
  assert.equal((await type('credit balance', 'coeur-lab')).json.balance, 200, 'nothing was paid')
})

test('two models of the same people are compared: change of AUC, likelihood ratio', { skip }, async () => {
  const small = await result('cleveland', model(['age', 'sex']))
  const large = await result('cleveland', model(['age', 'sex', 'thalach']))
  const { json, text } = await type('result compare', 'coeur-lab', {}, small, large)
  assert.equal(json.nested, true)
  assert.equal(json.df, 1)
  assert.ok(json.aucChange > 0.02 && json.lr > 10 && json.p < 0.001, JSON.stringify(json))
  assert.match(text, /^SIMULATED machine.*\nAUC 0\.\d+ → 0\.\d+ \(\+0\.\d+\)\nLR /)
})

test('a hospital that decides by hand: its yes runs, its no refunds, and the audit says what happened', {
  skip,
}, async () => {
  const file = join(sharedFolder('data/cardio') ?? '', 'uci-heart/processed.va.data')
  const schema = new URL('../apps/cli/demo/heartify/uci-heart.json', import.meta.url).pathname
  const offers = (await type('market list', 'long-beach')).json.datasets
  const set = offers.find(({ org }: { org: string }) => org === 'long-beach').body.set
  const broker = (await type('market show', 'long-beach', {}, 'long-beach')).json.document.broker
  const terms = join(world.dir, 'terms.txt')
  const published = await type(
    'dataset publish',
    'long-beach',
    { schema, price: '7', terms, broker, set, public: true, 'by-hand': true, purpose: 'health-research' },
    file,
  )
  assert.equal(published.json.version, 2, 'a new version takes the old offer’s place')
  const params = model(['age', 'exang'])
  const place = async () => (await type('order place', 'coeur-lab', order('long-beach', params))).json.task as string
  const before = (await type('credit balance', 'coeur-lab')).json.balance
  const first = await place()
  const inbox = await type('market inbox', 'long-beach')
  assert.match(inbox.text, /coeur-lab: Heartify.*health research.* · simulated machine/)
  assert.equal((await type('market refuse', 'long-beach', {}, first)).json.state, 'refunded')
  assert.equal((await type('credit balance', 'coeur-lab')).json.balance, before)
  const second = await place()
  await type('market approve', 'long-beach', {}, second)
  const watched = await type('task watch', 'coeur-lab', {}, second)
  assert.equal(watched.json.state, 'settled')
  const steps = [/long-beach \(.+\): said yes/, /long-beach .*released its key/, /long-beach .*handed its part/, /Done/]
  const places = steps.map((step) => watched.text.search(step))
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
    watched.text,
  )
  assert.ok(!places.includes(-1), watched.text)
  assert.equal(await codeOf(type('market approve', 'long-beach', {}, second)), 'nothing-waits')
  const audit = await type('market audit', 'long-beach')
  assert.match(audit.text, /Failed: everything is refunded · a hospital said no · \+0/)
  assert.match(
    audit.text,
    /Done: .* · \+7 · simulated machine\n {2}Heart disease.* v2 · Heartify.* · health research\n {2}at least 3 people .* · decided by hand\n {2}calcul-sud, simulated machine · budget 1, 99 left · /,
  )
  assert.equal(audit.json.left.find(({ order }: { order: string }) => order === published.json.order).left, 99)
  assert.ok(
    audit.json.acts.some(
      ({ type: act, org }: { type: string; org: string }) => act === 'task.reserve' && org === 'long-beach',
    ),
  )
  assert.match((await type('market watch', 'long-beach', { once: true })).text, /Done.* · simulated machine/)
  await unreadable(place)
})

/** One of two orders lost its parameters: both are shown, the one is said to be unreadable, and is refused like any other. */
async function unreadable(place: () => Promise<string>): Promise<void> {
  const [good, params] = [await place(), model(['exang'])]
  const lost = (await type('order place', 'coeur-lab', order('long-beach', params))).json.task
  const name = digest(utf8(JSON.stringify(JSON.parse(readFileSync(params, 'utf8')))))
  rmSync(join(world.dir, 'store', name))
  const { text, json } = await type('market inbox', 'long-beach')
  const rows = json.waiting.map(({ task, readable }: { task: string; readable: boolean }) => [task, readable])
  assert.deepEqual(Object.fromEntries(rows), { [good]: true, [lost]: false })
  assert.match(text, new RegExp(`${lost} .*\\n {2}its description is not in the store: refuse it`))
  assert.equal(text.split('its description').length, 2)
  for (const task of [lost, good])
    assert.equal((await type('market refuse', 'long-beach', {}, task)).json.state, 'refunded')
}

test('each party keeps the receipt; a task is withdrawn from before its result, ended when it is late, an offer taken back', {
  skip,
}, async () => {
  const done = await result('budapest', model(['age', 'exang']))
  for (const who of ['budapest', 'calcul-sud', 'methodes']) {
    const out = join(world.dir, `receipt-${who}`)
    assert.ok((await type('task receipt', who, { out }, done)).json.signatures > 5, who)
    const roots = join(out, 'consortium.json')
    assert.match((await type('verify', who, { roots }, join(out, 'receipt.json'))).text, /SIMULATED machine/)
  }
  assert.equal(await codeOf(type('task claim', 'zurich', {}, done)), 'task-early')
  const params = model(['age', 'exang'])
  const { json } = await type('order place', 'coeur-lab', order('long-beach', params))
  assert.equal(await codeOf(type('task receipt', 'coeur-lab', { out: world.dir }, json.task)), 'result-waiting')
  const withdrawn = await type('market withdraw', 'long-beach', {}, json.task)
  assert.deepEqual([withdrawn.json.state, withdrawn.json.cause], ['refunded', 'withdrawn'])
  const { json: quoted } = await type('order quote', 'coeur-lab', order('long-beach', params))
  const offer = quoted.offers[0].order
  assert.equal(await codeOf(type('market withdraw', 'zurich', {}, offer)), 'order-other')
  await type('market withdraw', 'long-beach', {}, offer)
  assert.equal(await codeOf(type('order place', 'coeur-lab', order('long-beach', params))), 'offer-unknown')
  assert.equal(await codeOf(type('analysis vouch', 'cleveland', {}, 'unknown')), 'file-missing')
})

test('credits leave by two words, and a number that is none is said to be none', { skip }, async () => {
  const { json } = await type('credit draw', 'cleveland', { amount: '30' })
  assert.equal(await codeOf(type('credit paid', 'cleveland', {}, json.draw)), 'treasurer-other')
  await type('credit paid', 'tresor', {}, json.draw)
  assert.equal(await codeOf(type('credit draw', 'cleveland', { amount: '1000' })), 'credits-short')
  assert.equal(await codeOf(type('credit draw', 'cleveland', { amount: 'much' })), 'misuse')
  assert.equal(await codeOf(type('analysis vouch', 'methodes', {}, 'heartify')), 'vouch-own')
})

test('a file is looked at before anything is published: what is in it, and what is wrong', { skip }, async () => {
  const file = join(sharedFolder('data/cardio') ?? '', 'cardio_train.csv')
  const schema = new URL('../apps/cli/demo/heartify/cardio-train.json', import.meta.url).pathname
  const { text, json } = await type('dataset profile', 'cleveland', { schema }, file)
  assert.equal(json.rows, 70_000)
  assert.match(text, /ap_hi: \d+ values · \d+ implausible · 7\d … 240/)
  assert.equal(await codeOf(type('dataset profile', 'cleveland', { schema }, '/nowhere.csv')), 'file-missing')
})
