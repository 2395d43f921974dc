import { beforeEach, describe, expect } from 'vitest';
import { seedMarketplaces } from '../../src/connection/marketplaces.js';
import type { Database } from '../../src/database/database.js';
import { MARKETPLACES } from '../../src/spapi/sellers/marketplaces.js';
import { deleteAll } from '../helpers/delete-all.js';
import { test } from '../helpers/fixtures.js';
import { CA, connectionsOf, GB, newWorld, US, type World } from './with-connections.js';

let database: Database;

test.beforeAll(({ database: opened }) => {
  database = opened;
});
let world: World;
beforeEach(async () => {
  world = await newWorld(database, null);
});

const save = (input: Parameters<World['connections']['save']>[1]) => world.connections.save(world.owner, input);
const refusal = (message: RegExp) => ({ code: 'BAD_USER_INPUT', message: expect.stringMatching(message) });
const auditRows = () =>
  database.query<{ action: string; detail: object }>('SELECT action, detail FROM audit_log ORDER BY id');

test('creates one connection, and changes it afterwards', async () => {
  expect(await world.connections.read()).toBeNull();
  const made = await save({ region: 'NA', sellerIdentifier: ' A1SELLER ', marketplaceIds: [US, CA, ` ${US} `] });
  expect(made).toMatchObject({
    status: 'PENDING',
    region: 'NA',
    sellerIdentifier: 'A1SELLER',
    marketplaceIds: [US, CA],
    credential: null,
    lastCheckOk: null,
  });
  const changed = await save({ marketplaceIds: [CA] });
  expect(changed).toEqual({ ...made, marketplaceIds: [CA], updatedAt: expect.any(Date) });
  expect(await world.connections.read()).toEqual(changed);
  expect(await auditRows()).toEqual([
    { action: 'saveConnection', detail: { region: 'NA', marketplaceIds: [US, CA], status: 'PENDING' } },
    { action: 'saveConnection', detail: { region: 'NA', marketplaceIds: [CA], status: 'PENDING' } },
  ]);
});

test('creates one connection for two concurrent saves', async () => {
  await Promise.all([
    save({ region: 'NA', marketplaceIds: [US] }),
    save({ region: 'NA', sellerIdentifier: 'A1SELLER' }),
  ]);
  expect(await world.connections.read()).toMatchObject({ sellerIdentifier: 'A1SELLER', marketplaceIds: [US] });
});

test('keeps absent and null members; empties those given as empty', async () => {
  await save({ region: 'NA', sellerIdentifier: 'A1SELLER', marketplaceIds: [US] });
  expect(await save({ region: null, sellerIdentifier: null, marketplaceIds: null, status: null })).toMatchObject({
    region: 'NA',
    sellerIdentifier: 'A1SELLER',
    marketplaceIds: [US],
  });
  expect(await save({ sellerIdentifier: '', marketplaceIds: [] })).toMatchObject({
    sellerIdentifier: null,
    marketplaceIds: [],
  });
});

test('requires an owner', async () => {
  const { connections, viewer } = world;
  await expect(connections.save(viewer, { region: 'NA' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  expect(await connections.read()).toBeNull();
});

describe('the region', () => {
  test('is required, unless SP_API_REGION is set', async () => {
    await expect(save({ marketplaceIds: [US] })).rejects.toMatchObject(refusal(/NA, EU or FE/));
    const { connections } = connectionsOf(database, null, {
      spapi: { region: 'NA', endpoint: null, lwaEndpoint: null },
    });
    expect(await connections.save(world.owner, { marketplaceIds: [US] })).toMatchObject({ region: 'NA' });
    expect(await connections.save(world.owner, { region: 'EU', marketplaceIds: [GB] })).toMatchObject({ region: 'EU' });
    expect(await connections.save(world.owner, {})).toMatchObject({ region: 'EU' });
  });

  test('accepts its own marketplaces only; the error lists the wrong and the valid ones', async () => {
    await expect(save({ region: 'NA', marketplaceIds: [US, GB] })).rejects.toMatchObject(
      refusal(new RegExp(`"${GB}" \\(GB\\) is in EU.*${US} \\(US\\), ${CA} \\(CA\\)`)),
    );
    await expect(save({ region: 'NA', marketplaceIds: ['A38D8NSA03LJTC'] })).rejects.toMatchObject(
      refusal(/"A38D8NSA03LJTC" is not a documented marketplace/),
    );
    await expect(save({ region: 'NA', marketplaceIds: [''] })).rejects.toMatchObject(
      refusal(/"" is not a documented marketplace/),
    );
    expect(await world.connections.read()).toBeNull();
  });

  test('can only change together with the marketplaces', async () => {
    await save({ region: 'NA', marketplaceIds: [US] });
    await expect(save({ region: 'EU' })).rejects.toMatchObject(refusal(new RegExp(US)));
    expect(await world.connections.read()).toMatchObject({ region: 'NA', marketplaceIds: [US] });
    expect(await save({ region: 'EU', marketplaceIds: [GB] })).toMatchObject({ region: 'EU', marketplaceIds: [GB] });
    await save({ marketplaceIds: [] });
    expect(await save({ region: 'FE' })).toMatchObject({ region: 'FE' });
  });
});

describe('the cursors', () => {
  beforeEach(async () => {
    await deleteAll(database, 'sync_cursor, rejected_order, sync_run');
    await save({ region: 'NA', sellerIdentifier: 'A1SELLER', marketplaceIds: [US] });
    await database.query('INSERT INTO sync_cursor (marketplace_id, proven_until) VALUES ($1, now())', [US]);
  });
  test('are deleted with the unreadable intervals, and without the orders', async () => {
    await database.query(
      `INSERT INTO rejected_order (key, amazon_order_id, reason, payload, updated_from, updated_until, marketplace_ids)
       VALUES ('an interval', NULL, 'malformed', '{}', now(), now(), $1), ('1', '1', 'odd', '{}', NULL, NULL, NULL)`,
      [[US]],
    );
    await save({ sellerIdentifier: 'A2SELLER' });
    expect(await database.query('SELECT key FROM rejected_order')).toEqual([{ key: '1' }]);
  });

  const cursors = async () => (await database.query('SELECT FROM sync_cursor')).length;
  const lastDetail = async () => (await auditRows()).at(-1)?.detail;
  const run = (dryRun: boolean) =>
    database.query<{ id: bigint }>(
      `INSERT INTO sync_run (status, trigger, dry_run, include_items, updated_after, updated_before, legs)
       VALUES ('RUNNING', 'MANUAL', $1, true, now(), now(), '[]') RETURNING id`,
      [dryRun],
    );

  test.each([
    ['another seller', { sellerIdentifier: 'A2SELLER' }],
    ['another region', { region: 'EU', marketplaceIds: [GB] }],
  ] as const)('of one account say nothing of %s, and that they went is written down', async (_, input) => {
    await save(input);
    expect(await cursors()).toBe(0);
    expect(await lastDetail()).toMatchObject({ cursorsForgotten: true });
  });

  test.each([
    ['the same seller', { sellerIdentifier: ' A1SELLER ' }],
    ['other marketplaces', { marketplaceIds: [US, CA] }],
    ['another status', { status: 'DISCONNECTED' }],
    ['a seller that is named no more', { sellerIdentifier: '' }],
  ] as const)('stay with %s', async (_, input) => {
    await save(input);
    expect(await cursors()).toBe(1);
    expect(await lastDetail()).not.toHaveProperty('cursorsForgotten');
  });

  test('are kept when the seller is identified for the first time', async () => {
    await save({ sellerIdentifier: '' });
    await save({ sellerIdentifier: 'A2SELLER' });
    expect(await cursors()).toBe(1);
  });

  test('are kept, as the account is, when the change is refused', async () => {
    await expect(save({ region: 'EU' })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    const [running] = await run(false);
    await expect(save({ sellerIdentifier: 'A2SELLER' })).rejects.toMatchObject({
      code: 'SYNC_ALREADY_RUNNING',
      message: expect.stringContaining('cancelSync'),
      extensions: { runId: running?.id },
    });
    expect(await world.connections.read()).toMatchObject({ sellerIdentifier: 'A1SELLER', region: 'NA' });
    expect(await cursors()).toBe(1);
  });

  test('are deleted during a dry run, which moves none', async () => {
    await run(true);
    await save({ sellerIdentifier: 'A2SELLER' });
    expect(await cursors()).toBe(0);
  });
});

describe('the status', () => {
  const check = { ok: true } as const;
  beforeEach(async () => {
    await save({ region: 'NA', marketplaceIds: [US] });
  });
  const saveCredential = () => world.connections.saveCredential(world.owner, { refreshToken: 'Atzr|x' });
  const status = async () => (await world.connections.read())?.status;

  test('is PENDING until a check of credential and marketplaces succeeds', async () => {
    await world.connections.recordCheck(check);
    expect(await status()).toBe('PENDING');
    await saveCredential();
    expect(await status()).toBe('PENDING');
    await world.connections.recordCheck(check);
    expect(await status()).toBe('ACTIVE');
  });

  test('follows marketplaces that are added after the check, or removed', async () => {
    await save({ marketplaceIds: [] });
    await saveCredential();
    await world.connections.recordCheck(check);
    expect(await status()).toBe('PENDING');
    expect((await save({ marketplaceIds: [US] })).status).toBe('ACTIVE');
    expect((await save({ sellerIdentifier: 'A1' })).status).toBe('ACTIVE');
    expect((await save({ marketplaceIds: [] })).status).toBe('PENDING');
  });

  test('returns to PENDING, without a check result, when credential or region change', async () => {
    await saveCredential();
    const forgotten = { status: 'PENDING', lastCheckAt: null, lastCheckOk: null, lastCheckError: null };
    await world.connections.recordCheck(check);
    expect(await saveCredential()).toMatchObject(forgotten);
    await world.connections.recordCheck(check);
    expect(await save({ region: 'EU', marketplaceIds: [GB] })).toMatchObject(forgotten);
  });

  test.each([
    ['LWA_INVALID_GRANT', 'ERROR'],
    ['LWA_INVALID_CLIENT', 'ERROR'],
    ['SP_API_FORBIDDEN', 'ERROR'],
    ['DECRYPTION_FAILED', 'ERROR'],
    ['SP_API_UNAVAILABLE', 'ACTIVE'],
    ['SP_API_INVALID_INPUT', 'ACTIVE'],
  ] as const)('after %s is %s, and ACTIVE after the next success', async (code, expected) => {
    await saveCredential();
    await world.connections.recordCheck(check);
    await world.connections.recordCheck({ ok: false, code, message: 'Do this.' });
    expect(await world.connections.read()).toMatchObject({
      status: expected,
      lastCheckOk: false,
      lastCheckError: 'Do this.',
      lastCheckErrorCode: code,
    });
    await world.connections.recordCheck(check);
    expect(await world.connections.read()).toMatchObject({
      status: 'ACTIVE',
      lastCheckOk: true,
      lastCheckError: null,
      lastCheckErrorCode: null,
    });
  });

  test('stays DISCONNECTED until the owner changes it', async () => {
    expect((await save({ status: 'DISCONNECTED' })).status).toBe('DISCONNECTED');
    await save({ marketplaceIds: [CA] });
    await saveCredential();
    await world.connections.recordCheck(check);
    await world.connections.recordCheck({ ok: false, code: 'LWA_INVALID_GRANT', message: 'x' });
    expect(await status()).toBe('DISCONNECTED');
    expect((await save({ status: 'ACTIVE' })).status).toBe('ACTIVE');
  });
});

describe('marketplaces', () => {
  test('inserts the documented marketplaces, and keeps what Amazon has returned', async () => {
    const rows = () => database.prisma.marketplace.findMany({ orderBy: { marketplaceId: 'asc' } });
    const seeded = await rows();
    expect(seeded).toHaveLength(23);
    expect(seeded).toEqual(expect.arrayContaining([...MARKETPLACES]));
    await database.query(
      `UPDATE marketplaces SET name = 'Named by Amazon', currency = NULL, time_zone = 'UTC' WHERE marketplace_id = $1`,
      [US],
    );
    await database.query(
      `UPDATE marketplaces SET name = $1, country_code = '??', region = NULL WHERE marketplace_id = $1`,
      [CA],
    );
    await database.query(
      `INSERT INTO marketplaces (marketplace_id, country_code, name) VALUES ('NON_AMAZON', '', 'Off Amazon')`,
    );
    await Promise.all([seedMarketplaces(database), seedMarketplaces(database)]);
    const again = await rows();
    expect(again).toHaveLength(24);
    const us = MARKETPLACES.find(({ marketplaceId }) => marketplaceId === US);
    expect(again).toContainEqual({ ...us, name: 'Named by Amazon' });
    expect(again).toContainEqual(MARKETPLACES.find(({ marketplaceId }) => marketplaceId === CA));
    expect(again).toContainEqual(
      expect.objectContaining({ marketplaceId: 'NON_AMAZON', name: 'Off Amazon', currency: null }),
    );
  });

  test('are returned in the order of the connection', async () => {
    const names = async (ids: string[]) =>
      (await world.connections.marketplacesOf({ marketplaceIds: ids })).map(({ name }) => name);
    expect(await names([US, CA])).toEqual(['Amazon.com', 'Amazon.ca']);
    expect(await names([CA, 'unknown', US])).toEqual(['Amazon.ca', 'Amazon.com']);
    expect(await names([])).toEqual([]);
  });
});
