/** How a node is run here, as the environment says; what is set by halves, or to a word that means nothing, is misuse. */
import { systemClock } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { isFounded, isUnfinished } from '@salus/node-app/found'
import { type Mode, readMode } from '@salus/node-app/production'
import { misuse } from './errors.ts'

/** Where the node's folder is. */
export const dataFolder = (): string => process.env.SALUS_DATA || 'data'

/** The same, with a node in it. */
export function foundedFolder(): string {
  const dir = dataFolder()
  if (isUnfinished(dir)) throw new AppError('founding-unfinished')
  if (!isFounded(dir)) throw new AppError('node-missing')
  return dir
}

export function modeFromEnvironment(): Mode {
  const { SALUS_TLS_CERT: cert, SALUS_TLS_KEY: key, SALUS_MODE: mode, SALUS_PROXY: proxy } = process.env
  if (Boolean(cert) !== Boolean(key)) {
    throw misuse({
      en: 'SALUS_TLS_CERT and SALUS_TLS_KEY go together: one of them is not set.',
      fr: 'SALUS_TLS_CERT et SALUS_TLS_KEY vont ensemble : l’un des deux manque.',
    })
  }
  // A typing error here would start a demonstration where people's records are.
  if (mode && mode !== 'production') {
    throw misuse({ en: 'SALUS_MODE knows one word: production.', fr: 'SALUS_MODE ne connaît qu’un mot : production.' })
  }
  if (proxy && proxy !== 'declared') {
    throw misuse({ en: 'SALUS_PROXY knows one word: declared.', fr: 'SALUS_PROXY ne connaît qu’un mot : declared.' })
  }
  return readMode(process.env, dataFolder())
}

/** Where a new node's folder and keys go, and when it begins. In production its keys lie apart from the first day. */
export function newNodePlaces() {
  const mode = modeFromEnvironment()
  const { dir, keys } = placesOf(mode)
  if (mode.production && !keys) {
    throw misuse({
      en: 'In production the node’s keys lie in a folder apart: set SALUS_KEYS.',
      fr: 'En production, les clés du nœud sont dans un dossier à part : indiquez SALUS_KEYS.',
    })
  }
  return { dir, ...(keys ? { keys } : {}), now: systemClock() }
}

/** What a node over this folder is opened with. */
export const placesOf = ({ dir, keys, erased }: Mode) => ({ dir, erased, ...(keys ? { keys } : {}) })
