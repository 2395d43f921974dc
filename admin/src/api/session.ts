import type { SignedInFragment } from '../generated/operations.js';

const KEY = 'ordermirror.session';
const listeners = new Set<() => void>();
let current = stored();

/** Who is signed in here, in all tabs; null for nobody. */
export type Session = SignedInFragment;

export const session = {
  get: (): Session | null => current,
  start: (signedIn: Session) => {
    localStorage.setItem(KEY, JSON.stringify(signedIn));
    change(signedIn);
  },
  end: () => {
    localStorage.removeItem(KEY);
    change(null);
  },
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
};

addEventListener('storage', ({ key }) => {
  if (key === KEY) change(stored());
});

function change(to: Session | null) {
  if (to?.token === current?.token) return;
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
