import { useMutation } from '@urql/preact';
import {
  ChartColumn,
  CircleUser,
  History,
  KeyRound,
  LayoutDashboard,
  LogOut,
  Package,
  Plug,
  RefreshCw,
  Users,
  Webhook,
} from 'lucide-preact';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import { session } from '../api/session.js';
import { useSession } from '../api/use-session.js';
import { LogoutDocument } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { ErrorBoundary } from '../ui/error-boundary.js';
import { ThemeButton } from '../ui/theme-button.js';
import { DataStateStrip, Freshness } from './data-state.js';
import icon from './icon.svg?url';

const VIEWS = [
  { path: '/', name: 'Overview', icon: LayoutDashboard },
  { path: '/orders', name: 'Orders', icon: Package },
  { path: '/sales', name: 'Sales', icon: ChartColumn },
  { path: '/sync', name: 'Sync', icon: RefreshCw },
  { path: '/history', name: 'History', icon: History },
  { path: '/connection', name: 'Connection', icon: Plug },
];
const OWNER_VIEWS = [
  { path: '/users', name: 'Users', icon: Users },
  { path: '/api-keys', name: 'API keys', icon: KeyRound },
  { path: '/webhooks', name: 'Webhooks', icon: Webhook },
];

/** The frame of each view: navigation, connection state and the signed-in user. */
export function Shell({ children }: { readonly children: ComponentChildren }) {
  const [path] = useLocation();
  const user = useSession()?.user;
  const owner = user?.role === 'OWNER';
  const nav = useRef<HTMLElement>(null);
  // On narrow screens the navigation scrolls.
  useEffect(() => {
    nav.current?.querySelector(`a[href$="${path}"]`)?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [path]);
  const [, logout] = useMutation(LogoutDocument);
  const signOut = () => {
    // `keepalive` sends it even if the page is closed. If it fails, the token expires by itself.
    void logout({}, { fetch: (input, init) => fetch(input, { ...init, keepalive: true }) });
    session.end();
  };
  return (
    <div className="shell">
      <a className="skip" href="#view">
        Skip to content
      </a>
      <header className="side">
        <Link className="brand" href="/">
          <Brand />
        </Link>
        <nav ref={nav} className="nav scroll-edges" aria-label="Main">
          {[...VIEWS, ...(owner ? OWNER_VIEWS : [])].map(({ path: to, name, icon: Icon }) => (
            <Link key={to} href={to} aria-current={path === to || path.startsWith(`${to}/`) ? 'page' : undefined}>
              <Icon size={16} aria-hidden />
              {name}
            </Link>
          ))}
        </nav>
        <div className="foot">
          <Freshness />
          <Link className="user small" href="/account" title={`Account: ${user?.email}`}>
            <CircleUser className="user-icon" size={16} aria-hidden />
            <span className="user-email">{user?.email}</span>
            <span className="user-role muted">{owner ? 'Owner' : 'Viewer'}</span>
          </Link>
          <div className="row">
            <ThemeButton />
            <Button look="quiet" onClick={signOut}>
              <LogOut size={16} aria-hidden /> <span className="sign-out">Sign out</span>
            </Button>
          </div>
        </div>
      </header>
      <div className="content">
        <main id="view" tabIndex={-1}>
          <ErrorBoundary key={path}>{children}</ErrorBoundary>
        </main>
        <DataStateStrip />
      </div>
    </div>
  );
}

export function Brand() {
  return (
    <>
      <img src={icon} alt="" width={22} height={22} />
      Ordermirror
    </>
  );
}
