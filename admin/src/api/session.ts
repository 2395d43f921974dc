import type { SignedInFragment } from '../generated/operations.js';

const KEY = 'ordermirror.session';
const listeners = new Set<() => void>();
let current = stored();

/** Who is signed in here, in all tabs; null for nobody. */
export interface Session extends SignedInFragment {
  /** Stays the same while the token is renewed: what hangs on a sign-in, the sockets above all, lives on. */
  readonly key: string;
}

export const session = {
  get: (): Session | null => current,
  /** Somebody signed in, or has a new password. */
  start: (signedIn: SignedInFragment) => keep({ ...signedIn, key: signedIn.token.slice(-16) }),
  /** The same sign-in, with a token that lives longer. */
  renew: (signedIn: SignedInFragment) => {
    if (current) keep({ ...signedIn, key: current.key });
  },
  /** The same sign-in, as the server knows the user now; with the newest token, which another tab may have kept. */
  learn: (user: Session['user']) => {
    const present = stored();
    if (present?.user.id === user.id && present.user.role !== user.role) keep({ ...present, user });
  },
  /** Somebody signs out, in all tabs. */
  end: () => {
    localStorage.removeItem(KEY);
    change(null);
  },
  /** The server takes this token no more. Another tab may have kept a newer one, of which this one hasn't heard yet. */
  refuse: (token: string) => {
    const present = stored();
    if (present && present.token !== token) change(present);
    else session.end();
  },
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
};

addEventListener('storage', ({ key }) => {
  if (key === KEY) change(stored());
});

function keep(session: Session) {
  localStorage.setItem(KEY, JSON.stringify(session));
  change(session);
}

function change(to: Session | null) {
  if (to?.token === current?.token && to?.user.role === current?.user.role) return;
  current = to;
  for (const listener of listeners) listener();
}

function stored(): Session | null {
  try {
    const session = JSON.parse(localStorage.getItem(KEY) ?? 'null') as Session | null;
    return session && new Date(session.expiresAt) > new Date() ? session : null;
  } catch {
    return null;
  }
}
