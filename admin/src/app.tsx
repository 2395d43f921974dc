import { useEffect, useRef, useState } from 'react';
import { Provider } from 'urql';
import { Redirect, Route, Router, Switch } from 'wouter';
import { AccountView } from './account/account-view.js';
import { createApiClient } from './api/client.js';
import { createSocket } from './api/socket.js';
import { useSession, useSessionUpkeep } from './api/use-session.js';
import { ApiKeysView } from './api-keys/api-keys-view.js';
import { ConnectionView } from './connection/connection-view.js';
import { HistoryView } from './history/history-view.js';
import { OrdersView } from './orders/orders-view.js';
import { SalesView } from './sales/sales-view.js';
import { SetupView } from './setup/setup-view.js';
import { Shell } from './shell/shell.js';
import { SignIn } from './sign-in/sign-in.js';
import { LiveRunProvider } from './sync/live-run.js';
import { SyncView } from './sync/sync-view.js';
import { UsersView } from './users/users-view.js';

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
        <LiveRunProvider socket={socket}>
          <SessionUpkeep />
          <Shell>
            <Switch>
              <Route path="/" component={SyncView} />
              <Route path="/orders" component={OrdersView} />
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
          </Shell>
        </LiveRunProvider>
      ) : (
        <SignIn />
      )}
    </Provider>
  );
}

/** A component of its own, so that its query doesn't render the views again. */
function SessionUpkeep() {
  useSessionUpkeep();
  return null;
}
