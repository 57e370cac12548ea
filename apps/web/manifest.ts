/** What a bundle is made of. */

/** One file of the bundle: its path below the origin, SHA-256 of its bytes (base64url), their number. */
export type WebFile = { readonly path: string; readonly digest: string; readonly bytes: number }
