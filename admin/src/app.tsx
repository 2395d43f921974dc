import { useEffect, useState } from 'react';
import { Provider } from 'urql';
import { Redirect, Route, Router, Switch } from 'wouter';
import { AccountView } from './account/account-view.js';
import { useKeptSession, useRoleOfNow } from './account/keep-signed-in.js';
import { createApiClient } from './api/client.js';
import { createSocket } from './api/socket.js';
import { useSession } from './api/use-session.js';
import { ConnectionView } from './connection/connection-view.js';
import { OrdersView } from './orders/orders-view.js';
import { PeopleView } from './people/people-view.js';
import { SalesView } from './sales/sales-view.js';
import { SetupView } from './setup/setup-view.js';
import { Shell } from './shell/shell.js';
import { SignIn } from './sign-in/sign-in.js';
import { LiveRunProvider } from './sync/live-run.js';
import { SyncView } from './sync/sync-view.js';

/** All of the admin page: a client for each session, and the view that the address names. */
export function App() {
  const key = useSession()?.key ?? null;
  return (
    <Router base="/admin">
      <SignedInAs key={key} />
    </Router>
  );
}

function KeepSignedIn() {
  useKeptSession();
  useRoleOfNow();
  return null;
}

function SignedInAs() {
  const session = useSession();
  const [socket] = useState(createSocket);
  const [client] = useState(() => createApiClient(socket));
  useEffect(() => () => void socket.client.dispose(), [socket]);
  // The server ends what came with a token when that token expires: with a newer one the socket comes anew.
  const token = session?.token;
  const [connectedWith] = useState(() => ({ token }));
  useEffect(() => {
    if (connectedWith.token !== token) socket.client.terminate();
    connectedWith.token = token;
  }, [connectedWith, socket, token]);
  if (!session) {
    return (
      <Provider value={client}>
        <SignIn />
      </Provider>
    );
  }
  return (
    <Provider value={client}>
      <KeepSignedIn />
      <LiveRunProvider socket={socket}>
        <Shell>
          <Switch>
            <Route path="/" component={SyncView} />
            <Route path="/orders" component={OrdersView} />
            <Route path="/connection" component={ConnectionView} />
            <Route path="/people" component={PeopleView} />
            <Route path="/account" component={AccountView} />
            <Route path="/setup" component={SetupView} />
            <Route path="/sales" component={SalesView} />
            <Route>
              <Redirect to="/" />
            </Route>
          </Switch>
        </Shell>
      </LiveRunProvider>
    </Provider>
  );
}
