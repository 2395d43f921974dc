import { describe, expect } from 'vitest';
import type { ApiClient } from '../../src/cli/demo/api-client.js';
import { it } from '../helpers/fixtures.js';
import { hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { startTestApp } from '../helpers/with-app.js';

interface Call {
  readonly operation: string;
  readonly at: string;
  readonly durationMs: number;
  readonly request: string;
  readonly attempt: number;
  readonly status: number | null;
  readonly requestId: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly failed: boolean;
  readonly runId: string | null;
}

const CALLS = `query ($first: Int, $after: String, $filter: SpApiCallFilter) {
  spApiCalls(first: $first, after: $after, filter: $filter) {
    nodes { operation at durationMs request attempt status requestId errorCode errorMessage failed runId }
    pageInfo { hasNextPage endCursor }
  }
}`;

async function calls(owner: ApiClient, variables: Record<string, unknown> = {}) {
  const { spApiCalls } = await owner.request<{
    spApiCalls: { nodes: Call[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
  }>(CALLS, variables);
  return spApiCalls;
}

async function reportOf(owner: ApiClient, id: string): Promise<string | null> {
  const query = 'query ($id: ID!) { syncRun(id: $id) { supportReport } }';
  return (await owner.request<{ syncRun: { supportReport: string | null } }>(query, { id })).syncRun.supportReport;
}

describe('the log of calls to Amazon', () => {
  it('has each request of a run, newest first, without tokens', async () => {
    const { owner } = await startTestApp({ orders: 250 });
    const id = await startRun(owner);
    expect(await untilRun(owner, id, hasEnded)).toMatchObject({ status: 'OK' });
    const { nodes } = await calls(owner, { filter: { runId: id } });
    expect(nodes.map(({ operation, status, attempt }) => `${operation} ${status} ${attempt}`)).toEqual([
      'searchOrders 200 1',
      'searchOrders 200 1',
      'searchOrders 200 1',
      'token 200 1',
    ]);
    for (const node of nodes) {
      expect(node).toMatchObject({ failed: false, errorCode: null, errorMessage: null, runId: id });
      expect(node.requestId).toMatch(/^[0-9a-f-]{36}$/);
    }
    expect(nodes[0]?.request).toMatch(
      /^GET \/orders\/2026-01-01\/orders\?marketplaceIds=.*&includedData=FULFILLMENT.*&paginationToken=.{12}…\(\d+ more\)$/,
    );
    expect(nodes[3]?.request).toBe('POST /auth/o2/token');
    expect(JSON.stringify(nodes)).not.toMatch(/Atz|secret/i);
    expect(await reportOf(owner, id)).toBeNull();

    const first = await calls(owner, { first: 1, filter: { operations: ['searchOrders'], runId: id } });
    const rest = await calls(owner, { after: first.pageInfo.endCursor, filter: { operations: ['searchOrders'] } });
    expect([...first.nodes, ...rest.nodes]).toEqual(nodes.slice(0, 3));
  });

  it('has the failed calls of a failed run when it ends, as a text for Amazon’s support', async () => {
    const { owner, simulator } = await startTestApp({ orders: 10 });
    simulator.faults.add({ operation: 'searchOrders', fault: { kind: '400-invalid-input' } });
    const id = await startRun(owner);
    expect(await untilRun(owner, id, hasEnded)).toMatchObject({ status: 'ERROR', errorCode: 'SP_API_INVALID_INPUT' });
    const { nodes } = await calls(owner, { filter: { runId: id, failedOnly: true } });
    const failed = { status: 400, errorCode: 'InvalidInput', errorMessage: 'Invalid Input', failed: true };
    expect(nodes).toMatchObject([failed, failed]);
    const report = await reportOf(owner, id);
    expect(report).toContain('Region: NA');
    expect(report).toContain(`Marketplaces: ${simulator.marketplaceIds.join(', ')}`);
    for (const { requestId, at, request } of nodes) {
      expect(report).toContain(`x-amzn-RequestId: ${requestId}`);
      expect(report).toContain(`Sent: ${at} (UTC)`);
      expect(report).toContain(`Request: ${request}`);
    }
    expect(report).toContain('HTTP status: 400');
    expect(report).toContain('Error: InvalidInput: Invalid Input');
    expect(report).not.toMatch(/Atz|secret/i);
  });

  it('has the failed calls of a failed ping in its answer, as such a text', async () => {
    const { owner, simulator } = await startTestApp({ orders: 1 });
    const ping = async () => {
      const { pingSpApi } = await owner.request<{
        pingSpApi: { ok: boolean; errorCode: string | null; supportReport: string | null };
      }>('mutation { pingSpApi { ok errorCode supportReport } }');
      return pingSpApi;
    };
    expect(await ping()).toEqual({ ok: true, errorCode: null, supportReport: null });
    simulator.faults.add({ operation: 'getMarketplaceParticipations', fault: { kind: '400-invalid-input' } });
    const { ok, errorCode, supportReport } = await ping();
    expect({ ok, errorCode }).toEqual({ ok: false, errorCode: 'SP_API_INVALID_INPUT' });
    const { nodes } = await calls(owner, { filter: { failedOnly: true } });
    expect(nodes.length).toBeGreaterThan(0);
    for (const { requestId, at } of nodes) {
      expect(supportReport).toContain(`x-amzn-RequestId: ${requestId}`);
      expect(supportReport).toContain(`Sent: ${at} (UTC)`);
    }
    expect(supportReport).toContain('Operation: getMarketplaceParticipations, attempt 1');
    expect(supportReport).toContain('HTTP status: 400');
    expect(supportReport).not.toMatch(/Atz|secret/i);

    simulator.faults.clear();
    simulator.faults.add({ operation: 'token', fault: { kind: 'invalid-grant' } });
    await owner.request(
      'mutation { saveCredential(input: { refreshToken: "Atzr|another", lwaClientId: "id", lwaClientSecret: "secret" }) { id } }',
    );
    const login = await ping();
    expect(login).toMatchObject({ ok: false, errorCode: 'LWA_INVALID_GRANT' });
    expect(login.supportReport).toContain('Operation: token, attempt 1');
    expect(login.supportReport).not.toContain('getMarketplaceParticipations');
  });

  it('has the failed calls of the last test on the connection, until something else checks it', async () => {
    const { owner, simulator } = await startTestApp({ orders: 1 });
    const report = async () => {
      const query = '{ connection { lastCheckError lastCheckSupportReport } }';
      const { connection } = await owner.request<{
        connection: { lastCheckError: string | null; lastCheckSupportReport: string | null };
      }>(query);
      return connection;
    };
    const ping = async () => {
      const { pingSpApi } = await owner.request<{ pingSpApi: { supportReport: string | null } }>(
        'mutation { pingSpApi { supportReport } }',
      );
      return pingSpApi.supportReport;
    };
    const operation = 'getMarketplaceParticipations';
    expect(await ping()).toBeNull();
    expect(await report()).toEqual({ lastCheckError: null, lastCheckSupportReport: null });

    const callsIn = (text: string | null) => text?.split('Operation: ').slice(1);
    for (const fault of [{ kind: '400-invalid-input' }, { kind: '500' }, { kind: 'reset' }] as const) {
      simulator.faults.add({ operation, fault });
      const expected = callsIn(await ping());
      expect(expected).toHaveLength(fault.kind === '400-invalid-input' ? 1 : 3);
      expect(callsIn((await report()).lastCheckSupportReport), fault.kind).toEqual(expected);
      simulator.faults.clear();
    }
    simulator.faults.add({ operation, fault: { kind: 'rewrite', rewrite: () => '{}' } });
    const last = callsIn(await ping());
    expect((await report()).lastCheckSupportReport).toContain('Last call, newest first');
    expect(callsIn((await report()).lastCheckSupportReport)).toEqual(last);
    simulator.faults.clear();

    simulator.faults.add({ operation: 'token', fault: { kind: 'invalid-grant' } });
    await owner.request(
      'mutation { saveCredential(input: { refreshToken: "Atzr|another", lwaClientId: "id", lwaClientSecret: "secret" }) { id } }',
    );
    expect(await report()).toEqual({ lastCheckError: null, lastCheckSupportReport: null });
    await ping();
    expect((await report()).lastCheckSupportReport).toContain('Operation: token, attempt 1');
    expect(await untilRun(owner, await startRun(owner), hasEnded)).toMatchObject({ status: 'ERROR' });
    expect((await report()).lastCheckSupportReport).toBeNull();
  });

  it('has requests without an answer and logins that fail, of a ping too, and drops old ones', async () => {
    const { owner, simulator, app } = await startTestApp({ orders: 1 });
    await app.database.query(
      `INSERT INTO sp_api_call (operation, at, duration_ms, request, attempt, failed)
       SELECT 'token', now() - days * interval '1 day', 1, 'POST /auth/o2/token', 1, false FROM unnest('{13,15}'::int[]) AS days`,
    );
    simulator.faults.add({ operation: 'token', on: { from: 1 }, fault: { kind: '500' } });
    simulator.faults.add({
      operation: 'getMarketplaceParticipations',
      on: { from: 1 },
      fault: { kind: 'reset' },
    });
    expect(await owner.request('mutation { pingSpApi { ok } }')).toEqual({ pingSpApi: { ok: true } });
    expect(await untilRun(owner, await startRun(owner), hasEnded)).toMatchObject({ status: 'OK' });
    const outsideRuns = async () => {
      const { nodes } = await calls(owner);
      return nodes.filter(({ runId }) => runId === null).map((node) => [node.operation, node.attempt, node.status]);
    };
    // Old calls are deleted after the run has ended.
    await expect.poll(outsideRuns).toEqual([
      ['getMarketplaceParticipations', 2, 200],
      ['getMarketplaceParticipations', 1, null],
      ['token', 2, 200],
      ['token', 1, 500],
      ['token', 1, null],
    ]);
    const { nodes } = await calls(owner);
    expect(nodes).toContainEqual(expect.objectContaining({ errorCode: 'ECONNRESET', requestId: null, failed: true }));
    expect(nodes).toContainEqual(expect.objectContaining({ errorCode: 'server_error', failed: true }));
  });
});
