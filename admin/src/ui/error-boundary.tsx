import { Component, type ComponentChildren } from 'preact';
import { Button } from './button.js';
import { Notice } from './notice.js';

interface Props {
  readonly children: ComponentChildren;
}

/** Shows a view that failed, or whose code could not be loaded, as an error. Give it the view's path as key. */
export class ErrorBoundary extends Component<Props, { readonly failed: boolean }> {
  override state = { failed: false };

  static override getDerivedStateFromError() {
    return { failed: true };
  }

  override componentDidCatch(error: unknown) {
    // biome-ignore lint/suspicious/noConsole: the notice refers to it
    console.error(error);
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <Notice tone="bad" title="This view failed">
        <div className="stack tight">
          <p>
            Reload the page: the server may have been updated. If it fails again, the browser’s console has the cause.
          </p>
          <div>
            <Button onClick={() => location.reload()}>Reload the page</Button>
          </div>
        </div>
      </Notice>
    );
  }
}
