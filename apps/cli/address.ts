/** Where the node is, when nobody says: the address `npm start` uses. */
export const nodeAddress = (given: string | undefined): string =>
  (
    given ??
    process.env.SALUS_NODE ??
    `http://${process.env.SALUS_HOST ?? '127.0.0.1'}:${process.env.SALUS_PORT ?? '8080'}`
  ).replace(/\/$/, '')
