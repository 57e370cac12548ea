/** The map of the house (docs: architecture §2) as tables; architecture.test.ts holds the sources against them. */

/** Who may import whom: a package (all its faces) or one face; `device` adds what only a package's device files may. */
type Row = { readonly may: readonly string[]; readonly device?: readonly string[] }

/** What the web apps may use: every slice's nouns, rules and device, and no more of it. */
const inBrowser = [
  ...[
    'base',
    'crypto',
    'ui',
    'journal/contract',
    'journal/device',
    'journal/policy',
    'journal/statement',
    'journal/verify',
  ],
  ...[
    'directory/consortium',
    'directory/contract',
    'directory/device/*',
    'directory/endpoints',
    'directory/keyring',
    'directory/stores',
  ],
  ...['directory/matrix', 'directory/push/endpoints', 'grants/contract', 'grants/device', 'grants/endpoints'],
  ...['grants/epochs', 'grants/rules'],
  ...['grants/emergency/contract', 'grants/emergency/device', 'grants/emergency/endpoints', 'ledger/contract'],
  ...['grants/choices/contract', 'records/questions/contract'],
  ...['ledger/endpoints', 'ledger/live'],
  ...['records/audit', 'records/contract', 'records/device/*', 'records/endpoints', 'records/names', 'records/links/*'],
]

export const map: Readonly<Record<string, Row>> = {
  base: { may: [] },
  crypto: { may: ['base'] },
  fhir: { may: ['base'] },
  // Its cards draw what fhir/view tells, its fields are those of fhir/forms; it parses no resource and writes none.
  ui: { may: ['base', 'fhir/view', 'fhir/forms'] },
  journal: { may: ['base', 'crypto'] },
  ledger: { may: ['base', 'crypto'] },
  directory: { may: ['base', 'crypto', 'journal'] },
  // As narrow as what is used: directory does not need the ledger yet. Slices read of each other only
  // nouns and pure rules; a device also calls the other's device.
  grants: {
    may: ['base', 'crypto', 'journal', 'directory/contract', 'directory/keyring', 'directory/matrix'],
    device: ['directory/device/*'],
  },
  records: {
    may: [
      ...['base', 'crypto', 'journal', 'directory/contract', 'directory/keyring', 'directory/matrix', 'directory/name'],
      ...['fhir/contract', 'fhir/sort', 'grants/contract', 'grants/rules', 'grants/emergency/contract'],
      ...['grants/choices/contract', 'grants/choices/rules'],
    ],
    device: [
      ...['directory/consortium', 'directory/device/*', 'directory/endpoints', 'directory/stores'],
      ...['fhir/exact', 'fhir/ips', 'grants/device', 'grants/emergency/device', 'grants/choices/device'],
    ],
  },
  // All that is measured: it knows no ledger, no node and nobody's consent.
  enclave: { may: ['base', 'crypto'] },
  market: { may: ['base', 'crypto', 'journal', 'ledger', 'enclave'] },
  // Runs in browsers: devices, nouns and pure rules; nothing that a node runs.
  'web-app': { may: [...inBrowser] },
  'patient-app': { may: [...inBrowser, 'fhir', 'web-app'] },
  'professional-app': { may: [...inBrowser, 'fhir', 'web-app'] },
  // The market's devices, and of the enclave what a lab checks and opens.
  'research-app': {
    may: [
      ...[...inBrowser, 'web-app', 'market/contract', 'market/dataset/contract', 'market/inbox', 'market/overdue'],
      'market/alike',
      ...['market/audit', 'market/compare', 'market/dataset/synthetic', 'market/decision', 'market/described'],
      'market/device',
      ...['market/endpoints', 'market/fitted', 'market/lab', 'market/offer', 'market/signed', 'market/table'],
      'enclave/analysis',
      ...['enclave/analyses/manifest', 'enclave/deal', 'enclave/task/result'],
    ],
  },
  'node-app': {
    may: [
      ...['base', 'crypto', 'journal', 'ledger', 'directory', 'grants', 'records', 'ui', 'web-app/headers'],
      ...['market/ledger', 'market/endpoints', 'market/store', 'web-app/doors'],
    ],
  },
  // Holds keys and believes no node: nouns, pure rules and devices, nothing that a node runs.
  'keeper-app': {
    may: [
      ...['base', 'crypto', 'journal/contract', 'journal/device', 'journal/statement', 'journal/verify'],
      ...['directory/consortium', 'directory/contract', 'directory/device/*', 'directory/keyring', 'directory/matrix'],
      ...['grants/contract', 'grants/emergency/contract', 'grants/emergency/endpoints', 'grants/emergency/rules'],
      ...['records/device/*', 'records/endpoints'],
    ],
  },
  cli: {
    may: [
      ...['base', 'crypto', 'fhir', 'ui', 'journal/contract', 'journal/device', 'journal/policy', 'journal/proof'],
      ...['journal/statement', 'journal/verify', 'directory/consortium', 'directory/contract', 'directory/device/*'],
      ...['directory/endpoints', 'directory/keyring', 'directory/matrix', 'directory/stores', 'grants/contract'],
      'grants/device',
      ...['grants/endpoints', 'records/contract', 'records/endpoints', 'records/device/*'],
      ...[
        'grants/emergency/contract',
        'grants/emergency/device',
        'grants/emergency/endpoints',
        'grants/choices/contract',
        'records/questions/contract',
        'keeper-app',
        'web-app',
        'market',
        'enclave',
      ],
      // The verbs of whoever runs the node host it.
      ...[
        'node-app/backup',
        'node-app/comet',
        'node-app/compose',
        'node-app/consortium',
        'node-app/doctor',
        'node-app/erased',
        'node-app/evidence',
        'node-app/found',
        'node-app/founding',
        'node-app/followed',
        'node-app/proposal',
        'node-app/listen',
        'node-app/joining',
        'node-app/migrate',
        'node-app/rekey',
        'node-app/renewal',
        'node-app/succeeded',
        'node-app/successor',
        'node-app/production',
      ],
      ...['node-app/regain', 'node-app/rebuild', 'node-app/testing', 'node-app/upgrade'],
      // Several hospitals on one machine: CometBFT's own process beside each node.
      ...[
        'ledger/comet/binary',
        'ledger/comet/engine',
        'ledger/comet/home',
        'ledger/comet/process',
        'ledger/comet/rpc',
        'ledger/comet/wire',
      ],
      // Its benches measure parts of a node alone.
      ...[
        'journal/entry',
        'journal/testing',
        'ledger/contract',
        'ledger/device',
        'ledger/embedded',
        'ledger/endpoints',
        'ledger/samples',
      ],
    ],
  },
}

/** Faces that run in a browser, by name or all but some. What they import, however far, must run there too. */
export const browser: Readonly<Record<string, { faces: readonly string[] } | { allBut: readonly string[] }>> = {
  base: { allBut: ['sqlite', 'testing', 'whole'] },
  crypto: { allBut: ['verify', 'stream', 'testing'] },
  fhir: { allBut: ['file', 'validate', 'testing'] },
  ui: { allBut: [] },
  'web-app': { allBut: ['build', 'testing'] },
  journal: {
    faces: ['contract', 'statement', 'entry', 'note', 'proof', 'policy', 'verify', 'device', 'replica', 'stop'],
  },
  ledger: { faces: ['contract', 'device', 'endpoints', 'live'] },
  enclave: { faces: ['analysis', 'analyses/manifest', 'deal', 'task/result'] },
  market: {
    faces: [
      'alike',
      ...['audit', 'broker/delivery', 'compare', 'contract', 'dataset/contract', 'dataset/synthetic', 'decision'],
      ...['described', 'inbox', 'overdue'],
      ...['device', 'endpoints', 'fitted', 'lab', 'offer', 'signed', 'table'],
    ],
  },
  directory: {
    faces: [
      'contract',
      'keyring',
      'matrix',
      'name',
      'consortium',
      'rules',
      'code',
      'push/endpoints',
      'stores',
      'device/*',
    ],
  },
  grants: {
    faces: [
      ...['contract', 'rules', 'epochs', 'device', 'emergency/contract', 'emergency/rules', 'emergency/endpoints'],
      'emergency/device',
      ...['choices/contract', 'choices/rules', 'choices/device'],
    ],
  },
  records: {
    faces: [
      'contract',
      'document',
      'rules',
      'names',
      'audit',
      'consent',
      'proposal',
      'links/contract',
      'links/endpoints',
      'links/format',
      'questions/contract',
      'questions/endpoints',
      'device/*',
    ],
  },
}
