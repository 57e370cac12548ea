/** The demonstration's organisations: invented, marked as samples. */
export const demoOrganisations = [
  { org: 'hopital-saint-roch', name: 'Hôpital Saint-Roch (sample)', kind: 'hospital', country: 'FR' },
  { org: 'cabinet-des-lilas', name: 'Cabinet des Lilas (sample)', kind: 'practice', country: 'FR' },
  { org: 'pharmacie-du-port', name: 'Pharmacie du Port (sample)', kind: 'pharmacy', country: 'FR' },
  { org: 'coeur-lab', name: 'Cœur Lab (sample)', kind: 'research', country: 'FR' },
  { org: 'calcul-sud', name: 'Calcul Sud (sample)', kind: 'laboratory', country: 'FR' },
  { org: 'methodes', name: 'Atelier des méthodes (sample)', kind: 'research', country: 'FR' },
  { org: 'tresor', name: 'Trésor du consortium (sample)', kind: 'authority', country: 'FR' },
] as const

/** Those that treat people: their desks are offered at the professionals’ door. */
export const demoCare = demoOrganisations.slice(0, 3)

/** Who one may be at the research door, and as what. */
export const demoResearch = [
  { org: 'coeur-lab', role: 'lab' },
  { org: 'hopital-saint-roch', role: 'hospital' },
  { org: 'cabinet-des-lilas', role: 'hospital' },
  { org: 'calcul-sud', role: 'host' },
] as const

export const HOSPITAL = demoOrganisations[0].org

/** The demonstration's professionals: invented, marked as samples. `file` is their device's folder. */
export const demoProfessionals = [
  { file: 'dr-morel', org: 'hopital-saint-roch', name: 'Dr Camille Morel (sample)', profession: 'physician' },
  { file: 'nurse-adjani', org: 'hopital-saint-roch', name: 'Sacha Adjani (sample)', profession: 'nurse' },
  { file: 'dr-okafor', org: 'cabinet-des-lilas', name: 'Dr Noor Okafor (sample)', profession: 'physician' },
  { file: 'pharmacist-lindqvist', org: 'pharmacie-du-port', name: 'Eli Lindqvist (sample)', profession: 'pharmacist' },
] as const

const demoTeam = { name: 'Cardiology (sample)', members: ['dr-morel', 'nurse-adjani'] } as const

/** The hospital's emergency keeper, and who of the samples has chosen emergency access. */
const demoKeeper = 'Gardien des urgences, Saint-Roch (sample)'
const demoChoosing = 'ines-delcourt'

export type SampleProfessional = {
  readonly file: string
  readonly org: string
  readonly name: string
  readonly profession: (typeof demoProfessionals)[number]['profession']
}

/** Who there is on one demonstration's node. */
export type Cast = {
  /** Whose desk takes the patients in. */
  readonly hospital: string
  /** Desks offered at the professionals' door. */
  readonly care: readonly { readonly org: string; readonly name: string }[]
  readonly professionals: readonly SampleProfessional[]
  /** Of the sample patients, by folder. */
  readonly patients: readonly string[]
  /** Leave the last patient's record to be claimed by whoever looks at it. */
  readonly toClaim: boolean
  readonly team?: { readonly name: string; readonly members: readonly string[] }
  /** The emergency keeper's name, and which patient has chosen emergency access. */
  readonly keeper?: { readonly name: string; readonly choosing: string }
}

/** The demonstration of one node. */
export const demoCast: Cast = {
  hospital: HOSPITAL,
  care: demoCare,
  professionals: demoProfessionals,
  patients: ['ines-delcourt', 'marc-ferrand', 'lou-bertrand', 'paul-renaud'],
  toClaim: true,
  team: demoTeam,
  keeper: { name: demoKeeper, choosing: demoChoosing },
}
