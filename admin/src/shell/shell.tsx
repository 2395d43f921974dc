import { ChartColumn, CircleUser, LogOut, Package, Plug, RefreshCw, Users } from 'lucide-react';
import type { ReactNode } from 'react';
import { useMutation } from 'urql';
import { Link, useLocation } from 'wouter';
import { session } from '../api/session.js';
import { useSession } from '../api/use-session.js';
import { LogoutDocument } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { Brand } from './brand.js';
import { LiveBadge } from './live-badge.js';
import { ThemeButton } from './theme-button.js';

const VIEWS = [
  { path: '/', name: 'Sync', icon: RefreshCw },
  { path: '/orders', name: 'Orders', icon: Package },
  { path: '/sales', name: 'Sales', icon: ChartColumn },
  { path: '/connection', name: 'Connection', icon: Plug },
];
const FOR_OWNERS = [{ path: '/people', name: 'People', icon: Users }];

/** What stands around each view: where to go, and who is signed in. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const [path] = useLocation();
  const user = useSession()?.user;
  const [, logout] = useMutation(LogoutDocument);
  const signOut = () => {
    // Sent with the token as it is now, and even if the page is left at once. Without an answer the token expires by itself.
    void logout({}, { fetch: (input, init) => fetch(input, { ...init, keepalive: true }) });
    session.end();
  };
  return (
    <div className="shell">
      <a className="skip" href="#view">
        To the content
      </a>
      <header className="side">
        <Link className="brand" href="/">
          <Brand />
        </Link>
        <nav className="nav" aria-label="Views">
          {[...VIEWS, ...(user?.role === 'OWNER' ? FOR_OWNERS : [])].map(({ path: to, name, icon: Icon }) => (
            <Link key={to} href={to} aria-current={isIn(path, to) ? 'page' : undefined}>
              <Icon size={16} aria-hidden />
              {name}
            </Link>
          ))}
        </nav>
        <div className="foot">
          <LiveBadge />
          <Link className="who small" href="/account" title={`Your account: ${user?.email}`}>
            <CircleUser className="who-icon" size={16} aria-hidden />
            <span className="who-email">{user?.email}</span>
            <span className="who-role muted">{user?.role === 'OWNER' ? 'Owner' : 'Viewer'}</span>
          </Link>
          <div className="row">
            <ThemeButton />
            <Button look="quiet" onClick={signOut}>
              <LogOut size={16} aria-hidden /> <span className="sign-out">Sign out</span>
            </Button>
          </div>
        </div>
      </header>
      <main id="view" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

const isIn = (path: string, view: string) => path === view || (view !== '/' && path.startsWith(`${view}/`));
