import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect } from 'vitest';
import type { ConnectionsOptions } from '../../src/connection/connection.js';
import { rotateSealedValues } from '../../src/connection/sealed-credential.js';
import { createSealer } from '../../src/connection/sealing.js';
import type { SaveCredentialInput } from '../../src/connection/types.js';
import type { Database } from '../../src/database/database.js';
import { test } from '../helpers/fixtures.js';
import { connectionsOf, KEY, newWorld, US, type World } from './with-connections.js';

let database: Database;

test.beforeAll(({ database: opened }) => {
  database = opened;
});
const TOKEN = 'Atzr|IwEBIJsecretRefreshToken';
const CLIENT = {
  lwaClientId: 'amzn1.application-oa2-client.saved',
  lwaClientSecret: 'amzn1.oa2-cs.v1.savedClientSecret',
};
const ENV = { clientId: 'env-client', clientSecret: 'env-secret' };
let world: World;
beforeEach(async () => {
  world = await newWorld(database, 'http://127.0.0.1:9');
  await world.connections.save(world.owner, { region: 'NA', marketplaceIds: [US] });
});

const save = (input: SaveCredentialInput) => world.connections.saveCredential(world.owner, input);

/** Returns the credential that a new client would use. */
async function used(lwa: ConnectionsOptions['lwa'] = ENV, keys: readonly [Buffer, ...Buffer[]] = [KEY]) {
  const seen: unknown[] = [];
  const { connections } = connectionsOf(database, null, {
    lwa,
    sealer: createSealer(keys),
    createSpApi: (address) => {
      seen.push(address);
      throw new Error('not made');
    },
  });
  await connections.openSpApi().catch((error: Error) => {
    if (error.message !== 'not made') throw error;
  });
  return seen[0];
}

test("is used with its own application, or the environment's", async () => {
  await save({ refreshToken: `  ${TOKEN}\n` });
  expect(await used()).toMatchObject({
    endpoint: 'https://sellingpartnerapi-na.amazon.com',
    lwaEndpoint: 'https://api.amazon.com',
    credential: { refreshToken: TOKEN, clientId: 'env-client', clientSecret: 'env-secret' },
  });
  await save({ refreshToken: TOKEN, ...CLIENT });
  expect(await used()).toMatchObject({
    credential: { refreshToken: TOKEN, clientId: CLIENT.lwaClientId, clientSecret: CLIENT.lwaClientSecret },
  });
});

test('a new refresh token keeps application and note; empty strings delete them', async () => {
  await save({ refreshToken: TOKEN, ...CLIENT, note: ' of the shop ' });
  expect(await save({ refreshToken: 'Atzr|second', note: null })).toMatchObject({
    credential: { note: 'of the shop' },
  });
  const second = { refreshToken: 'Atzr|second', clientId: CLIENT.lwaClientId, clientSecret: CLIENT.lwaClientSecret };
  expect(await used()).toMatchObject({ credential: second });
  await save({ refreshToken: 'Atzr|second', lwaClientSecret: 'rotated' });
  expect(await used()).toMatchObject({ credential: { ...second, clientSecret: 'rotated' } });
  expect(await save({ refreshToken: TOKEN, lwaClientId: '', lwaClientSecret: '', note: '' })).toMatchObject({
    credential: { note: null, lwaClientId: null, lwaClientSecretSealed: null },
  });
  expect(await used()).toMatchObject({ credential: { clientId: 'env-client', clientSecret: 'env-secret' } });
});

describe('a client secret belongs to its client id', () => {
  const another = { refreshToken: TOKEN, lwaClientId: 'another' };
  const saved = async () => ({
    connection: await world.connections.read(),
    auditLog: await database.query('SELECT id FROM audit_log'),
  });

  test.each([
    ['another client id', { lwaClientId: 'another' }],
    ['another one, with an empty secret', { lwaClientId: 'another', lwaClientSecret: ' ' }],
    ['an empty secret', { lwaClientSecret: '' }],
  ])('%s is rejected, and changes nothing', async (_what, input) => {
    await save({ refreshToken: TOKEN, ...CLIENT });
    await world.connections.recordCheck({ ok: true });
    const before = await saved();
    await expect(save({ refreshToken: 'Atzr|other', ...input })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringMatching(/has no client secret.*Nothing was changed. Send lwaClientSecret too/),
    });
    expect(await saved()).toEqual(before);
    expect(await used()).toMatchObject({ credential: { clientSecret: CLIENT.lwaClientSecret } });
  });

  test('a first client id without a secret is rejected', async () => {
    await expect(save(another)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect((await world.connections.read())?.credential).toBeNull();
  });

  test("a secret alone is saved with the environment's client id", async () => {
    const { connections } = connectionsOf(database, null, { lwa: ENV });
    await connections.saveCredential(world.owner, { refreshToken: TOKEN, lwaClientSecret: 'rotated' });
    const credential = { clientId: ENV.clientId, clientSecret: 'rotated' };
    expect(await used(ENV)).toMatchObject({ credential });
    expect(await used({ clientId: 'later', clientSecret: 'its own' })).toMatchObject({ credential });
  });

  test('a secret without any client id is rejected', async () => {
    const { connections } = connectionsOf(database, null, { lwa: { clientId: null, clientSecret: null } });
    const given = { refreshToken: TOKEN, lwaClientSecret: 'rotated' };
    await expect(connections.saveCredential(world.owner, given)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringMatching(/has no client id.*Nothing was changed. Send lwaClientId too/),
    });
    expect((await world.connections.read())?.credential).toBeNull();
  });

  test("the environment's client id needs no secret", async () => {
    await save({ refreshToken: TOKEN, ...CLIENT });
    const { connections } = connectionsOf(database, null, { lwa: ENV });
    await connections.saveCredential(world.owner, { refreshToken: TOKEN, lwaClientId: ENV.clientId });
    expect(await used()).toMatchObject({ credential: ENV });
  });

  test.each([
    ['nothing', { clientId: null, clientSecret: null }],
    ['a secret alone', { clientId: null, clientSecret: 'env-secret' }],
    ['another application', ENV],
  ])('a saved client id without a secret is an error when the environment has %s', async (_what, lwa) => {
    const before = connectionsOf(database, null, { lwa: { clientId: 'another', clientSecret: 'its secret' } });
    await before.connections.saveCredential(world.owner, another);
    await expect(used(lwa)).rejects.toMatchObject({
      code: 'LWA_INVALID_CLIENT',
      message: expect.stringMatching(/no LWA client secret.*LWA_CLIENT_SECRET/),
    });
  });
});

test('the error for a missing application names where to set it', async () => {
  await save({ refreshToken: TOKEN });
  await expect(used({ clientId: null, clientSecret: 'x' })).rejects.toMatchObject({
    code: 'LWA_INVALID_CLIENT',
    message: expect.stringMatching(/no LWA client id.*LWA_CLIENT_ID/),
  });
});

test('requires a connection and an owner', async () => {
  await expect(world.connections.saveCredential(world.viewer, { refreshToken: TOKEN })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
  await expect(world.connections.openSpApi()).rejects.toMatchObject({ code: 'NO_CREDENTIAL' });
  world = await newWorld(database, null);
  await expect(save({ refreshToken: TOKEN })).rejects.toMatchObject({
    code: 'NO_CONNECTION',
    message: expect.stringContaining('saveConnection'),
  });
  await expect(world.connections.openSpApi()).rejects.toMatchObject({ code: 'NO_CONNECTION' });
});

describe('other values are rejected, and not returned', () => {
  test.each([
    [{ refreshToken: '  ' }, 'empty'],
    [{ refreshToken: 'Atzr|IwEBIJ secretPart' }, 'white space'],
    [{ refreshToken: 'Atza|secretPart' }, 'access token'],
    [{ refreshToken: 'amzn1.application-oa2-client.secretPart' }, 'client id'],
    [{ refreshToken: 'amzn1.oa2-cs.v1.secretPart' }, 'client secret'],
    [{ refreshToken: `Atzr|${'secretPart'.repeat(300)}` }, '2048'],
    [{ refreshToken: TOKEN, lwaClientSecret: 'secretPart two' }, 'lwaClientSecret contains white space'],
    [{ refreshToken: TOKEN, lwaClientId: 'secretPart two' }, 'lwaClientId contains white space'],
    [{ refreshToken: TOKEN, note: 'secretPart'.repeat(51) }, 'note must not be longer'],
  ])('%#', async (input, reason) => {
    await expect(save(input)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringMatching(new RegExp(`^(?!.*secretPart).*${reason}`)),
    });
    expect((await world.connections.read())?.credential).toBeNull();
  });
});

describe('at rest', () => {
  test('no table and no log contains it in clear', async () => {
    await save({ refreshToken: TOKEN, ...CLIENT, note: 'of the shop' });
    await used();
    await world.connections.openSpApi();
    const tables = await database.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    const dumps = await Promise.all(
      tables.map(({ name }) => database.query<{ text: string }>(`SELECT t::text AS text FROM "${name}" AS t`)),
    );
    const dump = dumps
      .flat()
      .map(({ text }) => text)
      .join('\n');
    expect(dump).toContain('of the shop');
    for (const secret of [TOKEN, 'IwEBIJsecretRefreshToken', CLIENT.lwaClientSecret, 'savedClientSecret']) {
      for (const form of [
        secret,
        Buffer.from(secret).toString('base64').slice(0, -4),
        Buffer.from(secret).toString('hex'),
      ]) {
        expect(dump).not.toContain(form);
        expect(world.log()).not.toContain(form);
      }
    }
    expect(await database.query('SELECT action, detail FROM audit_log ORDER BY id DESC LIMIT 1')).toEqual([
      { action: 'saveCredential', detail: { lwaClientId: CLIENT.lwaClientId, clientSecretGiven: true } },
    ]);
  });

  test('sealed values cannot be swapped', async () => {
    await save({ refreshToken: TOKEN, ...CLIENT });
    await database.query(
      'UPDATE amazon_credential SET refresh_token_sealed = lwa_client_secret_sealed, lwa_client_secret_sealed = refresh_token_sealed',
    );
    await expect(used()).rejects.toMatchObject({ code: 'DECRYPTION_FAILED' });
  });

  test('without its key the error names the remedy; saving it again is enough', async () => {
    await save({ refreshToken: TOKEN, ...CLIENT });
    const other = randomBytes(32);
    await expect(used(undefined, [other])).rejects.toMatchObject({
      code: 'DECRYPTION_FAILED',
      message: expect.stringMatching(/Append that key to ENCRYPTION_KEY.*save the credential again/),
    });
    const { connections } = connectionsOf(database, null, { sealer: createSealer([other]) });
    await connections.saveCredential(world.owner, { refreshToken: 'Atzr|new', ...CLIENT });
    expect(await used(undefined, [other])).toMatchObject({ credential: { refreshToken: 'Atzr|new' } });
  });
});

describe('rotation', () => {
  const newer = randomBytes(32);
  const rotate = (...keys: [Buffer, ...Buffer[]]) => {
    const { logger, log } = connectionsOf(database, null);
    return rotateSealedValues({ database: database, sealer: createSealer(keys), logger }).then((values) => ({
      values,
      log: log(),
    }));
  };

  test('seals values again with the newest key, which is then enough', async () => {
    await save({ refreshToken: TOKEN, ...CLIENT });
    expect((await rotate(KEY)).values).toBe(0);
    const { values, log } = await rotate(newer, KEY);
    expect(values).toBe(2);
    expect(JSON.parse(log)).toMatchObject({ level: 'info', values: 2 });
    expect((await rotate(newer, KEY)).values).toBe(0);
    expect(await used(undefined, [newer])).toMatchObject({
      credential: { refreshToken: TOKEN, clientSecret: CLIENT.lwaClientSecret },
    });
    await expect(used(undefined, [KEY])).rejects.toMatchObject({ code: 'DECRYPTION_FAILED' });
  });

  test('seals one value without a client secret, and none without a credential', async () => {
    expect((await rotate(newer, KEY)).values).toBe(0);
    await save({ refreshToken: TOKEN });
    expect((await rotate(newer, KEY)).values).toBe(1);
  });

  test('of two concurrent processes leaves a readable credential', async () => {
    await save({ refreshToken: TOKEN, ...CLIENT });
    const results = await Promise.all([rotate(newer, KEY), rotate(newer, KEY)]);
    expect(results.map(({ values }) => values)).toContain(2);
    expect(await used(undefined, [newer])).toMatchObject({ credential: { refreshToken: TOKEN } });
  });

  test('does not overwrite a credential saved in between', async () => {
    await save({ refreshToken: TOKEN, ...CLIENT });
    const sealer = createSealer([newer, KEY]);
    let saving: Promise<unknown> | undefined;
    const seal: typeof sealer.seal = (text, place) => {
      saving ??= connectionsOf(database, null, { sealer }).connections.saveCredential(world.owner, {
        refreshToken: 'Atzr|concurrent',
      });
      return sealer.seal(text, place);
    };
    const { logger } = connectionsOf(database, null);
    await rotateSealedValues({ database: database, sealer: { ...sealer, seal }, logger });
    await saving;
    expect(await used(undefined, [newer, KEY])).toMatchObject({ credential: { refreshToken: 'Atzr|concurrent' } });
  });

  test('keeps and logs values that cannot be opened', async () => {
    await save({ refreshToken: TOKEN, ...CLIENT });
    const before = (await world.connections.read())?.credential;
    const { values, log } = await rotate(newer);
    expect(values).toBe(0);
    expect(JSON.parse(log)).toMatchObject({ level: 'warn', code: 'DECRYPTION_FAILED' });
    expect((await world.connections.read())?.credential).toEqual(before);
  });
});

describe('removal', () => {
  test('deletes the credential and the result of the last check', async () => {
    await save({ refreshToken: TOKEN, ...CLIENT });
    expect(await world.connections.removeCredential(world.owner)).toMatchObject({
      status: 'PENDING',
      credential: null,
    });
    expect(await database.query('SELECT * FROM amazon_credential')).toEqual([]);
    await expect(used()).rejects.toMatchObject({ code: 'NO_CREDENTIAL' });
    await expect(world.connections.removeCredential(world.owner)).rejects.toMatchObject({ code: 'NO_CREDENTIAL' });
    const [last] = await database.query('SELECT action, user_id FROM audit_log ORDER BY id DESC LIMIT 1');
    expect(last).toEqual({ action: 'removeCredential', user_id: world.owner.user.id });
  });

  test('is refused to a viewer and during a run', async () => {
    await save({ refreshToken: TOKEN });
    await expect(world.connections.removeCredential(world.viewer)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const [run] = await database.query<{ id: bigint }>(
      `INSERT INTO sync_run (status, trigger, dry_run, include_items, updated_after, updated_before, legs)
       VALUES ('RUNNING', 'MANUAL', false, true, now(), now(), '[]') RETURNING id`,
    );
    await expect(world.connections.removeCredential(world.owner)).rejects.toMatchObject({
      code: 'SYNC_ALREADY_RUNNING',
      extensions: { runId: run?.id },
    });
    await database.query('DELETE FROM sync_run');
    expect(await database.query('SELECT id FROM amazon_credential')).toHaveLength(1);
  });
});

test('health returns whether it is readable, and the source of its client', async () => {
  const health = async (keys: readonly [Buffer, ...Buffer[]] = [KEY], lwa: ConnectionsOptions['lwa'] = ENV) => {
    const { connections } = connectionsOf(database, null, { lwa, sealer: createSealer(keys) });
    const { credential } = (await connections.read()) ?? {};
    return credential && connections.healthOf(credential);
  };
  const whole = { readable: true, clientSource: 'ENVIRONMENT' };
  const lacking = { readable: true, clientSource: null };
  await save({ refreshToken: TOKEN });
  expect(await health()).toEqual(whole);
  for (const lwa of [{ clientId: null }, { clientSecret: null }]) {
    expect(await health([KEY], { ...ENV, ...lwa })).toEqual(lacking);
  }
  await connectionsOf(database, null, { lwa: ENV }).connections.saveCredential(world.owner, {
    refreshToken: TOKEN,
    lwaClientId: ENV.clientId,
  });
  expect(await health()).toEqual(whole);
  expect(await health([KEY], { clientId: 'another', clientSecret: 'its secret' })).toEqual(lacking);
  await save({ refreshToken: TOKEN, ...CLIENT });
  expect(await health()).toEqual({ readable: true, clientSource: 'CREDENTIAL' });
  expect(await health([randomBytes(32)])).toEqual({ readable: false, clientSource: 'CREDENTIAL' });
});

describe('rotateClientSecret', () => {
  const DAY_MS = 86_400_000;
  const rotate = (input: { lwaClientSecret: string; expiresAt?: Date }) =>
    world.connections.rotateClientSecret(world.owner, input);
  const daysLeft = async () => {
    const savedAt = (await world.connections.read())?.credential?.secretSavedAt;
    return Math.round(((savedAt?.getTime() ?? Number.NaN) - Date.now()) / DAY_MS) + 180;
  };

  test('replaces the secret alone, and counts its days again', async () => {
    await save({ refreshToken: TOKEN, ...CLIENT, note: 'kept' });
    await database.query(
      `UPDATE amazon_credential SET secret_saved_at = now() - interval '170 days', secret_warned_days = 14`,
    );
    await rotate({ lwaClientSecret: ' amzn1.oa2-cs.v1.rotated\n' });
    expect(await used()).toMatchObject({
      credential: { refreshToken: TOKEN, clientId: CLIENT.lwaClientId, clientSecret: 'amzn1.oa2-cs.v1.rotated' },
    });
    expect(await daysLeft()).toBe(180);
    expect((await world.connections.read())?.credential).toMatchObject({ note: 'kept', secretWarnedDays: null });
    const [entry] = await database.query<{ detail: unknown }>(
      `SELECT detail FROM audit_log WHERE action = 'rotateClientSecret'`,
    );
    expect(entry).toEqual({ detail: { lwaClientId: CLIENT.lwaClientId } });
  });

  test('takes the day on which the secret expires', async () => {
    await save({ refreshToken: TOKEN, ...CLIENT });
    await rotate({ lwaClientSecret: 'rotated', expiresAt: new Date(Date.now() + 100 * DAY_MS) });
    expect(await daysLeft()).toBe(100);
  });

  test('is refused without a credential, and with an empty secret or a day in the past', async () => {
    await expect(rotate({ lwaClientSecret: 'rotated' })).rejects.toMatchObject({ code: 'NO_CREDENTIAL' });
    await save({ refreshToken: TOKEN, ...CLIENT });
    await expect(rotate({ lwaClientSecret: ' ' })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    const past = { lwaClientSecret: 'rotated', expiresAt: new Date(Date.now() - DAY_MS) };
    await expect(rotate(past)).rejects.toThrow('expiresAt is in the past');
    expect(await used()).toMatchObject({ credential: { clientSecret: CLIENT.lwaClientSecret } });
  });
});
