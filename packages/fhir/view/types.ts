/** What a person reads of a FHIR resource: plain data in one language, for cards, lists, curves and a search box. */

/** A number as its author wrote it, with what it is compared with. `key` is the same for the same test everywhere. */
export type Measure = {
  readonly title: string
  /** `system|code`; the folded title where there is no code. */
  readonly key: string
  /** Everything in words: `< 5.0 mmol/L`, `positive`; '' where there is none. */
  readonly value: string
  /** For curves; absent where the value is no number. */
  readonly number?: number
  /** The digits as written (5.0 is not 5), with `<` or `>` before them where the author wrote one. */
  readonly digits?: string
  readonly unit?: string
  readonly range?: Range
  readonly flag?: Flag
}

/** What is normal, in the unit of the value. */
export type Range = { readonly low?: number; readonly high?: number; readonly text: string }

/** `abnormal`: the author says so and not in which direction. */
export type Flag = 'low' | 'high' | 'critical' | 'abnormal' | 'normal'

/** One line of a card. `date` (and `until`) stand beside a text that is a date as FHIR writes it: screens format it. */
export type Fact = { readonly label: string; readonly text: string; readonly date?: string; readonly until?: string }

/** A file inside a resource. `data` is base64 as it stands: whoever shows it decodes it, by an allow-list of types. */
export type Attachment = {
  /** Lower case, without parameters; '' where the author gave none. */
  readonly contentType: string
  readonly title: string
  /** Bytes. */
  readonly size?: number
  readonly data?: string
  /** https, urn, or a relative reference to another record; never anything that acts. */
  readonly url?: string
}

export type Code = { readonly system: string; readonly code: string }

export type Status = { readonly code: string; readonly text: string }

/** What every view tells. */
export type Seen = {
  /** resourceType */
  readonly type: string
  /** What it is, in a word of the language: Prescription, Result, Allergy ... */
  readonly label: string
  readonly title: string
  /** When it was, as FHIR writes it: a year, a month, a day or an instant. */
  readonly date?: string
  /** Where it lasted: its end. */
  readonly until?: string
  readonly status?: Status
  /** All else worth reading, in order; what the typed fields hold stands here too. */
  readonly facts: readonly Fact[]
  /** Notes of the author as plain text, lines kept. */
  readonly note?: string
  readonly codes: readonly Code[]
  /** Tagged as the patient's own word (PATAST). A tag is a claim: who signed the record is told by its signature. */
  readonly selfReported: boolean
  /** Its author took it back (`entered-in-error`). */
  readonly mistaken: boolean
  readonly attachments: readonly Attachment[]
}

type Of<Kind extends string, Fields = unknown> = Seen & { readonly kind: Kind } & Fields

export type Prescription = Of<
  'prescription',
  {
    readonly medication: string
    /** One sentence for each dosage. */
    readonly dosage: readonly string[]
    readonly quantity?: string
    /** How many times it may be handed out again. */
    readonly refills?: number
    readonly prescriber?: string
    readonly reason?: string
    readonly validity?: { readonly start?: string; readonly end?: string }
  }
>
export type Dispense = Of<
  'dispense',
  {
    readonly medication: string
    readonly dosage: readonly string[]
    readonly quantity?: string
    readonly dispenser?: string
    /** References of the prescriptions it answers (`reference`, else `system|value`). */
    readonly prescriptions: readonly string[]
  }
>
export type Medication = Of<'medication', { readonly medication: string; readonly dosage: readonly string[] }>
export type Result = Of<'result', Measure & { readonly components: readonly Measure[] }>
export type Report = Of<
  'report',
  {
    /** What it sums up: the reference and its words. */
    readonly results: readonly { readonly reference: string; readonly text: string }[]
    readonly conclusion?: string
  }
>
export type Allergy = Of<
  'allergy',
  {
    readonly substance: string
    readonly criticality?: 'low' | 'high' | 'unable-to-assess'
    readonly severity?: 'mild' | 'moderate' | 'severe'
    readonly reactions: readonly string[]
    /** Nobody may miss it: high criticality or a severe reaction, and neither refuted nor taken back nor over. */
    readonly alert: boolean
  }
>
export type Problem = Of<'problem', { readonly severity?: string; readonly active: boolean }>
export type Immunization = Of<'immunization', { readonly vaccine: string; readonly lot?: string }>
export type Visit = Of<'visit', { readonly reason?: string }>
export type Plan = Of<'plan', { readonly steps: readonly string[] }>
export type Document = Of<
  'document',
  { readonly author?: string; readonly sections: readonly { readonly title: string; readonly text: string }[] }
>
export type Image = Of<'image', { readonly modality?: string; readonly images?: number }>
export type Person = Of<'person', { readonly name: string; readonly birthDate?: string; readonly gender?: string }>

/** A resource as it is read; `kind` says which card shows it. */
export type View =
  | Prescription
  | Dispense
  | Medication
  | Result
  | Report
  | Allergy
  | Problem
  | Of<'procedure'>
  | Immunization
  | Of<'device'>
  | Visit
  | Plan
  | Of<'order'>
  | Document
  | Image
  | Person
  | Of<'other'>

export type ViewKind = View['kind']
