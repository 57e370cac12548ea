/** What is used of the ASN.1 reader, which comes without types. */
declare module '@lapo/asn1js' {
  export class ASN1 {
    static decode(bytes: Uint8Array, offset?: number, type?: typeof ASN1): ASN1
    /** The value as text: long numbers and identifiers take time in the square of their length. */
    content(): string
    readonly sub: readonly ASN1[] | null
    readonly tag: { readonly tagConstructed: boolean }
    /** Bytes of identifier and length. */
    readonly header: number
    /** Of the content; null or negative for the indefinite form. */
    readonly length: number | null
    posStart(): number
    posContent(): number
    posEnd(): number
  }
}
