/** Who stands behind a shared name: founding a team, members in and out. */
import type { Handle } from '@salus/base/ids'
import { Button } from '@salus/ui/web/button'
import { Dialog } from '@salus/ui/web/dialog'
import { Checks, Field } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useState } from 'react'
import type { Member, Team } from '../device/desk/staff.ts'
import { device } from '../device.ts'

const words = {
  title: { en: 'Teams', fr: 'Équipes' },
  help: {
    en: 'A patient can allow a team to read. Whoever leaves keeps the old key; the team then has a new one.',
    fr: 'Un patient peut autoriser une équipe à lire. Qui part garde l’ancienne clé ; l’équipe en a alors une nouvelle.',
  },
  none: {
    en: 'No team yet whose keys are in this browser.',
    fr: 'Aucune équipe dont les clés soient dans ce navigateur.',
  },
  found: { en: 'New team', fr: 'Nouvelle équipe' },
  name: { en: 'Name as patients will see it', fr: 'Nom affiché aux patients' },
  members: { en: 'Members', fr: 'Membres' },
  change: { en: 'Change the members', fr: 'Modifier les membres' },
  save: { en: 'Set the members', fr: 'Fixer les membres' },
  go: { en: 'Found the team', fr: 'Créer l’équipe' },
  newKey: { en: 'Somebody left: the team has a new key.', fr: 'Quelqu’un est parti : l’équipe a une nouvelle clé.' },
  making: { en: 'Making the keys', fr: 'Création des clés' },
}

type Pick = { readonly handle: Handle; readonly name: string }

/** The staff that may be chosen, and whoever is in the team already. */
const choicesOf = (people: readonly Pick[], there: readonly Pick[]) => {
  const all = new Map([...there, ...people].map((one) => [one.handle, one.name]))
  return [...all].map(([value, name]) => ({ value, words: name }))
}

function Changing({
  team,
  people,
  onDone,
}: {
  team: Team
  people: readonly Member[]
  onDone: (newKey: boolean) => void
}) {
  const { t } = useSpeech()
  const [members, setMembers] = useState<Handle[]>(team.members.map((one) => one.handle))
  const set = useDoing(
    () => device.setTeam(team.handle, members),
    ({ newKey }) => onDone(newKey),
  )
  return (
    <div className="stack">
      <Checks
        label={t(words.members)}
        value={members}
        onChange={setMembers}
        choices={choicesOf(people, team.members)}
      />
      <Failure error={set.error} />
      <Button look="main" wide busy={set.isPending} onPress={() => set.mutate(undefined)}>
        {t(words.save)}
      </Button>
    </div>
  )
}

function Founding({ people, onDone }: { people: readonly Member[]; onDone: () => void }) {
  const { t } = useSpeech()
  const [name, setName] = useState('')
  const [members, setMembers] = useState<Handle[]>([])
  const found = useDoing(() => device.foundTeam(name.trim(), members), onDone)
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        found.mutate(undefined)
      }}
    >
      <Field label={t(words.name)} value={name} onChange={setName} must focus />
      <Checks label={t(words.members)} value={members} onChange={setMembers} choices={choicesOf(people, [])} />
      <Failure error={found.error} />
      {found.isPending ? <Progress label={t(words.making)} /> : null}
      <Button type="submit" look="main" wide busy={found.isPending} off={name.trim() === '' || members.length === 0}>
        {t(words.go)}
      </Button>
    </form>
  )
}

/** The part of the staff page about teams; `people` are those who may be members. */
export function Teams({ people }: { people: readonly Member[] }) {
  const { t } = useSpeech()
  const all = useAsked(['desk-teams'], () => device.teams())
  const [open, setOpen] = useState<Team | 'new'>()
  const [newKey, setNewKey] = useState(false)
  const able = people.filter((one) => one.credential?.profession !== 'keeper')
  return (
    <>
      <h2>{t(words.title)}</h2>
      <p>{t(words.help)}</p>
      <div>
        <Button onPress={() => setOpen('new')}>{t(words.found)}</Button>
      </div>
      <Failure error={all.error} />
      {newKey ? <Notice>{t(words.newKey)}</Notice> : null}
      {all.data?.length === 0 ? <Empty>{t(words.none)}</Empty> : null}
      {all.data?.map((team) => (
        <Card key={team.handle} title={team.name}>
          <p>{team.members.map((one) => one.name).join(', ')}</p>
          <p className="faint">{team.handle}</p>
          <Button label={`${t(words.change)}: ${team.name}`} onPress={() => setOpen(team)}>
            {t(words.change)}
          </Button>
        </Card>
      ))}
      <Dialog
        title={open === 'new' || open === undefined ? t(words.found) : open.name}
        open={open !== undefined}
        onClose={() => setOpen(undefined)}
      >
        {open === 'new' ? <Founding people={able} onDone={() => setOpen(undefined)} /> : null}
        {open && open !== 'new' ? (
          <Changing
            team={open}
            people={able}
            onDone={(fresh) => {
              setNewKey(fresh)
              setOpen(undefined)
            }}
          />
        ) : null}
      </Dialog>
    </>
  )
}
