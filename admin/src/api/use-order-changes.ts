import { useClient } from '@urql/preact';
import { useEffect, useRef } from 'preact/hooks';
import { WatchChangesDocument } from '../generated/operations.js';

/** Changes within this time are reported once: a first sync brings hundreds in a second. */
const COLLECT_MS = 500;

/**
 * Calls `onChange` after orders have changed, at most twice a second.
 * @param amazonOrderId one order only; null: any
 */
export function useOrderChanges(amazonOrderId: string | null, onChange: () => void): void {
  const client = useClient();
  const latest = useRef(onChange);
  useEffect(() => {
    latest.current = onChange;
  });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const { unsubscribe } = client.subscription(WatchChangesDocument, {}).subscribe(({ data }) => {
      if (!data || (amazonOrderId !== null && data.orderChanged.amazonOrderId !== amazonOrderId)) return;
      timer ??= setTimeout(() => {
        timer = undefined;
        latest.current();
      }, COLLECT_MS);
    });
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, [client, amazonOrderId]);
}
