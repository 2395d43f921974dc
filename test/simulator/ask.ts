import { onTestFinished } from 'vitest';
import {
  type SimulatedOrder,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from '../../src/simulator/simulator.js';

/** The instant at which the tests' virtual clock starts. */
export const START = Date.parse('2026-11-20T12:00:00Z');
export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;

/** A simulator with a clock that stands still until advance(), without quota; closed after the test. */
export async function simulate(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator({ now: () => START, usagePlans: 'off', ...options });
  onTestFinished(() => simulator.close());
  return simulator;
}

export interface SearchAnswer {
  orders: SimulatedOrder[];
  pagination?: { nextToken: string };
  lastUpdatedBefore?: string;
  createdBefore?: string;
}

/** A client as simple as can be, with a token of its own. */
export async function clientOf(simulator: Simulator) {
  const token = await accessToken(simulator);
  const get = (path: string, query: Record<string, string> = {}): Promise<Response> =>
    fetch(`${simulator.url}${path}?${new URLSearchParams(query)}`, { headers: { 'x-amz-access-token': token } });
  const searchRaw = (query: Record<string, string>) => get('/orders/2026-01-01/orders', query);
  const search = async (query: Record<string, string>): Promise<SearchAnswer> => {
    const answer = await searchRaw(query);
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
    return (await answer.json()) as SearchAnswer;
  };
  /** All pages of a search. */
  const searchAll = async (query: Record<string, string>): Promise<SimulatedOrder[][]> => {
    const pages: SimulatedOrder[][] = [];
    let paginationToken: string | undefined;
    do {
      const page = await search({ ...query, ...(paginationToken && { paginationToken }) });
      pages.push(page.orders);
      paginationToken = page.pagination?.nextToken;
    } while (paginationToken !== undefined);
    return pages;
  };
  const getOrder = (orderId: string, query: Record<string, string> = {}) =>
    get(`/orders/2026-01-01/orders/${orderId}`, query);
  return { get, searchRaw, search, searchAll, getOrder };
}

export const CREDENTIAL = {
  grant_type: 'refresh_token',
  refresh_token: 'Atzr|REFRESH-SECRET',
  client_id: 'client',
  client_secret: 'CLIENT-SECRET',
};

export function askForToken(simulator: Simulator, fields: Record<string, string> = CREDENTIAL): Promise<Response> {
  return fetch(`${simulator.url}/auth/o2/token`, { method: 'POST', body: new URLSearchParams(fields) });
}

export async function accessToken(simulator: Simulator): Promise<string> {
  const answer = (await (await askForToken(simulator)).json()) as { access_token: string };
  return answer.access_token;
}

/** Status and first error of an answer, in one line. */
export async function errorOf(answer: Response | Promise<Response>): Promise<string> {
  const response = await answer;
  const { errors } = (await response.json()) as { errors: { code: string; details: string }[] };
  return `${response.status} ${errors[0]?.code}: ${errors[0]?.details}`;
}

/** A window that holds every order of the book. */
export const EVERYTHING = { lastUpdatedAfter: '2020-01-01T00:00:00Z' };
export const ALL_DATA =
  'BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT,FULFILLMENT_ORDERS';
