import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, OperationTypeNode, parse, validate } from 'graphql';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { createApiClient } from '../../src/cli/demo/api-client.js';
import { blocksOf, type DocBlock, documents } from '../helpers/doc-blocks.js';
import { type DocShell, openDocShell } from '../helpers/doc-shell.js';
import { postgresForTests, postgresUrlOf } from '../helpers/postgres-for-tests.js';
import { hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { connectAsOwner } from '../helpers/with-process.js';
import { withSimulator } from '../helpers/with-sync.js';

/** Documents whose blocks are run below. */
const RUN = [
  'README.md',
  'docs/api.md',
  'docs/cli.md',
  'docs/guide.md',
  'docs/operations.md',
  'docs/simulator.md',
  'docs/sql.md',
];

/** Blocks that are not run here, and why. */
const NOT_RUN: readonly (readonly [matches: (block: DocBlock) => boolean, reason: string])[] = [
  [({ text }) => text === 'npm ci && npm run demo', 'npm ci downloads packages; .ci/run runs it, and the demo'],
  [({ text }) => text.startsWith('npm run package'), 'test/processes/package.test.ts packs, installs and runs it'],
  [({ text }) => text.startsWith('docker compose'), 'needs Docker'],
  [({ text }) => text.startsWith('aws '), 'needs an AWS account'],
  [({ headings }) => headings.includes('Backups'), 'test/processes/backups.db.test.ts runs these'],
  [({ text }) => /^npm run (test:chaos|test:fuzz|bench)\b/.test(text), 'takes minutes'],
];

/** Input for the `read` commands of a block. */
const INPUTS: readonly (readonly [prompt: string, input: string])[] = [
  ['E-mail, then a new password', 'owner@example.com\na long enough password\n'],
  ['Client id, client secret, refresh token', 'amzn1.application-oa2-client.docs\namzn1.oa2-cs.docs\nAtzr|docs\n'],
];

const isRun = (block: DocBlock) => !NOT_RUN.some(([matches]) => matches(block));
const commands = (document: string) =>
  blocksOf(document).filter((block) => ['sh', 'js'].includes(block.language) && isRun(block));
const schema = buildSchema(readFileSync(join(import.meta.dirname, '../../schema.graphql'), 'utf8'));

describe('the blocks of the documents', () => {
  const all = documents.flatMap(blocksOf);

  it('are run below, or listed with a reason', () => {
    const forgotten = all
      .filter((block) => block.language === 'sh' && !RUN.includes(block.document) && isRun(block))
      .map(({ document, line }) => `${document}:${line}`);
    expect(forgotten).toEqual([]);
  });

  it('are listed only if they exist', () => {
    expect(NOT_RUN.filter(([matches]) => !all.some(matches)).map(([, reason]) => reason)).toEqual([]);
  });

  it.each(
    all
      .filter(({ language }) => language === 'graphql')
      .map((block) => [`${block.document}:${block.line}`, block] as const),
  )('%s is valid GraphQL for the schema', (_place, { text }) => {
    expect(validate(schema, parse(text))).toEqual([]);
  });
});

describe('the commands', { timeout: 180_000 }, () => {
  it('of README.md run, and its query finds orders', async () => {
    const simulator = await withSimulator({ orders: 50 });
    const shell = openDocShell();
    shell.set('SP_API_ENDPOINT', simulator.url);
    shell.set('LWA_ENDPOINT', simulator.url);
    const [start, ...others] = commands('README.md');
    await runAll(shell, start ? [start] : []);
    const api = createApiClient(shell.url);
    shell.set('TOKEN', await connectAsOwner(api, simulator.marketplaceIds));
    expect(await untilRun(api, await startRun(api), hasEnded)).toMatchObject({ status: 'OK' });
    expect(await runAll(shell, others)).toMatch(/"totalCount":[1-9]/);
    await executeQueries(shell, 'README.md');
  });

  it('of docs/guide.md and docs/api.md run, one after the other', async () => {
    const shell = openDocShell();
    await runAll(shell, commands('docs/guide.md'));
    expect(JSON.parse(shell.env.PAGE ?? '').orders.totalCount).toBeGreaterThan(0);
    await runAll(shell, commands('docs/api.md'));
    await executeQueries(shell, 'docs/api.md');
  });

  it('of docs/cli.md run beside an embedded database', async () => {
    const simulator = await withSimulator({ orders: 1 });
    const shell = openDocShell();
    shell.set('SP_API_ENDPOINT', simulator.url);
    shell.set('LWA_ENDPOINT', simulator.url);
    await shell.run({ document: 'an embedded database', line: 1, headings: [], language: 'sh', text: 'npm start' });
    await connectAsOwner(createApiClient(shell.url), ['ATVPDKIKX0DER']);
    await shell.stopServers();
    expect(await runAll(shell, commands('docs/cli.md'))).toContain('Set a new password for owner@example.com');
  });

  it('of docs/simulator.md run', async () => {
    await runAll(openDocShell(), commands('docs/simulator.md'));
  });

  it('of docs/operations.md and docs/sql.md run on PostgreSQL, and move an embedded database there', async ({
    skip,
  }) => {
    if (!(await postgresForTests()) || spawnSync('createdb', ['--version']).status !== 0)
      return skip(
        'There is no PostgreSQL, or no createdb: the commands of docs/operations.md and docs/sql.md are not run.',
      );
    const shell = openDocShell();
    await shell.run({ document: 'an embedded database', line: 1, headings: [], language: 'sh', text: 'npm start' });
    await connectAsOwner(createApiClient(shell.url), ['ATVPDKIKX0DER']);
    await shell.stopServers();
    await runAll(shell, commands('docs/operations.md'));
    await runAll(shell, commands('docs/sql.md'));
    expect(await usersIn(shell.databases[1] ?? '')).toEqual(['owner@example.com']);
  });
});

/** @returns what the blocks printed */
async function runAll(shell: DocShell, blocks: readonly DocBlock[]): Promise<string> {
  expect(blocks.length).toBeGreaterThan(0);
  let printed = '';
  for (const block of blocks) {
    const output = await shell.run(block, INPUTS.find(([prompt]) => block.text.includes(prompt))?.[1]);
    expect(output, `${block.document}:${block.line}`).not.toContain('"errors"');
    printed += output;
  }
  return printed;
}

/** Executes the queries of a document; one with variables has their values in the JSON block that follows. */
async function executeQueries({ url, env }: DocShell, document: string): Promise<void> {
  const api = createApiClient(url);
  api.signIn(env.TOKEN ?? '');
  const blocks = blocksOf(document);
  for (const [index, { language, text, line }] of blocks.entries()) {
    if (language !== 'graphql') continue;
    const [operation] = parse(text).definitions;
    if (operation?.kind !== 'OperationDefinition' || operation.operation !== OperationTypeNode.QUERY) continue;
    const next = blocks[index + 1];
    const hasVariables = (operation.variableDefinitions ?? []).length > 0;
    if (hasVariables) expect(next?.language, `${document}:${line} has no example of its variables`).toBe('json');
    await api.request(text, hasVariables ? JSON.parse(next?.text ?? '') : {});
  }
}

async function usersIn(database: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: postgresUrlOf(database) });
  await client.connect();
  try {
    return (await client.query<{ email: string }>('SELECT email FROM users')).rows.map(({ email }) => email);
  } finally {
    await client.end();
  }
}
