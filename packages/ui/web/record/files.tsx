/** The files inside a document: images, PDF, DICOM open here; anything else is saved, never run. */
import { fromBase64 } from '@salus/base/bytes'
import type { Attachment } from '@salus/fhir/view/types'
import { lazy, Suspense, useEffect, useState } from 'react'
import { Button } from '../button.tsx'
import { useSpeech } from '../language.tsx'
import { Card, Notice, Progress } from '../notice.tsx'

const words = {
  files: { en: 'Files', fr: 'Fichiers' },
  file: { en: 'File', fr: 'Fichier' },
  save: { en: 'Save', fr: 'Enregistrer' },
  opening: { en: 'Opening the file', fr: 'Ouverture du fichier' },
  elsewhere: { en: 'This file is not in the record itself.', fr: 'Ce fichier n’est pas dans le dossier lui-même.' },
  unreadable: { en: 'This file cannot be shown.', fr: 'Ce fichier ne peut pas être affiché.' },
}

const Pdf = lazy(async () => ({ default: (await import('./pdf.tsx')).Pdf }))
const Dicom = lazy(async () => ({ default: (await import('./dicom.tsx')).Dicom }))

/** What the platform's own decoder may be given: never SVG or HTML, which can act. */
const pictures: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])

function bytesOf(data: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return fromBase64(data)
  } catch {
    return undefined
  }
}

/** Saves bytes under a name, as a file of no type that opens by itself. */
export function save(bytes: BlobPart, name: string, type = 'application/octet-stream'): void {
  const url = URL.createObjectURL(new Blob([bytes], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

function Picture({ bytes, type, title }: { bytes: Uint8Array<ArrayBuffer>; type: string; title: string }) {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([bytes], { type }))
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [bytes, type])
  return url ? <img className="picture" src={url} alt={title} /> : null
}

const saved: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'application/dicom': 'dcm',
  'text/plain': 'txt',
}

function File({ attachment }: { attachment: Attachment }) {
  const { t } = useSpeech()
  const { contentType, data } = attachment
  const title = attachment.title || t(words.file)
  const [bytes] = useState(() => (data ? bytesOf(data) : undefined))
  if (!data) return <Notice>{t(words.elsewhere)}</Notice>
  if (!bytes) return <Notice tone="warn">{t(words.unreadable)}</Notice>
  return (
    <div className="stack">
      <h3>{title}</h3>
      <Suspense fallback={<Progress label={t(words.opening)} />}>
        {pictures.has(contentType) ? <Picture bytes={bytes} type={contentType} title={title} /> : null}
        {contentType === 'application/pdf' ? <Pdf bytes={bytes} title={title} /> : null}
        {contentType === 'application/dicom' ? <Dicom bytes={bytes} title={title} /> : null}
        {contentType.startsWith('text/plain') ? <pre>{new TextDecoder().decode(bytes)}</pre> : null}
      </Suspense>
      <div>
        <Button onPress={() => save(bytes, `salus.${saved[contentType] ?? 'bin'}`)}>{t(words.save)}</Button>
      </div>
    </div>
  )
}

/** Nothing where there are none. */
export function Files({ attachments }: { attachments: readonly Attachment[] }) {
  const { t } = useSpeech()
  if (attachments.length === 0) return null
  return (
    <Card title={t(words.files)}>
      {attachments.map((one, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: files have no names of their own and never change places
        <File key={i} attachment={one} />
      ))}
    </Card>
  )
}
