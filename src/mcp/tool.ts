import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import { UserError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { readCompleteness } from './completeness.js';
import type { McpParts } from './parts.js';

interface Tool<Input extends z.ZodRawShape> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: Input;
  readonly run: (parts: McpParts, input: z.output<z.ZodObject<Input>>) => Promise<Record<string, unknown>>;
}

/**
 * Adds a tool. Its answer is JSON, as structured content and as text, with up to when the mirror is complete. UserErrors
 * are answered with their message; others are logged, and answered without details.
 */
export function addTool<Input extends z.ZodRawShape>(server: McpServer, parts: McpParts, tool: Tool<Input>): void {
  const { name, title, description, run } = tool;
  const answer = async (input: z.output<z.ZodObject<Input>>) => {
    try {
      const result = { ...(await run(parts, input)), completeness: await readCompleteness(parts) };
      return { structuredContent: result, content: [{ type: 'text' as const, text: JSON.stringify(result) }] };
    } catch (error) {
      return { isError: true, content: [{ type: 'text' as const, text: messageOf(error, name, parts.logger) }] };
    }
  };
  server.registerTool(
    name,
    {
      title,
      description,
      inputSchema: z.strictObject(tool.input),
      annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    },
    // The SDK's type of the callback is conditional on the generic `Input`.
    answer as Parameters<typeof server.registerTool>[2],
  );
}

function messageOf(error: unknown, tool: string, logger: Logger): string {
  if (error instanceof UserError) return error.message;
  logger.error({ err: error, tool }, 'A tool of the MCP server failed.');
  return 'The tool failed. The server log has the cause.';
}

/** An instant in ISO 8601, such as 2026-11-01T00:00:00Z. */
export const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

/** Marketplaces by id or country code. */
export const marketplaces = z
  .array(z.string().max(20))
  .min(1)
  .max(50)
  .optional()
  .describe('Marketplace ids or country codes, such as US or DE. All marketplaces if absent.');

/** Returns the ids of marketplaces; null for all. @throws {UserError} BAD_USER_INPUT for an unknown one */
export async function marketplaceIds(
  { database }: Pick<McpParts, 'database'>,
  names: readonly string[] | undefined,
): Promise<readonly string[] | null> {
  if (names === undefined) return null;
  const known = await database.prisma.marketplace.findMany({ select: { marketplaceId: true, countryCode: true } });
  return names.flatMap((name) => {
    const found = known.filter((one) => [one.marketplaceId, one.countryCode].includes(name.trim().toUpperCase()));
    if (found.length > 0) return found.map((one) => one.marketplaceId);
    throw new UserError(
      'BAD_USER_INPUT',
      `There is no marketplace "${name}". Known country codes: ${known
        .map((one) => one.countryCode)
        .sort()
        .join(', ')}.`,
    );
  });
}
