/** A file of the bundle by its address, as the bundler gives it. */
declare module '*?url' {
  const address: string
  // biome-ignore lint/style/noDefaultExport: the bundler's own shape
  export default address
}
