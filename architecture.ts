/** The map of the house (docs: architecture §2) as tables; architecture.test.ts holds the sources against them. */

/** Who may import whom: a package (all its faces) or one face; `device` adds what only a package's device files may. */
type Row = { readonly may: readonly string[]; readonly device?: readonly string[] }

export const map: Readonly<Record<string, Row>> = {
  base: { may: [] },
  crypto: { may: ['base'] },
  fhir: { may: ['base'] },
  ui: { may: ['base'] },
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
      ...['base', 'crypto', 'journal', 'directory/contract', 'directory/keyring', 'directory/matrix'],
      ...['fhir/contract', 'fhir/sort', 'grants/contract', 'grants/rules', 'grants/emergency/contract'],
    ],
    device: [
      ...['directory/consortium', 'directory/device/*', 'directory/endpoints'],
      ...['fhir/exact', 'fhir/ips', 'grants/device', 'grants/emergency/device'],
    ],
  },
  'node-app': { may: ['base', 'crypto', 'journal', 'ledger', 'directory', 'grants', 'records', 'ui'] },
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
      ...['directory/endpoints', 'directory/keyring', 'directory/matrix', 'grants/contract', 'grants/device'],
      ...['grants/endpoints', 'records/contract', 'records/endpoints', 'records/device/*'],
      ...['grants/emergency/contract', 'grants/emergency/device', 'grants/emergency/endpoints', 'keeper-app'],
      // The verbs of whoever runs the node host it.
      ...[
        'node-app/backup',
        'node-app/compose',
        'node-app/doctor',
        'node-app/erased',
        'node-app/evidence',
        'node-app/found',
        'node-app/founding',
        'node-app/followed',
        'node-app/proposal',
        'node-app/listen',
        'node-app/production',
      ],
      ...['node-app/rebuild', 'node-app/testing', 'node-app/upgrade'],
      // Its benches measure parts of a node alone.
      ...['journal/entry', 'journal/testing', 'ledger/embedded', 'ledger/samples'],
    ],
  },
}

/** Faces that run in a browser, by name or all but some. What they import, however far, must run there too. */
export const browser: Readonly<Record<string, { faces: readonly string[] } | { allBut: readonly string[] }>> = {
  base: { allBut: ['sqlite', 'testing', 'whole'] },
  crypto: { allBut: ['verify', 'testing'] },
  fhir: { allBut: ['file', 'validate', 'testing'] },
  ui: { allBut: [] },
  journal: { faces: ['contract', 'statement', 'entry', 'note', 'proof', 'policy', 'verify', 'device'] },
  ledger: { faces: ['contract', 'device'] },
  directory: { faces: ['contract', 'keyring', 'matrix', 'consortium', 'rules', 'code', 'device/*'] },
  grants: {
    faces: [
      ...['contract', 'rules', 'epochs', 'device', 'emergency/contract', 'emergency/rules', 'emergency/endpoints'],
      'emergency/device',
    ],
  },
  records: { faces: ['contract', 'document', 'rules', 'names', 'audit', 'consent', 'proposal', 'device/*'] },
}
