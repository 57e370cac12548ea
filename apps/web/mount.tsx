/** What every page of ours begins with: the language, the questions to the worker, and what is shown when a page fails. */
import { Speaking } from '@salus/ui/web/language'
import { Failure } from '@salus/ui/web/notice'
import { applyTheme } from '@salus/ui/web/theme'
import { scriptUrl } from '@salus/ui/web/trusted'
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { Component, type ReactNode, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

/** Answers of the worker; asked anew when it says that something changed. What failed is not asked thrice: the worker knows why. */
export const queries = new QueryClient({
  queryCache: new QueryCache(),
  defaultOptions: {
    queries: { retry: false, staleTime: 10_000, networkMode: 'always', structuralSharing: false },
    mutations: { networkMode: 'always' },
  },
})

type Props = { children: ReactNode }

/** A page that fails says so in words, and the next one is drawn as if nothing had happened. */
export class Caught extends Component<Props, { error: unknown }> {
  override state = { error: undefined as unknown }
  static getDerivedStateFromError(error: unknown) {
    return { error: error ?? new Error('unknown') }
  }
  forget = (): void => this.setState({ error: undefined })
  override componentDidMount(): void {
    addEventListener('hashchange', this.forget)
  }
  override componentWillUnmount(): void {
    removeEventListener('hashchange', this.forget)
  }
  override render() {
    return this.state.error === undefined ? this.props.children : <Failure error={this.state.error} />
  }
}

/** What a page failed over may stand in its message: a part of a document. The console gets the kind of fault, no more. */
const quietly = (error: unknown): void => console.error(error instanceof Error ? error.name : 'fault')

/** Draws `page`, and has the service worker look after the files it came from. */
export function mount(page: ReactNode): void {
  const root = document.getElementById('root')
  if (!root) throw new Error('no root')
  applyTheme()
  createRoot(root, { onCaughtError: quietly, onUncaughtError: quietly }).render(
    <StrictMode>
      <Speaking>
        <QueryClientProvider client={queries}>
          <Caught>{page}</Caught>
        </QueryClientProvider>
      </Speaking>
    </StrictMode>,
  )
  // A private window may have none: the page works, it is only not there offline.
  void navigator.serviceWorker?.register(scriptUrl('/sw.js'), { type: 'module' }).catch(() => undefined)
}
