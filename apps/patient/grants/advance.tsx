/** Choices in advance beside emergencies: which research may use the record, and people whose requests are refused. */
import { type ResearchPurpose, researchPurposes } from '@salus/grants/choices/contract'
import { researchWords } from '@salus/ui/vocabulary'
import { Button } from '@salus/ui/web/button'
import { Checks } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { nameOf, placeOf } from '@salus/ui/web/who'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useState } from 'react'
import type { AdvanceChoices } from '../device/choices.ts'
import { device } from '../device.ts'

const words = {
  research: { en: 'Research', fr: 'Recherche' },
  lead: {
    en: 'What you do not tick stays closed to research. You can change this at any time; what was computed before stays.',
    fr: 'Ce que vous ne cochez pas reste fermé à la recherche. Modifiable à tout moment ; ce qui a été calculé avant reste.',
  },
  which: { en: 'Research that may use my record', fr: 'Recherches qui peuvent utiliser mon dossier' },
  save: { en: 'Save my choice', fr: 'Enregistrer mon choix' },
  saved: { en: 'Your choice is signed and stands from now on.', fr: 'Votre choix est signé et vaut désormais.' },
  blocked: { en: 'People whose requests are refused', fr: 'Personnes dont les demandes sont refusées' },
  nobody: {
    en: 'Nobody. When you say no to a request, you can also refuse all later ones from that person.',
    fr: 'Personne. En refusant une demande, vous pouvez aussi refuser toutes les suivantes de cette personne.',
  },
  truth: {
    en: 'They are told that a request was refused beforehand, not why. A permission that stands is taken back under Permissions.',
    fr: 'On leur dit que la demande a été refusée d’avance, pas pourquoi. Une autorisation en cours se retire dans Autorisations.',
  },
  lift: { en: 'Take requests again', fr: 'Recevoir à nouveau' },
  loading: { en: 'Looking at your choices', fr: 'Lecture de vos choix' },
}

const useChoices = () => useAsked(['advance-choices'], () => device.advanceChoices())

function Choosing({ made }: { made: AdvanceChoices }) {
  const { t } = useSpeech()
  const [chosen, setChosen] = useState<ResearchPurpose[]>([...made.research])
  const save = useDoing(() => device.allowResearch(chosen))
  return (
    <div className="stack">
      <Checks
        label={t(words.which)}
        value={chosen}
        onChange={setChosen}
        choices={researchPurposes.map((value) => ({
          value,
          words: researchWords[value] ? t(researchWords[value]) : value,
        }))}
      />
      <Failure error={save.error} />
      {save.isSuccess ? <Notice tone="good">{t(words.saved)}</Notice> : null}
      <div>
        <Button look="main" busy={save.isPending} onPress={() => save.mutate(undefined)}>
          {t(words.save)}
        </Button>
      </div>
    </div>
  )
}

/** Research, purpose by purpose. */
export function Research() {
  const { t } = useSpeech()
  const choices = useChoices()
  return (
    <Card title={t(words.research)}>
      <div className="stack">
        <p>{t(words.lead)}</p>
        <Failure error={choices.error} />
        {choices.isPending ? <Progress label={t(words.loading)} /> : null}
        {choices.data ? <Choosing made={choices.data} /> : null}
      </div>
    </Card>
  )
}

/** Who is blocked, each with a way back. */
export function Blocked() {
  const speech = useSpeech()
  const { t } = speech
  const choices = useChoices()
  const lift = useDoing((handle: string) => device.unblockPerson(handle))
  const blocked = choices.data?.blocked ?? []
  return (
    <Card title={t(words.blocked)}>
      <div className="stack">
        {choices.data && blocked.length === 0 ? <Empty>{t(words.nobody)}</Empty> : <p>{t(words.truth)}</p>}
        <Failure error={lift.error} />
        <ul className="list">
          {blocked.map((one) => (
            <li key={one.id} className="line">
              <span>
                <strong>{nameOf(one, speech)}</strong>
                <small>{placeOf(one, speech)}</small>
              </span>
              <Button
                busy={lift.isPending}
                label={`${t(words.lift)}: ${nameOf(one, speech)}`}
                onPress={() => lift.mutate(one.id)}
              >
                {t(words.lift)}
              </Button>
            </li>
          ))}
        </ul>
      </div>
    </Card>
  )
}
