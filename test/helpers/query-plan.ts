import type { Sql } from '../../src/database/database.js';

export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  /** With `analyze`: rows and removed rows are means of all loops. */
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly 'Rows Removed by Filter'?: number;
}

/** Returns all nodes of a statement's plan. With `analyze` it executes the statement. */
export async function planNodes(
  sql: Sql,
  { text, values = [] }: { readonly text: string; readonly values?: readonly unknown[] },
  { analyze = false } = {},
): Promise<PlanNode[]> {
  const nodes: PlanNode[] = [];
  const plan = await sql.query(`EXPLAIN (${analyze ? 'ANALYZE, ' : ''}FORMAT JSON) ${text}`, values);
  JSON.stringify(plan, (_key, node) => {
    if (node?.['Node Type']) nodes.push(node);
    return node;
  });
  return nodes;
}

/** Returns how many rows a node of an analyzed plan has read. */
export function rowsRead(node: PlanNode): number {
  return ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0)) * (node['Actual Loops'] ?? 1);
}
