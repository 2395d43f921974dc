import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { Provider } from 'urql';
import { Redirect, Route, Router, Switch } from 'wouter';
import { createApiClient } from './api/client.js';
import { createSocket } from './api/socket.js';
import { useSession, useSessionUpkeep } from './api/use-session.js';
import { SocketProvider } from './api/use-socket.js';
import { Shell } from './shell/shell.js';
import { SignIn } from './sign-in/sign-in.js';
import { LiveRunProvider } from './sync/live-run.js';
import { MirrorProvider } from './sync/mirror.js';

// Each view is loaded when it is opened first.
const AccountView = lazy(async () => ({ default: (await import('./account/account-view.js')).AccountView }));
const ApiKeysView = lazy(async () => ({ default: (await import('./api-keys/api-keys-view.js')).ApiKeysView }));
const ConnectionView = lazy(async () => ({
  default: (await import('./connection/connection-view.js')).ConnectionView,
}));
const HistoryView = lazy(async () => ({ default: (await import('./history/history-view.js')).HistoryView }));
const OrderPage = lazy(async () => ({ default: (await import('./orders/order-page.js')).OrderPage }));
const OrdersView = lazy(async () => ({ default: (await import('./orders/orders-view.js')).OrdersView }));
const OverviewView = lazy(async () => ({ default: (await import('./overview/overview-view.js')).OverviewView }));
const SalesView = lazy(async () => ({ default: (await import('./sales/sales-view.js')).SalesView }));
const SetupView = lazy(async () => ({ default: (await import('./setup/setup-view.js')).SetupView }));
const SyncView = lazy(async () => ({ default: (await import('./sync/sync-view.js')).SyncView }));
const UsersView = lazy(async () => ({ default: (await import('./users/users-view.js')).UsersView }));

/** The admin page, with a new API client and socket for each session. */
export function App() {
  const key = useSession()?.key ?? null;
  return (
    <Router base="/admin">
      <SessionScope key={key} />
    </Router>
  );
}

function SessionScope() {
  const session = useSession();
  const [socket] = useState(createSocket);
  const [client] = useState(() => createApiClient(socket));
  useEffect(() => () => void socket.client.dispose(), [socket]);
  // The server closes a socket when the token that it was opened with expires: reconnect with a renewed one.
  const token = session?.token;
  const connectedWith = useRef(token);
  useEffect(() => {
    if (connectedWith.current !== token) socket.client.terminate();
    connectedWith.current = token;
  }, [socket, token]);
  return (
    <Provider value={client}>
      {session ? (
        <SocketProvider value={socket}>
          <LiveRunProvider>
            <MirrorProvider>
              <SessionUpkeep />
              <Shell>
                <Suspense>
                  <Views />
                </Suspense>
              </Shell>
            </MirrorProvider>
          </LiveRunProvider>
        </SocketProvider>
      ) : (
        <SignIn />
      )}
    </Provider>
  );
}

function Views() {
  return (
    <Switch>
      <Route path="/" component={OverviewView} />
      <Route path="/sync" component={SyncView} />
      <Route path="/orders" component={OrdersView} />
      <Route path="/orders/:amazonOrderId" component={OrderPage} />
      <Route path="/history" component={HistoryView} />
      <Route path="/connection" component={ConnectionView} />
      <Route path="/users" component={UsersView} />
      <Route path="/api-keys" component={ApiKeysView} />
      <Route path="/people">
        <Redirect to="/users" replace />
      </Route>
      <Route path="/account" component={AccountView} />
      <Route path="/setup" component={SetupView} />
      <Route path="/sales" component={SalesView} />
      <Route>
        <Redirect to="/" />
      </Route>
    </Switch>
  );
}

/** A component of its own, so that its query doesn't render the views again. */
function SessionUpkeep() {
  useSessionUpkeep();
  return null;
}
