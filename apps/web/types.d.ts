/** What the bundler makes of imports that are no modules. */
declare module '*?worker&url' {
  const address: string
  // biome-ignore lint/style/noDefaultExport: the bundler's own shape
  export default address
}
declare module '*.css'
