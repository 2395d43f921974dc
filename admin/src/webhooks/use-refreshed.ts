import { useEffect, useRef } from 'preact/hooks';

const EVERY_MS = 2_000;

/** Calls a function every few seconds while the tab is visible. */
export function useRefreshed(refresh: () => void): void {
  const latest = useRef(refresh);
  useEffect(() => {
    latest.current = refresh;
  });
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) latest.current();
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
}
