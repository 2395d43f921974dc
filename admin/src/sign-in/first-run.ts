import { useEffect, useState } from 'react';

/** What a fresh server asks of whoever opens it first. */
export interface FirstRun {
  readonly ownerExists: boolean;
  readonly setupCodeNeeded: boolean;
}

/** Null until the server has said it; `unknown` when it does not answer. */
export function useFirstRun(): FirstRun | null | 'unknown' {
  const [firstRun, setFirstRun] = useState<FirstRun | null | 'unknown'>(null);
  useEffect(() => {
    const stop = new AbortController();
    fetch('/admin/first-run.json', { signal: stop.signal })
      .then(async (response) => setFirstRun(response.ok ? ((await response.json()) as FirstRun) : 'unknown'))
      .catch(() => {
        if (!stop.signal.aborted) setFirstRun('unknown');
      });
    return () => stop.abort();
  }, []);
  return firstRun;
}
