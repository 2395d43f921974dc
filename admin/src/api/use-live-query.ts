import { useEffect, useRef } from 'react';
import { type AnyVariables, type UseQueryArgs, useQuery } from 'urql';

/**
 * `useQuery` that queries the server again when `version` changes to a defined value.
 * Returns the result and a function that refetches.
 */
export function useLiveQuery<Data, Variables extends AnyVariables>(
  args: UseQueryArgs<Variables, Data>,
  version: unknown,
) {
  const [result, execute] = useQuery(args);
  const refetch = () => execute({ requestPolicy: 'network-only' });
  const fetched = useRef(version);
  useEffect(() => {
    if (version === undefined || fetched.current === version) return;
    fetched.current = version;
    refetch();
  });
  return [result, refetch] as const;
}
