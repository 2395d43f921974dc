import {
  ChartColumn,
  CircleUser,
  History,
  KeyRound,
  LogOut,
  Monitor,
  Moon,
  Package,
  Plug,
  RefreshCw,
  Sun,
  Users,
} from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useMutation } from 'urql';
import { Link, useLocation } from 'wouter';
import { session } from '../api/session.js';
import { useSession } from '../api/use-session.js';
import { LogoutDocument } from '../generated/operations.js';
import { useLiveRun } from '../sync/live-run.js';
import { Button } from '../ui/button.js';
import icon from './icon.svg?url';

const VIEWS = [
  { path: '/', name: 'Sync', icon: RefreshCw },
  { path: '/orders', name: 'Orders', icon: Package },
  { path: '/sales', name: 'Sales', icon: ChartColumn },
  { path: '/history', name: 'History', icon: History },
  { path: '/connection', name: 'Connection', icon: Plug },
];
const OWNER_VIEWS = [
  { path: '/users', name: 'Users', icon: Users },
  { path: '/api-keys', name: 'API keys', icon: KeyRound },
];

/** The frame of each view: navigation, connection state and the signed-in user. */
export function Shell({ children }: { readonly children: ReactNode }) {
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
        <nav ref={nav} className="nav" aria-label="Main">
          {[...VIEWS, ...(owner ? OWNER_VIEWS : [])].map(({ path: to, name, icon: Icon }) => (
            <Link key={to} href={to} aria-current={path === to ? 'page' : undefined}>
              <Icon size={16} aria-hidden />
              {name}
            </Link>
          ))}
        </nav>
        <div className="foot">
          <LiveBadge />
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
      <main id="view" tabIndex={-1}>
        {children}
      </main>
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

const SOCKET_STATES = { connecting: 'Connecting…', live: 'Live', lost: 'Connection lost, reconnecting…' };

function LiveBadge() {
  const { socket } = useLiveRun();
  return (
    <div className={`live-badge small ${socket}`} role="status">
      <span className="dot" aria-hidden />
      {SOCKET_STATES[socket]}
    </div>
  );
}

const THEME_KEY = 'ordermirror.theme';
const THEMES = ['system', 'light', 'dark'] as const;
const THEME_ICONS = { system: Monitor, light: Sun, dark: Moon };

/** Switches to the next theme; `system` follows the operating system. */
function ThemeButton() {
  const [theme, setTheme] = useState(
    () => THEMES.find((theme) => theme === localStorage.getItem(THEME_KEY)) ?? 'system',
  );
  useEffect(() => {
    localStorage.setItem(THEME_KEY, theme);
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
  const Icon = THEME_ICONS[theme];
  const label = `Theme: ${theme}`;
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
  return (
    <Button look="quiet" className="square" aria-label={label} title={label} onClick={() => setTheme(next)}>
      <Icon size={16} aria-hidden />
    </Button>
  );
}
