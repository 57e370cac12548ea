/** A list of any length: only what is on the screen is drawn. Positions are set through the style object, which the page's policy allows. */
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useRef } from 'react'

/** Draws `items` one under the other; `estimate` is a line's height in pixels before it was measured. */
export function VirtualList<T>({
  items,
  keyOf,
  draw,
  label,
  estimate = 84,
}: {
  items: readonly T[]
  keyOf: (item: T) => string
  draw: (item: T) => ReactNode
  label: string
  estimate?: number
}) {
  const list = useRef<HTMLUListElement>(null)
  const virtual = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => estimate,
    overscan: 8,
    scrollMargin: list.current?.offsetTop ?? 0,
    getItemKey: (i) => keyOf(items[i] as T),
  })
  return (
    <ul className="list virtual" ref={list} aria-label={label} style={{ height: virtual.getTotalSize() }}>
      {virtual.getVirtualItems().map((row) => (
        <li
          key={row.key}
          data-index={row.index}
          ref={virtual.measureElement}
          aria-setsize={items.length}
          aria-posinset={row.index + 1}
          style={{ transform: `translateY(${row.start - virtual.options.scrollMargin}px)` }}
        >
          {draw(items[row.index] as T)}
        </li>
      ))}
    </ul>
  )
}
