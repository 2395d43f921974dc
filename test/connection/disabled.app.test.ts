import { expect, test } from 'vitest';
import { startTestApp } from '../helpers/with-app.js';

test('does not sync a disabled connection, by hand or by schedule, until it is enabled', async () => {
  const { owner } = await startTestApp(
    { orders: 10 },
    {
      change: (config) => ({ ...config, schedule: { ...config.schedule, cron: '0 0 1 1 *' } }),
    },
  );
  const sync = () => owner.request('mutation { syncOrders { status } }');
  const save = (status: string) =>
    owner.request(`mutation { saveConnection(input: { status: ${status} }) { status nextSyncAt } }`);

  expect(await save('DISCONNECTED')).toEqual({ saveConnection: { status: 'DISCONNECTED', nextSyncAt: null } });
  await expect(sync()).rejects.toThrow(/disabled.*saveConnection\(input: \{status: ACTIVE\}\).*NO_CONNECTION/);
  expect(await owner.request('mutation { pingSpApi { ok } }')).toEqual({ pingSpApi: { ok: true } });
  expect(await owner.request('{ syncRuns { nodes { id } } }')).toEqual({ syncRuns: { nodes: [] } });

  expect(await save('ACTIVE')).toEqual({
    saveConnection: { status: 'ACTIVE', nextSyncAt: expect.stringMatching(/-01-01T00:00:00/) },
  });
  expect(await sync()).toEqual({ syncOrders: { status: 'RUNNING' } });
});
