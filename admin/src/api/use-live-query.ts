import { type AnyVariables, stringifyVariables, type UseQueryArgs, useQuery } from '@urql/preact';
import { useEffect, useRef } from 'preact/hooks';
import { useRunChanges } from '../sync/live-run.js';
import { useReconnects } from './use-socket.js';

/**
 * `useQuery` that asks the server again when it may know more: when a run of kind ORDERS has started or ended, and when
 * the server is back after it was lost. Returns the result and a function that asks again.
 * @param version asks again when this changes, in place of each start and end
 */
export function useLiveQuery<Data, Variables extends AnyVariables>(
  args: UseQueryArgs<Variables, Data>,
  version?: unknown,
) {
  const [result, execute] = useQuery(args);
  const refetch = () => execute({ requestPolicy: 'network-only' });
  const { changed } = useRunChanges();
  const reconnects = useReconnects();
  const wanted = version === undefined ? changed : version;
  const asked = useRef({ wanted, reconnects });
  useEffect(() => {
    const before = asked.current;
    asked.current = { wanted, reconnects };
    const isChanged = before.wanted !== undefined && before.wanted !== wanted;
    if (isChanged || before.reconnects !== reconnects) refetch();
  });
  // After a change of variables `useQuery` says once that it has their result, with the former data.
  const isOf = stringifyVariables(result.operation?.variables ?? {}) === stringifyVariables(args.variables ?? {});
  const fetching = result.fetching || !(args.pause || (result.operation && isOf));
  return [{ ...result, fetching }, refetch] as const;
}
