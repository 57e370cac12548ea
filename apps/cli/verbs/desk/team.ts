/** `salus desk team`: who stands behind a shared name. */
import type { Handle } from '@salus/base/ids'
import { foundTeam, setTeam } from '@salus/directory/device/team'
import { misuse } from '../../errors.ts'
import { teamDesk } from '../../team.ts'
import { handleFrom, list, option, type Verb } from '../../verb.ts'
import { device, withDesk } from './shared.ts'

export const team: Verb = {
  name: 'desk team',
  positionals: 'create|set',
  least: 1,
  options: [
    device,
    { name: 'name', value: 'NAME', words: { en: 'the new team’s name', fr: 'nom de la nouvelle équipe' } },
    { name: 'team', value: 'HANDLE', words: { en: 'which team to set', fr: 'équipe à modifier' } },
    { name: 'members', value: 'HANDLE,…', required: true, words: { en: 'all members', fr: 'tous les membres' } },
  ],
  words: { en: 'found a team, or set who is in it', fr: 'créer une équipe, ou fixer sa composition' },
  async run(args, screen) {
    const [what] = args.positionals
    const members: Handle[] = list(args, 'members').map(handleFrom)
    const [name, which] = [option(args, 'name'), option(args, 'team')]
    if (what !== 'create' && what !== 'set')
      throw misuse({ en: `“${what}” is neither create nor set.`, fr: `« ${what} » n’est ni create ni set.` })
    if (what === 'create' && !name) throw misuse({ en: '--name NAME is missing.', fr: 'Il manque --name NAME.' })
    if (what === 'set' && !which) throw misuse({ en: '--team HANDLE is missing.', fr: 'Il manque --team HANDLE.' })
    if (which && what === 'set') {
      const handle = handleFrom(which)
      const { newKey } = await withDesk(args, (at) => setTeam(teamDesk(at), handle, members))
      screen.say(screen.language === 'fr' ? 'Équipe à jour.' : 'Team set.')
      return { team: handle, members, newKey }
    }
    const made = await withDesk(args, (at) => foundTeam(teamDesk(at), name ?? '', members))
    screen.say(made)
    return { team: made, members }
  },
}
