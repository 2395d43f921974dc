import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import { OrderChangeKind } from '../generated/prisma/client.js';
import { decodeChangeCursor, encodeChangeCursor, findOrderChanges } from '../mirror/read/order-changes.js';
import type { McpParts } from './parts.js';
import { addTool } from './tool.js';

export function addChangesTool(server: McpServer, parts: McpParts): void {
  addTool(server, parts, {
    name: 'order_changes',
    title: 'What happened to orders',
    description:
      'Lists what changed of orders, each change with the status before and after and the names of the changed fields: the last changes (oldest of them first), or with `cursor` those after it. For the story of one order pass its id. Loads of old orders make no changes.',
    input: {
      amazonOrderId: z.string().max(100).optional().describe('Such as 123-1234567-1234567.'),
      kinds: z
        .array(z.enum(OrderChangeKind))
        .min(1)
        .max(6)
        .optional()
        .describe('Changes of one of these kinds. PRICE: an amount. OTHER: any field that is not of the other kinds.'),
      limit: z.int().min(1).max(50).default(20).describe('Maximum number of changes.'),
      cursor: z.string().max(500).optional().describe('`nextCursor` of an earlier answer, for the changes after it.'),
    },
    run: async ({ database }, { amazonOrderId, kinds, limit, cursor }) => {
      const { rows, hasNext, hasPrevious, head } = await findOrderChanges(database.reader, {
        after: cursor === undefined ? null : decodeChangeCursor(cursor),
        before: null,
        limit,
        fromEnd: cursor === undefined,
        kinds: kinds ?? null,
        amazonOrderId: amazonOrderId?.trim() ?? null,
      });
      const last = hasNext ? rows.at(-1) : head;
      return {
        changes: rows.map(({ id: _id, orderId: _orderId, ...change }) => change),
        cut: hasNext || (cursor === undefined && hasPrevious),
        nextCursor: last ? encodeChangeCursor(last) : (cursor ?? null),
      };
    },
  });
}
