import type { ComponentType, FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';

interface View extends FunctionComponent {
  /** Loads it before it is rendered. */
  readonly load: () => Promise<unknown>;
}

/** A view that is loaded when it is opened first; rendered at once if it has been loaded before. */
function viewOf(load: () => Promise<ComponentType>): View {
  let loaded: ComponentType | undefined;
  const remember = async () => {
    loaded = await load();
  };
  const View = () => {
    const [failure, setFailure] = useState<{ readonly cause: unknown } | null>(null);
    const [, setLoaded] = useState(loaded !== undefined);
    useEffect(() => {
      if (loaded === undefined)
        remember().then(
          () => setLoaded(true),
          (cause) => setFailure({ cause }),
        );
    }, []);
    // For the error boundary.
    if (failure) throw failure.cause;
    const Component = loaded;
    return Component ? <Component /> : null;
  };
  return Object.assign(View, { load: remember });
}

/** The views by path. vite.config.js finds their files by the names of the modules. */
export const views: Readonly<Record<string, View>> = {
  '/': viewOf(async () => (await import('./overview/overview-view.js')).OverviewView),
  '/sync': viewOf(async () => (await import('./sync/sync-view.js')).SyncView),
  '/orders': viewOf(async () => (await import('./orders/orders-view.js')).OrdersView),
  '/orders/:amazonOrderId': viewOf(async () => (await import('./orders/order-page.js')).OrderPage),
  '/history': viewOf(async () => (await import('./history/history-view.js')).HistoryView),
  '/connection': viewOf(async () => (await import('./connection/connection-view.js')).ConnectionView),
  '/users': viewOf(async () => (await import('./users/users-view.js')).UsersView),
  '/api-keys': viewOf(async () => (await import('./api-keys/api-keys-view.js')).ApiKeysView),
  '/webhooks': viewOf(async () => (await import('./webhooks/webhooks-view.js')).WebhooksView),
  '/webhooks/:id': viewOf(async () => (await import('./webhooks/webhook-page.js')).WebhookPage),
  '/account': viewOf(async () => (await import('./account/account-view.js')).AccountView),
  '/setup': viewOf(async () => (await import('./setup/setup-view.js')).SetupView),
  '/sales': viewOf(async () => (await import('./sales/sales-view.js')).SalesView),
};

/** Loads the view of a path, such as `/orders/702-1234567-1234567`. A view that can't be loaded is loaded again when it is rendered. */
export async function loadView(path: string): Promise<void> {
  const parts = path.split('/');
  const match = Object.keys(views).find((pattern) => {
    const wanted = pattern.split('/');
    return wanted.length === parts.length && wanted.every((part, at) => part.startsWith(':') || part === parts[at]);
  });
  await views[match ?? '/']?.load().catch(() => {});
}
