import { useEffect, useState } from 'react';
import { Provider } from 'urql';
import { Redirect, Route, Router, Switch } from 'wouter';
import { createApiClient } from './api/client.js';
import { createSocket } from './api/socket.js';
import { useSession } from './api/use-session.js';
import { OrdersView } from './orders/orders-view.js';
import { SalesView } from './sales/sales-view.js';
import { Shell } from './shell/shell.js';
import { SignIn } from './sign-in/sign-in.js';
import { LiveRunProvider } from './sync/live-run.js';
import { SyncView } from './sync/sync-view.js';

/** All of the admin page: a client for each session, and the view that the address names. */
export function App() {
  const token = useSession()?.token ?? null;
  return (
    <Router base="/admin">
      <SignedInAs key={token} />
    </Router>
  );
}

function SignedInAs() {
  const session = useSession();
  const [socket] = useState(createSocket);
  const [client] = useState(() => createApiClient(socket));
  useEffect(() => () => void socket.client.dispose(), [socket]);
  if (!session) {
    return (
      <Provider value={client}>
        <SignIn />
      </Provider>
    );
  }
  return (
    <Provider value={client}>
      <LiveRunProvider socket={socket}>
        <Shell>
          <Switch>
            <Route path="/" component={SyncView} />
            <Route path="/orders" component={OrdersView} />
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
