/** A question that has to be answered before anything else: the focus goes there, and comes back. */
import type { ReactNode } from 'react'
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { Button } from './button.tsx'
import { useSpeech } from './language.tsx'

const words = { close: { en: 'Close', fr: 'Fermer' } }

/** Open while `open`; its button, Escape and a press outside close it. */
export function Dialog({
  title,
  open,
  onClose,
  children,
}: {
  title: string
  open: boolean
  onClose: () => void
  children: ReactNode
}) {
  const { t } = useSpeech()
  const close = t(words.close)
  // The way out that only a screen reader meets says the same word as the one that is seen.
  const alike = (modal: HTMLElement | null) => {
    for (const one of modal?.querySelectorAll('button[tabindex="-1"]') ?? []) {
      if (!one.closest('.dialog')) one.setAttribute('aria-label', close)
    }
  }
  return (
    <ModalOverlay className="overlay" isDismissable isOpen={open} onOpenChange={(next) => !next && onClose()}>
      <Modal className="modal" ref={alike}>
        <AriaDialog className="dialog">
          <header className="dialog-head">
            <Heading slot="title">{title}</Heading>
            <Button look="quiet" onPress={onClose}>
              {close}
            </Button>
          </header>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}
