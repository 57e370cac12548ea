/** `salus open-link`: what somebody was given a SMART Health Link for. No account, no device. */
import { text } from '@salus/base/bytes'
import { isAppError } from '@salus/base/errors'
import { parseExact } from '@salus/fhir/exact'
import { openLink, wantsPasscode } from '@salus/records/device/openlink'
import { withHint } from '../errors.ts'
import { checkWritable, writeOutput } from '../files.ts'
import { option, type Verb } from '../verb.ts'

/** How many tries are left is said to the one who types. */
function tellTries(error: unknown): never {
  if (isAppError(error) && error.code === 'passcode-wrong') {
    const left = String(error.facts.remainingAttempts)
    throw withHint(error, { en: `Tries left: ${left}.`, fr: `Essais restants : ${left}.` })
  }
  throw error
}

export const openLinkVerb: Verb = {
  name: 'open-link',
  options: [
    { name: 'out', value: 'FILE', words: { en: 'write the FHIR document here', fr: 'écrire le document FHIR ici' } },
  ],
  words: {
    en: 'open a SMART Health Link: the link, your name and its passcode are asked for',
    fr: 'ouvrir un SMART Health Link : le lien, votre nom et son code sont demandés',
  },
  async run(args, screen) {
    const out = option(args, 'out')
    await checkWritable(out)
    const fr = screen.language === 'fr'
    const link = await screen.ask(fr ? 'Lien :' : 'Link:', 'hidden')
    const wanted = wantsPasscode(link)
    const recipient = await screen.ask(
      fr ? 'Qui ouvre (le patient le lira) :' : 'Who opens it (the patient will read this):',
    )
    const passcode = wanted ? await screen.ask(fr ? 'Code :' : 'Passcode:', 'hidden') : undefined
    const opening = {
      recipient: recipient.normalize('NFC') || (fr ? 'non dit' : 'not said'),
      fetch,
      ...(passcode === undefined ? {} : { passcode }),
    }
    const { files, label } = await openLink(link, opening).catch(tellTries)
    const [first] = files
    if (label) screen.say(label)
    screen.say(fr ? `${files.length} document(s) ouvert(s)` : `${files.length} document(s) opened`)
    if (out && first) await writeOutput(out, first.bytes)
    const shown = out ? { file: out } : { documents: files.map(({ bytes }) => parseExact(text(bytes))) }
    return { contentTypes: files.map((one) => one.contentType), ...(label ? { label } : {}), ...shown }
  },
}
