import { useEffect } from 'react';
import { useMutation, useQuery } from 'urql';
import { session } from '../api/session.js';
import { useSession } from '../api/use-session.js';
import { MeDocument, RenewSessionDocument } from '../generated/operations.js';

const BEFORE_EXPIRY_MS = 5 * 60_000;
const RENEW_AGAIN_MS = 10_000;

/** Renews the session shortly before it expires, for as long as the page is open and the server allows it. */
export function useKeptSession(): void {
  const expiresAt = useSession()?.expiresAt;
  const [, renew] = useMutation(RenewSessionDocument);
  useEffect(() => {
    if (!expiresAt) return;
    const left = Date.parse(expiresAt) - Date.now();
    let over = false;
    const keep = async () => {
      // Whatever becomes of this call, which may get no answer ever. A new token, or a refusal, ends this effect.
      if (Date.now() < Date.parse(expiresAt)) timer = setTimeout(() => void keep(), RENEW_AGAIN_MS);
      // Given up by then, so that lost calls don't take all the connections that a browser has for the server.
      const signal = AbortSignal.timeout(RENEW_AGAIN_MS);
      const { data } = await renew({}, { fetch: (input, init) => fetch(input, { ...init, signal }) });
      if (data && !over) session.renew(data.renewSession);
    };
    let timer = setTimeout(() => void keep(), Math.max(0, left - Math.min(BEFORE_EXPIRY_MS, left / 2)));
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [expiresAt, renew]);
}

/** Asks, as the page is loaded, which role the user has: it may be another one than at the sign-in. */
export function useRoleOfNow(): void {
  const [{ data }] = useQuery({ query: MeDocument });
  useEffect(() => {
    if (data?.me) session.learn(data.me);
  }, [data]);
}
