import { useEffect } from 'react';
import { useMutation } from 'urql';
import { session } from '../api/session.js';
import { useSession } from '../api/use-session.js';
import { RenewSessionDocument } from '../generated/operations.js';

const BEFORE_EXPIRY_MS = 5 * 60_000;

/** Renews the session shortly before it expires, for as long as the page is open and the server allows it. */
export function useKeptSession(): void {
  const expiresAt = useSession()?.expiresAt;
  const [, renew] = useMutation(RenewSessionDocument);
  useEffect(() => {
    if (!expiresAt) return;
    const left = Date.parse(expiresAt) - Date.now();
    const timer = setTimeout(
      async () => {
        const { data } = await renew({});
        if (data) session.renew(data.renewSession);
      },
      Math.max(0, left - Math.min(BEFORE_EXPIRY_MS, left / 2)),
    );
    return () => clearTimeout(timer);
  }, [expiresAt, renew]);
}
