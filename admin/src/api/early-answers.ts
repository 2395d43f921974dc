/** An operation of generated/operations.ts with its variables. */
export interface EarlyRequest {
  readonly query: object;
  readonly variables?: object;
}

/** Answers on their way to requests that the page has not made yet, each for one request. */
const answers = new Map<string, Promise<Response>>();

/** Sends a query before the page's own code has arrived; `fetchOrTake` takes its answer. */
export function askEarly({ query, variables = {} }: EarlyRequest, token: string): void {
  const answer = fetch('/graphql', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json',
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({ query, variables }),
  });
  // Whoever takes it handles a failure.
  answer.catch(() => {});
  answers.set(keyOf(String(query), variables), answer);
}

/** As `fetch`; takes the answer of the same query if that was sent early. */
export const fetchOrTake: typeof fetch = (address, init) => {
  const key = typeof init?.body === 'string' ? keyOfBody(init.body) : '';
  const answer = answers.get(key);
  answers.delete(key);
  return answer ?? fetch(address, init);
};

function keyOfBody(body: string): string {
  const { query, variables = {} } = JSON.parse(body) as { query: string; variables?: object };
  return keyOf(query, variables);
}

/** The name of an operation, and its variables in any order. */
function keyOf(query: string, variables: object): string {
  const [name] = /^\w+ \w+/.exec(query) ?? [''];
  return `${name} ${JSON.stringify(variables, sorted)}`;
}

const sorted = (_name: string, value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
