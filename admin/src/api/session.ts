import type { SignedInFragment } from '../generated/operations.js';

const KEY = 'ordermirror.session';
const listeners = new Set<() => void>();
let current = readStored();

/** The signed-in session, shared by all tabs through localStorage. */
export interface Session extends SignedInFragment {
  /** Stays the same when the token is renewed, so that views and sockets survive a renewal. */
  readonly key: string;
}

export const session = {
  get: (): Session | null => current,
  start: (signedIn: SignedInFragment) => store({ ...signedIn, key: signedIn.token.slice(-16) }),
  renew: (signedIn: SignedInFragment) => {
    if (current) store({ ...signedIn, key: current.key });
  },
  /** Updates the user's role, keeping the newest token, which another tab may have stored. */
  updateUser: (user: Session['user']) => {
    const stored = readStored();
    if (stored?.user.id === user.id && stored.user.role !== user.role) store({ ...stored, user });
  },
  end: () => {
    localStorage.removeItem(KEY);
    set(null);
  },
  /** Ends the session after the server rejected `token`, unless another tab has stored a newer one. */
  reject: (token: string) => {
    const stored = readStored();
    if (stored && stored.token !== token) set(stored);
    else session.end();
  },
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
};

addEventListener('storage', ({ key }) => {
  if (key === KEY) set(readStored());
});

function store(session: Session) {
  localStorage.setItem(KEY, JSON.stringify(session));
  set(session);
}

function set(next: Session | null) {
  if (next?.token === current?.token && next?.user.role === current?.user.role) return;
  current = next;
  for (const listener of listeners) listener();
}

/** Returns the stored session; null if there is none, or it has expired. */
function readStored(): Session | null {
  try {
    const session = JSON.parse(localStorage.getItem(KEY) ?? 'null') as Session | null;
    return session && new Date(session.expiresAt) > new Date() ? session : null;
  } catch {
    return null;
  }
}
