/** An operation of generated/operations.ts with its variables. */
export interface EarlyRequest {
  readonly query: object;
  readonly variables?: object;
}

/** Answers on their way to requests that the page has not made yet, each for one request of the same session. */
const answers = new Map<string, Promise<Response>>();
/** What has not been taken by then belongs to a view that was not opened, or no longer is. */
const KEEP_MS = 60_000;

/** Sends a query before the page's own code has arrived; `fetchOrTake` takes its answer. */
export function askEarly({ query, variables = {} }: EarlyRequest, token: string): void {
  const authorization = `Bearer ${token}`;
  const accept = 'application/graphql-response+json, application/json';
  const answer = fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, authorization },
    body: JSON.stringify({ query, variables }),
  });
  // Whoever takes it handles a failure.
  answer.catch(() => {});
  const key = keyOf(authorization, String(query), variables);
  answers.set(key, answer);
  setTimeout(() => answers.delete(key), KEEP_MS);
}

/** As `fetch`; takes the answer of the same query if that was sent early. */
export const fetchOrTake: typeof fetch = (address, init) => {
  const key = keyOfRequest(init);
  const answer = answers.get(key);
  answers.delete(key);
  return answer ?? fetch(address, init);
};

function keyOfRequest({ body, headers }: RequestInit = {}): string {
  if (answers.size === 0 || typeof body !== 'string') return '';
  const { query, variables = {} } = JSON.parse(body) as { query: string; variables?: object };
  return keyOf(new Headers(headers).get('authorization') ?? '', query, variables);
}

/** The session, the name of an operation, and its variables in any order. */
function keyOf(authorization: string, query: string, variables: object): string {
  const [name] = /^\w+ \w+/.exec(query) ?? [''];
  return `${authorization} ${name} ${JSON.stringify(variables, sorted)}`;
}

const sorted = (_name: string, value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
