/** Where each of the 146 R4 resource types is filed (architecture §7). Data only; `sort.ts` refines five of them. */
import type { Filing } from '@salus/base/categories'

/** `none`: fits no category (definitions, messages, infrastructure), so it goes to documents and is counted. */
export type Home = Filing | 'none'

const rows: Readonly<Record<Home, string>> = {
  allergies: 'AllergyIntolerance',
  problems:
    'AdverseEvent BodyStructure ClinicalImpression Condition DetectedIssue FamilyMemberHistory Flag RiskAssessment',
  medications:
    'Medication MedicationAdministration MedicationDispense MedicationKnowledge MedicationRequest MedicationStatement',
  procedures: 'BiologicallyDerivedProduct Procedure',
  devices:
    'Device DeviceDefinition DeviceMetric DeviceRequest DeviceUseStatement SupplyDelivery SupplyRequest VisionPrescription',
  immunizations: 'Immunization ImmunizationEvaluation ImmunizationRecommendation',
  results: 'DiagnosticReport MolecularSequence Observation Specimen',
  imaging: 'ImagingStudy Media',
  visits: 'Appointment AppointmentResponse Encounter EpisodeOfCare Schedule Slot',
  plans: 'CarePlan CareTeam CommunicationRequest Goal GuidanceResponse NutritionOrder RequestGroup ServiceRequest Task',
  directives: 'Consent',
  documents: 'Binary Communication Composition DocumentManifest DocumentReference',
  administrative:
    'Account AuditEvent ChargeItem Claim ClaimResponse Contract Coverage CoverageEligibilityRequest ' +
    'CoverageEligibilityResponse EnrollmentRequest EnrollmentResponse ExplanationOfBenefit InsurancePlan Invoice ' +
    'MeasureReport PaymentNotice PaymentReconciliation Provenance Questionnaire QuestionnaireResponse ' +
    'ResearchSubject VerificationResult',
  people:
    'Endpoint HealthcareService Location Organization OrganizationAffiliation Patient Person Practitioner ' +
    'PractitionerRole RelatedPerson',
  vitals: '',
  social: '',
  pregnancy: '',
  none:
    'ActivityDefinition Basic Bundle CapabilityStatement CatalogEntry ChargeItemDefinition CodeSystem ' +
    'CompartmentDefinition ConceptMap EffectEvidenceSynthesis EventDefinition Evidence EvidenceVariable ' +
    'ExampleScenario GraphDefinition Group ImplementationGuide Library Linkage List Measure MedicinalProduct ' +
    'MedicinalProductAuthorization MedicinalProductContraindication MedicinalProductIndication ' +
    'MedicinalProductIngredient MedicinalProductInteraction MedicinalProductManufactured MedicinalProductPackaged ' +
    'MedicinalProductPharmaceutical MedicinalProductUndesirableEffect MessageDefinition MessageHeader NamingSystem ' +
    'ObservationDefinition OperationDefinition OperationOutcome Parameters PlanDefinition ResearchDefinition ' +
    'ResearchElementDefinition ResearchStudy RiskEvidenceSynthesis SearchParameter SpecimenDefinition ' +
    'StructureDefinition StructureMap Subscription Substance SubstanceNucleicAcid SubstancePolymer ' +
    'SubstanceProtein SubstanceReferenceInformation SubstanceSourceMaterial SubstanceSpecification ' +
    'TerminologyCapabilities TestReport TestScript ValueSet',
}

/** Type -> home, for every R4 type and no other (a test compares it with HL7's own list). */
export const homes: ReadonlyMap<string, Home> = new Map(
  (Object.keys(rows) as Home[]).flatMap((home) =>
    rows[home]
      .split(' ')
      .filter(Boolean)
      .map((type) => [type, home] as const),
  ),
)

/** Is `type` a resource type of FHIR R4 (4.0.1)? */
export const isResourceType = (type: unknown): type is string => typeof type === 'string' && homes.has(type)
