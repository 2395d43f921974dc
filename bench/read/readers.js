import { isDeepStrictEqual } from 'node:util';
import { registerOwner } from '../lib/app-process.js';
import { asOurPage, POSTGRAPHILE_QUESTION } from './postgraphile.js';
import { NEXT_PAGE, question } from './question.js';

const DEEP_PAGE = 200;
const JSON_TYPE = { 'content-type': 'application/json' };

/**
 * @typedef {object} Reader who is asked for what
 * @property {string} name
 * @property {string} what
 * @property {string} url
 * @property {string} body
 * @property {Record<string, string>} headers
 */

/**
 * The app, asked for several things, the peers, and the floor: the bare servers know one page only.
 * @param {{ app: string, postgraphile: string | null, prisma: string, floor: string }} urls
 * @returns {Promise<Reader[]>}
 */
export async function readersOf({ app, postgraphile, prisma, floor }) {
  const authorization = await registerOwner(app);
  const url = `${app}/graphql`;
  const headers = { ...JSON_TYPE, authorization };
  const body = (/** @type {string} */ query, after = null) => JSON.stringify({ query, variables: { after } });
  const deep = await cursorBefore(DEEP_PAGE, (after) => ask({ url, headers, body: body(NEXT_PAGE, after) }));
  const readers = [
    { name: 'first', what: 'Ordermirror, first page', url, headers, body: body(question()) },
    { name: 'deep', what: `Ordermirror, page ${DEEP_PAGE}`, url, headers, body: body(question(), deep) },
    {
      name: 'total',
      what: 'Ordermirror, first page, totalCount',
      url,
      headers,
      body: body(question({ totalCount: true })),
    },
    ...(postgraphile
      ? [
          {
            name: 'postgraphile',
            what: 'peer: PostGraphile 5',
            url: `${postgraphile}/graphql`,
            headers: JSON_TYPE,
            body: body(POSTGRAPHILE_QUESTION),
          },
        ]
      : []),
    { name: 'prisma', what: 'peer: bare server, Prisma findMany', url: prisma, headers: JSON_TYPE, body: '{}' },
    { name: 'floor', what: 'floor: bare server, one flat join', url: floor, headers: JSON_TYPE, body: '{}' },
  ];
  await expectSamePage(readers);
  return readers;
}

/** @param {number} page @param {(after: any) => Promise<any>} next */
async function cursorBefore(page, next) {
  let cursor = null;
  for (let read = 1; read < page; read += 1) cursor = (await next(cursor)).pageInfo.endCursor;
  return cursor;
}

/** Who answers something else is not measured. @param {readonly Reader[]} readers */
async function expectSamePage(readers) {
  const [first, ...others] = readers.filter(({ name }) => name !== 'deep');
  if (!first) return;
  const { edges } = await ask(first);
  if (edges.length !== 50 || edges[0].node.items.length !== 2)
    throw new Error('The first page is not as it was seeded.');
  for (const other of others)
    if (!isDeepStrictEqual((await ask(other)).edges, edges)) throw new Error(`${other.what}: answers another page.`);
}

/** @param {Pick<Reader, 'url' | 'headers' | 'body'>} reader @returns {Promise<any>} what `orders` is */
async function ask({ url, headers, body }) {
  const response = await fetch(url, { method: 'POST', headers, body });
  const { data, errors } = /** @type {any} */ (await response.json());
  if (errors) throw new Error(`${url} answered: ${errors[0].message}`);
  return data.orders ?? asOurPage(data.allAmazonOrders);
}
