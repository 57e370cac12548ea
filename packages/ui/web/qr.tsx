/** A QR code as a drawing, with its text beside it for who cannot scan. */
import { encodeQR } from 'qr'

/** Shows `text`; `label` says what it is. Dark on white in either theme: a camera needs it so. */
export function Qr({ text, label }: { text: string; label: string }) {
  const rows = encodeQR(text, 'raw', { border: 2, ecc: 'medium' })
  const path = rows.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join('')
  return (
    <svg
      className="qr"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${rows.length} ${rows.length}`}
      shapeRendering="crispEdges"
    >
      <rect width={rows.length} height={rows.length} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  )
}
