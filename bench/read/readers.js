import { isDeepStrictEqual } from 'node:util';
import { registerOwner } from '../lib/app-process.js';
import { asOurPage } from './postgraphile.js';
import { NEXT_PAGE, question } from './question.js';
import { shapesOf } from './shapes.js';

const DEEP_PAGE = 200;
const JSON_TYPE = { 'content-type': 'application/json' };

/**
 * @typedef {object} Reader who is asked for what
 * @property {string} name
 * @property {string} what
 * @property {string} url
 * @property {string} body
 * @property {Record<string, string>} headers
 * @property {boolean} [overWebSocket]
 * @property {string} [peer] the name of the reader that it is compared with
 * @property {boolean} [isPage] whether it asks for the plain page of 50 orders
 */

/**
 * The app, asked for orders in several shapes, and PostGraphile, asked for the same; the floor and the bare Prisma server know
 * one page only.
 * @param {{ app: string, postgraphile: string | null, prisma: string, floor: string }} urls
 * @returns {Promise<Reader[]>}
 */
export async function readersOf({ app, postgraphile, prisma, floor }) {
  const authorization = await registerOwner(app);
  const url = `${app}/graphql`;
  const headers = { ...JSON_TYPE, authorization };
  const body = (/** @type {string} */ query, after = null) => JSON.stringify({ query, variables: { after } });
  const deep = await cursorBefore(DEEP_PAGE, (after) => ask({ url, headers, body: body(NEXT_PAGE, after) }));
  const [{ id, peerId }] = [
    await anOrder({ url, headers, body: body('{ orders(first: 1) { edges { node { id } } } }') }),
  ];
  const readers = [
    ...shapesOf(id, peerId).flatMap((shape) => {
      const peer = `PostGraphile ${shape.name}`;
      const isPage = shape.rows === 'page';
      const { name, overWebSocket = false } = shape;
      const own = { name, what: name, url, headers, body: body(shape.ours), overWebSocket, isPage };
      if (!postgraphile) return [own];
      const theirs = { url: `${postgraphile}/graphql`, headers: JSON_TYPE, body: body(shape.theirs) };
      return [
        { ...own, peer },
        { name: peer, what: peer, ...theirs },
      ];
    }),
    { name: 'deep', what: `page ${DEEP_PAGE}`, url, headers, body: body(question(), deep) },
    { name: 'prisma', what: 'bare server, Prisma findMany', url: prisma, headers: JSON_TYPE, body: '{}', isPage: true },
    {
      name: 'floor',
      what: 'floor: bare server, one flat join',
      url: floor,
      headers: JSON_TYPE,
      body: '{}',
      isPage: true,
    },
  ];
  await expectSamePage(readers);
  return readers;
}

/** An order's global id, and its row's. @param {Pick<Reader, 'url' | 'headers' | 'body'>} reader */
async function anOrder(reader) {
  const { id } = (await ask(reader)).edges[0].node;
  return { id, peerId: Buffer.from(id, 'base64url').toString().split(':')[1] ?? '' };
}

/** @param {number} page @param {(after: any) => Promise<any>} next */
async function cursorBefore(page, next) {
  let cursor = null;
  for (let read = 1; read < page; read += 1) cursor = (await next(cursor)).pageInfo.endCursor;
  return cursor;
}

/** Who answers something else is not measured. @param {readonly Reader[]} readers */
async function expectSamePage(readers) {
  const [first, ...others] = readers.filter(({ isPage, name }) => isPage || name === 'PostGraphile orders alone');
  if (!first) return;
  const { edges } = await ask(first);
  if (edges.length !== 50 || edges[0].node.items.length !== 2)
    throw new Error('The first page is not as it was seeded.');
  for (const other of others)
    if (!isDeepStrictEqual((await ask(other)).edges, edges)) throw new Error(`${other.what}: answers another page.`);
  for (const reader of readers) await ask(reader);
}

/** @param {Pick<Reader, 'url' | 'headers' | 'body'>} reader @returns {Promise<any>} what `orders` is */
async function ask({ url, headers, body }) {
  const response = await fetch(url, { method: 'POST', headers, body });
  const { data, errors } = /** @type {any} */ (await response.json());
  if (errors) throw new Error(`${url} answered: ${errors[0].message}`);
  if (data.one === null) throw new Error(`${url} has no such order.`);
  return data.orders ?? (data.allAmazonOrders ? asOurPage(data.allAmazonOrders) : data);
}
