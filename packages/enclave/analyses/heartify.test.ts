import { test } from 'node:test'
import { needsShared } from '@salus/base/testing'
import { CLEAN, meets, RAW } from './agree.ts'
import { cardio, csv, heartify, reference, UCI_SITES, uci } from './testing.ts'

const DATA = needsShared('data/cardio')
const ill = { column: 'num', op: 'gt', value: 0 }
const ranges = { trestbps: { min: 1 }, chol: { min: 1 } }
const numbers = (names: string) => names.split(' ').map((column) => ({ column }))
const mixed = (names: string) =>
  names.split(' ').map((name) => (name.endsWith('*') ? { column: name.slice(0, -1), as: 'factor' } : { column: name }))
const six = 'age sex trestbps thalach exang oldpeak'
const hospitals = () => UCI_SITES.map(uci)

const models: readonly (readonly [string, () => Promise<unknown>, typeof CLEAN])[] = [
  [
    'uci_pooled_site',
    () => heartify({ outcome: ill, terms: numbers(six), site: 'factor', ranges }, hospitals()),
    CLEAN,
  ],
  ['uci_pooled_nosite', () => heartify({ outcome: ill, terms: numbers(six), ranges }, hospitals()), CLEAN],
  [
    'uci_pooled_site_factors',
    () =>
      heartify(
        { outcome: ill, terms: mixed('age sex cp* trestbps thalach exang oldpeak'), site: 'factor', ranges },
        hospitals(),
      ),
    CLEAN,
  ],
  [
    'uci_cleveland_numeric8',
    () =>
      heartify({ outcome: ill, terms: numbers('age sex trestbps chol fbs thalach exang oldpeak') }, [uci('cleveland')]),
    CLEAN,
  ],
  [
    'uci_cleveland_codes13',
    () =>
      heartify(
        { outcome: ill, terms: numbers('age sex cp trestbps chol fbs restecg thalach exang oldpeak slope ca thal') },
        [uci('cleveland')],
      ),
    CLEAN,
  ],
  [
    'uci_cleveland_factors',
    () =>
      heartify(
        { outcome: ill, terms: mixed('age sex cp* trestbps chol fbs restecg* thalach exang oldpeak slope* ca thal*') },
        [uci('cleveland')],
      ),
    CLEAN,
  ],
  [
    'chdage',
    () =>
      heartify({ outcome: { column: 'chd', op: 'eq', value: 1 }, terms: numbers('age') }, [csv('small/chdage.csv')]),
    CLEAN,
  ],
  [
    'cardio_train_raw11',
    () =>
      heartify(
        {
          outcome: { column: 'cardio', op: 'eq', value: 1 },
          terms: numbers('age gender height weight ap_hi ap_lo cholesterol gluc smoke alco active'),
        },
        [cardio()],
      ),
    RAW,
  ],
  [
    'cardio_train_clean',
    () =>
      heartify(
        {
          outcome: { column: 'cardio', op: 'eq', value: 1 },
          terms: [
            { column: 'age', name: 'age_years', per: 365.25 },
            ...mixed('male bmi ap_hi ap_lo cholesterol* gluc* smoke alco active'),
          ],
          filter: [
            { column: 'ap_hi', op: 'gt', than: 'ap_lo' },
            ...['height', 'weight'].flatMap((column) => [
              { column, op: 'ge', value: column === 'height' ? 120 : 30 },
              { column, op: 'le', value: column === 'height' ? 220 : 200 },
            ]),
          ],
          ranges: { ap_hi: { min: 70, max: 250 }, ap_lo: { min: 40, max: 150 } },
        },
        [cardio()],
      ),
    CLEAN,
  ],
]

for (const [name, run, tolerance] of models)
  test(`H2 ${name}: every figure is the reference's`, DATA, async () => {
    meets(await run(), reference(name), tolerance)
  })
