import { randomUUID } from 'node:crypto';
import { PothosValidationError } from '@pothos/core';
import { GraphQLError } from 'graphql';
import { SyncError, UserError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { requestBudget } from './limits/request-budget.js';

export type MaskError = (error: unknown) => GraphQLError;

/**
 * What a client is told of an error. Refusals and what is wrong with a request itself go out as they are, with a code;
 * anything else is logged whole under an id, and only the id goes out.
 */
export function createMaskError(logger: Logger): MaskError {
  return (error) => {
    const cause = rootOf(error);
    if (cause instanceof UserError) return tell(error, cause.message, { ...cause.extensions, code: cause.code });
    if (cause instanceof SyncError) return tell(error, cause.message, { code: cause.code });
    if (isUnreadableText(cause))
      return tell(error, 'Text may not hold the character U+0000.', { code: 'BAD_USER_INPUT' });
    if (cause instanceof GraphQLError && isAboutTheRequest(cause, error)) {
      return tell(error, cause.message, { code: 'BAD_USER_INPUT', ...cause.extensions });
    }
    const id = randomUUID();
    logger.error(
      { err: cause, errorId: id, path: error instanceof GraphQLError ? error.path?.join('.') : undefined },
      'A GraphQL request failed.',
    );
    return tell(error, `Something went wrong on the server; it is in the log under ${id}.`, {
      code: 'INTERNAL_SERVER_ERROR',
    });
  };
}

function tell(error: unknown, message: string, extensions: { code: unknown }): GraphQLError {
  const at = error instanceof GraphQLError ? error : undefined;
  // An answer without any data has a status of its own, where the client understands that.
  const http = at?.path ? {} : { http: { status: statusOf(extensions.code), spec: true } };
  return new GraphQLError(shortened(message), {
    nodes: at?.nodes ?? null,
    source: at?.source ?? null,
    positions: at?.positions ?? null,
    path: at?.path ?? null,
    extensions: { ...http, ...extensions },
  });
}

function shortened(message: string): string {
  const { maxMessageLength } = requestBudget;
  return message.length > maxMessageLength ? `${message.slice(0, maxMessageLength)}…` : message;
}

function statusOf(code: unknown): number {
  if (code === 'UNAUTHENTICATED') return 401;
  return code === 'INTERNAL_SERVER_ERROR' ? 500 : 400;
}

function rootOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? rootOf(error.originalError) : error;
}

/** Without a path it came before execution (syntax, validation, variables); with one, only what carries a code. */
function isAboutTheRequest(cause: GraphQLError, located: unknown): boolean {
  if (cause instanceof PothosValidationError || cause.extensions.code !== undefined) return true;
  return located instanceof GraphQLError && located.path === undefined;
}

/** What PostgreSQL says of text that it can't hold (SQLSTATE 22021), by itself or through Prisma. */
function isUnreadableText(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === '22021') || error.message.includes('invalid byte sequence for encoding');
}
