import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Database } from '../../src/database/database.js';
import { createReadiness } from '../../src/server/http/health.js';

/** Returns the response of `/health/ready` of a server on this database. */
export async function readinessOf(database: Database): Promise<{ status: number; database: string }> {
  const readiness = createReadiness({ database, isStopping: () => false, clockProblem: () => null });
  const server = createServer((request, response) => void readiness(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const { checks } = (await response.json()) as { checks: { database: string } };
    return { status: response.status, database: checks.database };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
