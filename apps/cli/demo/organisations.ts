/** The demonstration's organisations: invented, marked as samples. */
export const demoOrganisations = [
  { org: 'hopital-saint-roch', name: 'Hôpital Saint-Roch (sample)', kind: 'hospital', country: 'FR' },
  { org: 'cabinet-des-lilas', name: 'Cabinet des Lilas (sample)', kind: 'practice', country: 'FR' },
  { org: 'pharmacie-du-port', name: 'Pharmacie du Port (sample)', kind: 'pharmacy', country: 'FR' },
] as const

export const HOSPITAL = demoOrganisations[0].org

/** The demonstration's professionals: invented, marked as samples. `file` is their device's folder. */
export const demoProfessionals = [
  { file: 'dr-morel', org: 'hopital-saint-roch', name: 'Dr Camille Morel (sample)', profession: 'physician' },
  { file: 'nurse-adjani', org: 'hopital-saint-roch', name: 'Sacha Adjani (sample)', profession: 'nurse' },
  { file: 'dr-okafor', org: 'cabinet-des-lilas', name: 'Dr Noor Okafor (sample)', profession: 'physician' },
  { file: 'pharmacist-lindqvist', org: 'pharmacie-du-port', name: 'Eli Lindqvist (sample)', profession: 'pharmacist' },
] as const

export const demoTeam = { name: 'Cardiology (sample)', members: ['dr-morel', 'nurse-adjani'] } as const

/** The hospital's emergency keeper, and who of the samples has chosen emergency access. */
export const demoKeeper = 'Gardien des urgences, Saint-Roch (sample)'
export const demoChoosing = 'ines-delcourt'
