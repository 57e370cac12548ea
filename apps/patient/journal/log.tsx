/** Who saw what: every line with its proof, checked on this device. */
import { documentWords, purposeWords, statementWords } from '@salus/ui/vocabulary'
import { Button } from '@salus/ui/web/button'
import { categoriesOf } from '@salus/ui/web/categories'
import { Dialog } from '@salus/ui/web/dialog'
import { Select } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Empty, Facts, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { save } from '@salus/ui/web/record/files'
import { VirtualList } from '@salus/ui/web/record/virtual'
import { nameOf, placeOf, whoOf } from '@salus/ui/web/who'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useEffect, useState } from 'react'
import type { Line } from '../device/log.ts'
import { device } from '../device.ts'
import { Questioning, QuestionTag } from './question.tsx'

const words = {
  title: { en: 'Who saw what', fr: 'Qui a vu quoi' },
  lead: {
    en: 'Every line was signed by whoever did it, and stands in the hospital’s log where nobody can take it out unnoticed.',
    fr: 'Chaque ligne a été signée par son auteur et figure dans le journal de l’hôpital, d’où personne ne peut l’ôter sans que cela se voie.',
  },
  show: { en: 'Show', fr: 'Afficher' },
  opened: { en: 'who opened documents', fr: 'qui a ouvert des documents' },
  people: { en: 'what other people did', fr: 'ce que d’autres ont fait' },
  own: { en: 'what I did', fr: 'ce que j’ai fait' },
  machine: { en: 'what machines did (keys, releases)', fr: 'ce que des machines ont fait (clés, remises)' },
  all: { en: 'everything', fr: 'tout' },
  empty: {
    en: 'Nothing yet. Each time somebody opens something of yours, it stands here.',
    fr: 'Rien encore. Chaque ouverture d’un de vos documents apparaîtra ici.',
  },
  loading: { en: 'Checking the log', fr: 'Vérification du journal' },
  by: { en: 'signed by', fr: 'signé par' },
  check: { en: 'Check the proof', fr: 'Vérifier la preuve' },
  export: { en: 'Save the whole log (FHIR AuditEvent)', fr: 'Enregistrer tout le journal (AuditEvent FHIR)' },
  what: { en: 'What happened', fr: 'Ce qui s’est passé' },
  who: { en: 'Who', fr: 'Qui' },
  when: { en: 'When', fr: 'Quand' },
  team: { en: 'Team', fr: 'Équipe' },
  why: { en: 'Why', fr: 'Pourquoi' },
  which: { en: 'Which', fr: 'Lesquels' },
  proven: { en: 'Proven', fr: 'Prouvé' },
  provenMore: {
    en: 'Checked on this device: the statement is signed and stands in the log at this place.',
    fr: 'Vérifié sur cet appareil : l’acte est signé et figure à cette place du journal.',
  },
  witnessed: { en: 'Other organisations have cosigned this log.', fr: 'D’autres organismes ont cosigné ce journal.' },
  broken: { en: 'This proof does not hold', fr: 'Cette preuve ne tient pas' },
  brokenMore: {
    en: 'Save it and show it to somebody you trust: the log may have been altered.',
    fr: 'Enregistrez-la et montrez-la à une personne de confiance : le journal a pu être modifié.',
  },
  place: { en: 'Place in the log', fr: 'Place dans le journal' },
  of: { en: 'of', fr: 'sur' },
  log: { en: 'Log', fr: 'Journal' },
  saveProof: { en: 'Save the proof', fr: 'Enregistrer la preuve' },
  emergency: { en: 'emergency', fr: 'urgence' },
}

type Filter = 'opened' | 'people' | 'own' | 'machine' | 'all'
const fits: Readonly<Record<Filter, (line: Line) => boolean>> = {
  opened: (line) => line.opened || line.emergency,
  people: (line) => !line.own && !line.machine,
  own: (line) => line.own && !line.machine,
  machine: (line) => line.machine,
  all: () => true,
}

const whatOf = (type: string, t: (both: never) => string): string =>
  statementWords[type] ? t(statementWords[type] as never) : type

function LogRow({ line, onOpen }: { line: Line; onOpen: () => void }) {
  const speech = useSpeech()
  const { t, moment, count, pair } = speech
  const which = [
    line.count > 0 ? count(line.count, documentWords) : '',
    line.categories.length > 0 ? categoriesOf(line.categories, speech) : '',
    line.purpose && purposeWords[line.purpose] ? t(purposeWords[line.purpose] as never) : '',
  ].filter(Boolean)
  return (
    <div className={`line${line.emergency ? ' alert' : ''}`}>
      <span>
        <strong>{nameOf(line.who, speech)}</strong>
        <small>
          {placeOf(line.who, speech)}
          {line.team ? ` · ${t(words.team)} ${nameOf(line.team, speech)}` : ''}
        </small>
        <span>
          {whatOf(line.type, t as never)}
          {which.length > 0 ? ` · ${which.join(' · ')}` : ''}
        </span>
        <small>
          {moment(line.at)}
          {line.by ? ` · ${t(words.by)} ${nameOf(line.by, speech)}` : ''}
        </small>
      </span>
      <span className="row">
        {line.emergency ? <span className="tag alert">{t(words.emergency)}</span> : null}
        {line.question ? <QuestionTag question={line.question} /> : null}
        <Button
          look="quiet"
          onPress={onOpen}
          label={`${pair(t(words.check))} ${nameOf(line.who, speech)}, ${moment(line.at)}`}
        >
          {t(words.check)}
        </Button>
      </span>
    </div>
  )
}

function ProofOf({ line }: { line: Line }) {
  const speech = useSpeech()
  const { t, moment } = speech
  const proof = useAsked(['proof', line.number], () => device.verifyLine(line.number))
  return (
    <div className="stack">
      <Facts
        facts={[
          [t(words.who), whoOf(line.who, speech)] as const,
          ...(line.team ? [[t(words.team), nameOf(line.team, speech)] as const] : []),
          [t(words.what), whatOf(line.type, t as never)] as const,
          [t(words.when), moment(line.at)] as const,
          ...(line.purpose && purposeWords[line.purpose]
            ? [[t(words.why), t(purposeWords[line.purpose] as never)] as const]
            : []),
          ...(line.categories.length > 0 ? [[t(words.which), categoriesOf(line.categories, speech)] as const] : []),
        ]}
      />
      {proof.isPending ? <Progress label={t(words.check)} /> : null}
      <Failure error={proof.error} />
      {proof.data ? (
        <>
          {proof.data.state === 'broken' ? (
            <Notice tone="alarm" title={t(words.broken)}>
              {t(words.brokenMore)}
            </Notice>
          ) : (
            <Notice tone="good" title={t(words.proven)}>
              {t(words.provenMore)} {proof.data.state === 'witnessed' ? t(words.witnessed) : ''}
            </Notice>
          )}
          <Facts
            facts={[
              [t(words.log), proof.data.origin],
              [t(words.place), `${proof.data.index + 1} ${t(words.of)} ${proof.data.size}`],
            ]}
          />
          <div>
            <Button onPress={() => save(proof.data.file, 'salus-proof.json', 'application/json')}>
              {t(words.saveProof)}
            </Button>
          </div>
        </>
      ) : null}
    </div>
  )
}

/** The whole log, filtered. */
export function Log() {
  const { t } = useSpeech()
  const [filter, setFilter] = useState<Filter>('opened')
  const [number, setNumber] = useState<number>()
  const log = useAsked(['log'], () => device.log())
  const open = log.data?.find((one) => one.number === number)
  const loaded = log.data !== undefined
  useEffect(() => {
    // Without a network, or cut off on the way, the next look goes on.
    if (loaded) void device.keepProofs().catch(() => undefined)
  }, [loaded])
  const exporting = useDoing(
    () => device.exportLog(),
    (text) => save(text, 'salus-log.json', 'application/fhir+json'),
  )
  const shown = (log.data ?? []).filter(fits[filter])
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      <p>{t(words.lead)}</p>
      <Select
        label={t(words.show)}
        value={filter}
        onChange={(next) => setFilter(next as Filter)}
        choices={(['opened', 'people', 'own', 'machine', 'all'] as const).map((value) => ({
          value,
          words: t(words[value]),
        }))}
      />
      <Failure error={log.error ?? exporting.error} />
      {log.isPending ? <Progress label={t(words.loading)} /> : null}
      {log.data && shown.length === 0 ? <Empty>{t(words.empty)}</Empty> : null}
      <VirtualList
        items={shown}
        label={t(words.title)}
        keyOf={(one) => String(one.number)}
        estimate={120}
        draw={(one) => <LogRow line={one} onOpen={() => setNumber(one.number)} />}
      />
      <div>
        <Button busy={exporting.isPending} onPress={() => exporting.mutate(undefined)}>
          {t(words.export)}
        </Button>
      </div>
      <Dialog title={t(words.check)} open={open !== undefined} onClose={() => setNumber(undefined)}>
        {open ? <ProofOf line={open} /> : null}
        {open?.questionable ? <Questioning key={open.number} line={open} /> : null}
      </Dialog>
    </div>
  )
}
