import { randomUUID } from 'node:crypto';
import { PothosValidationError } from '@pothos/core';
import { GraphQLError } from 'graphql';
import { NotificationError, SyncError, UserError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { requestBudget } from './limits/request-budget.js';

export type MaskError = (error: unknown) => GraphQLError;

/**
 * Creates the function that turns an error into what the client receives. Errors of the request, UserErrors and SyncErrors
 * keep their message and have a code. Any other error is logged under an id, and the client receives the id only.
 */
export function createMaskError(logger: Logger): MaskError {
  return (error) => {
    const cause = rootOf(error);
    if (cause instanceof UserError) return clientError(error, cause.message, { ...cause.extensions, code: cause.code });
    if (cause instanceof SyncError || cause instanceof NotificationError)
      return clientError(error, cause.message, { code: cause.code });
    if (isUnstorableText(cause))
      return clientError(error, 'Text must not contain the character U+0000.', { code: 'BAD_USER_INPUT' });
    if (cause instanceof GraphQLError && isRequestError(cause, error)) {
      return clientError(error, cause.message, { code: 'BAD_USER_INPUT', ...cause.extensions });
    }
    const id = randomUUID();
    const path = error instanceof GraphQLError ? error.path?.join('.') : undefined;
    logger.error({ err: cause, errorId: id, path }, 'A GraphQL request failed.');
    const message = `Internal server error. The server log has the cause under errorId ${id}.`;
    return clientError(error, message, { code: 'INTERNAL_SERVER_ERROR' });
  };
}

function clientError(error: unknown, message: string, extensions: { code: unknown }): GraphQLError {
  const located = error instanceof GraphQLError ? error : undefined;
  // Without a path the response has no data, and a status of its own for clients of application/graphql-response+json.
  const http = located?.path ? {} : { http: { status: statusOf(extensions.code), spec: true } };
  return new GraphQLError(shortened(message), {
    nodes: located?.nodes ?? null,
    source: located?.source ?? null,
    positions: located?.positions ?? null,
    path: located?.path ?? null,
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

/** An error without a path precedes execution (syntax, validation, variables); one with a path needs a code. */
function isRequestError(cause: GraphQLError, located: unknown): boolean {
  if (cause instanceof PothosValidationError || cause.extensions.code !== undefined) return true;
  return located instanceof GraphQLError && located.path === undefined;
}

/** Whether PostgreSQL rejected a text (SQLSTATE 22021), by itself or through Prisma. */
function isUnstorableText(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === '22021') || error.message.includes('invalid byte sequence for encoding');
}
