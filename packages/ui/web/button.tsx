/** Buttons and links that look alike everywhere: forty-four pixels to touch, a ring when the keyboard is there. */
import type { ReactNode } from 'react'
import { Button as AriaButton, type PressEvent } from 'react-aria-components'

type Props = {
  readonly children: ReactNode
  readonly onPress?: (event: PressEvent) => void
  /** `main`: what most people want here; `danger`: it cannot be undone; `quiet`: beside the point. */
  readonly look?: 'main' | 'plain' | 'danger' | 'quiet'
  readonly type?: 'button' | 'submit'
  readonly busy?: boolean
  readonly off?: boolean
  /** Where the words of the button do not stand alone. */
  readonly label?: string
  readonly wide?: boolean
}

/** A button. While it is busy it says so, keeps the focus, and takes no second press. */
export function Button({ children, onPress, look = 'plain', type = 'button', busy, off, label, wide }: Props) {
  return (
    <AriaButton
      className={`button ${look}${wide ? ' wide' : ''}`}
      type={busy ? 'button' : type}
      isDisabled={off ?? false}
      {...(onPress && !busy ? { onPress } : {})}
      {...(label ? { 'aria-label': label } : {})}
    >
      {busy ? <span className="spinner" role="img" aria-label="…" /> : null}
      {children}
    </AriaButton>
  )
}

/** A way to another page of the app that looks like a button. */
export function ButtonLink({
  href,
  children,
  look = 'plain',
}: {
  href: string
  children: ReactNode
  look?: 'main' | 'plain' | 'quiet'
}) {
  return (
    <a className={`button ${look}`} href={href}>
      {children}
    </a>
  )
}
