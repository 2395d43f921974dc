import { Provider } from '@urql/preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Redirect, Route, Router, Switch } from 'wouter-preact';
import { createApiClient } from './api/client.js';
import { createSocket } from './api/socket.js';
import { useSession, useSessionUpkeep } from './api/use-session.js';
import { SocketProvider } from './api/use-socket.js';
import { Shell } from './shell/shell.js';
import { SignIn } from './sign-in/sign-in.js';
import { LiveRunProvider } from './sync/live-run.js';
import { MirrorProvider } from './sync/mirror.js';
import { views } from './views.js';

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
                <Views />
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
      {Object.entries(views).map(([path, View]) => (
        <Route key={path} path={path} component={View} />
      ))}
      <Route path="/people">
        <Redirect to="/users" replace />
      </Route>
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
