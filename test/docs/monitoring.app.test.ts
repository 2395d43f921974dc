import { beforeAll, describe, expect, it } from 'vitest';
import { readDocument } from '../helpers/doc-blocks.js';
import { sharedTestApp } from '../helpers/with-app.js';

const FILES = ['docs/monitoring/grafana-dashboard.json', 'docs/monitoring/alerts.yml'];
/** Labels that Prometheus and PromQL add. */
const FOREIGN_LABELS = ['instance', 'le', 'severity'];

/** Its expressions of PromQL. */
function expressionsIn(file: string): string[] {
  const text = readDocument(file);
  const pattern = file.endsWith('.json') ? /"expr": ("(?:[^"\\]|\\.)*")/g : /^ +expr: (.+)$/gm;
  return [...text.matchAll(pattern)].map(([, found = '']) => (found.startsWith('"') ? JSON.parse(found) : found));
}

describe('the metrics', () => {
  const app = sharedTestApp({ orders: 3 });
  let text: string;
  let own: string[];
  beforeAll(async () => {
    const { url } = (await app()).app;
    text = await (await fetch(`${url}/metrics`)).text();
    own = [...text.matchAll(/^# TYPE (ordermirror_\w+)/gm)].map(([, name = '']) => name);
    expect(own.length).toBeGreaterThan(10);
  });

  it.each(FILES)('that %s asks for exist, with their labels', (file) => {
    const expressions = expressionsIn(file);
    expect(expressions.length).toBeGreaterThan(5);
    for (const expression of expressions) {
      const names = expression.match(/\b(?:ordermirror|process|nodejs)_\w+/g) ?? [];
      expect(names.length, expression).toBeGreaterThan(0);
      for (const name of names) {
        const metric = name.replace(/_(bucket|count|sum)$/, '');
        expect(text, expression).toMatch(new RegExp(`^# TYPE (${name}|${metric}) `, 'm'));
      }
      const labels = [...expression.matchAll(/(?:by \(|[{,] ?)(\w+(?:, \w+)*)(?=\)|=)/g)].flatMap(([, list = '']) =>
        list.split(', '),
      );
      const documented = readDocument('docs/operations.md');
      for (const label of labels)
        if (!FOREIGN_LABELS.includes(label))
          expect(documented, expression).toMatch(new RegExp(`^\\| .*\`${label}\``, 'm'));
    }
  });

  it('are all in docs/operations.md', () => {
    const document = readDocument('docs/operations.md');
    expect(own.filter((name) => !document.includes(`\`${name}\``))).toEqual([]);
  });

  it('are all on the dashboard', () => {
    const dashboard = readDocument('docs/monitoring/grafana-dashboard.json');
    expect(own.filter((name) => !dashboard.includes(name))).toEqual([]);
  });

  it('say whether the connection works, up to when orders are complete, and when the secret expires', async () => {
    const { app: started, owner } = await app();
    const read = async (name: string) => {
      const body = await (await fetch(`${started.url}/metrics`)).text();
      return new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, 'm').exec(body)?.[1];
    };
    expect(await read('ordermirror_connection_ok')).toBe('1');
    expect(await read('ordermirror_complete_until_timestamp_seconds')).toBeUndefined();
    const days = (Number(await read('ordermirror_credential_expires_timestamp_seconds')) - Date.now() / 1000) / 86_400;
    expect(Math.round(days)).toBe(180);
    const { syncOrders } = await owner.request<{ syncOrders: { id: string } }>(
      'mutation { syncOrders(includeItems: false) { id } }',
    );
    await expect
      .poll(async () => {
        const query = 'query ($id: ID!) { node(id: $id) { ... on SyncRun { status } } }';
        return (await owner.request<{ node: { status: string } }>(query, { id: syncOrders.id })).node.status;
      })
      .toBe('OK');
    const age = Date.now() / 1000 - Number(await read('ordermirror_complete_until_timestamp_seconds'));
    expect(age).toBeGreaterThan(100);
    expect(age).toBeLessThan(600);
    await owner.request('mutation { saveConnection(input: { status: DISCONNECTED }) { id } }');
    expect(await read('ordermirror_connection_ok')).toBe('0');
  });
});
