import type { ExecutionResult } from '@urql/preact';

/** An operation of generated/operations.ts with its variables. */
export interface EarlyRequest {
  readonly query: object;
  readonly variables?: object;
}

interface Answer {
  readonly response: Promise<Response>;
  /** What it says, once it has come; undefined if that is an error. */
  result?: ExecutionResult;
}

/** Answers on their way to requests that the page has not made yet, each for one request of the same session. */
const answers = new Map<string, Answer>();
/** What has not been taken by then belongs to a view that was not opened, or no longer is. */
const KEEP_MS = 60_000;

/** Sends a query before the page's own code has arrived; `takeArrived` or `fetchOrTake` takes its answer. */
export function askEarly({ query, variables = {} }: EarlyRequest, token: string): void {
  const authorization = `Bearer ${token}`;
  const accept = 'application/graphql-response+json, application/json';
  const response = fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, authorization },
    body: JSON.stringify({ query, variables }),
  });
  const answer: Answer = { response };
  // Whoever takes it handles a failure.
  readResult(response).then(
    (result) => {
      if (result.data && !result.errors) answer.result = result;
    },
    () => {},
  );
  const key = keyOf(authorization, nameOf(String(query)), variables);
  answers.set(key, answer);
  setTimeout(() => answers.delete(key), KEEP_MS);
}

const readResult = async (response: Promise<Response>) => (await response).clone().json() as Promise<ExecutionResult>;

/** Takes the answers that have come already. Returns their results by the keys of `keyOf`; they are dropped like the others. */
export function takeArrived(): Map<string, ExecutionResult> {
  const arrived = new Map<string, ExecutionResult>();
  for (const [key, { result }] of answers) {
    if (!result) continue;
    arrived.set(key, result);
    answers.delete(key);
  }
  setTimeout(() => arrived.clear(), KEEP_MS);
  return arrived;
}

/** As `fetch`; takes the answer of the same query if that was sent early. */
export const fetchOrTake: typeof fetch = (address, init) => {
  const key = keyOfRequest(init);
  const answer = answers.get(key);
  answers.delete(key);
  return answer?.response ?? fetch(address, init);
};

function keyOfRequest({ body, headers }: RequestInit = {}): string {
  if (answers.size === 0 || typeof body !== 'string') return '';
  const { query, variables = {} } = JSON.parse(body) as { query: string; variables?: object };
  return keyOf(new Headers(headers).get('authorization') ?? '', nameOf(query), variables);
}

const nameOf = (query: string) => /^query (\w+)/.exec(query)?.[1];

/** A request's key: the session, the name of its operation, and the variables in any order. */
export function keyOf(authorization: string, name: string | undefined, variables: object): string {
  return `${authorization} ${name} ${JSON.stringify(variables, sorted)}`;
}

const sorted = (_name: string, value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
