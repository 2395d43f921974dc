import { useMutation, useQuery } from '@urql/preact';
import { useEffect } from 'preact/hooks';
import { MeDocument, RenewSessionDocument } from '../generated/operations.js';
import { session } from './session.js';
import { useStore } from './use-store.js';

const RENEW_BEFORE_EXPIRY_MS = 5 * 60_000;
const RENEW_RETRY_MS = 10_000;

export const useSession = () => useStore(session.subscribe, session.get);

export const useIsOwner = () => useSession()?.user.role === 'OWNER';

/** Renews the token shortly before it expires, and refreshes the user's role when the page loads. */
export function useSessionUpkeep(): void {
  const expiresAt = useSession()?.expiresAt;
  const [, renew] = useMutation(RenewSessionDocument);
  useEffect(() => {
    if (!expiresAt) return;
    const left = Date.parse(expiresAt) - Date.now();
    let unmounted = false;
    const renewOrRetry = async () => {
      // Scheduled before the request, which may never be answered; a new token or a rejected one clears it.
      if (Date.now() < Date.parse(expiresAt)) timer = setTimeout(() => void renewOrRetry(), RENEW_RETRY_MS);
      // Unanswered requests would use up the browser's connections to the server.
      const signal = AbortSignal.timeout(RENEW_RETRY_MS);
      const { data } = await renew({}, { fetch: (input, init) => fetch(input, { ...init, signal }) });
      if (data && !unmounted) session.renew(data.renewSession);
    };
    let timer = setTimeout(() => void renewOrRetry(), Math.max(0, left - Math.min(RENEW_BEFORE_EXPIRY_MS, left / 2)));
    return () => {
      unmounted = true;
      clearTimeout(timer);
    };
  }, [expiresAt, renew]);

  const [{ data }] = useQuery({ query: MeDocument });
  useEffect(() => {
    if (data?.me) session.updateUser(data.me);
  }, [data]);
}
