import {
  type DocumentNode,
  type ExecutionArgs,
  GraphQLError,
  type GraphQLFormattedError,
  getOperationAST,
} from 'graphql';
import type { Context, ServerOptions, SubscribePayload } from 'graphql-ws';
import type { Extra } from 'graphql-ws/use/ws';
import { UserError } from '../../core/errors.js';
import type { ApiParts } from '../../graphql/context.js';
import type { GraphQLServer } from '../graphql.js';
import { authenticate } from '../plugins/use-authentication.js';

type SocketContext = Context<Record<string, unknown>, Extra>;
type Enveloped = ReturnType<GraphQLServer['yoga']['getEnveloped']>;
type Run = Enveloped['execute'];

const MAX_OPERATIONS = 50;

/**
 * Prepares and executes the operations of a socket with the same plugins as over HTTP, so that limits, error masking and
 * authorization are the same. The token is checked for each operation, since sockets are long-lived.
 */
export function socketOperations(
  { yoga, maskError, callerOf }: GraphQLServer,
  { accounts }: ApiParts,
): Pick<ServerOptions<Record<string, unknown>, Extra>, 'onSubscribe' | 'execute' | 'subscribe' | 'onNext' | 'onError'> {
  const prepare = async (socket: SocketContext, payload: SubscribePayload) => {
    if (Object.keys(socket.subscriptions).length > MAX_OPERATIONS) {
      throw new UserError(
        'RATE_LIMITED',
        `At most ${MAX_OPERATIONS} operations may be active on one socket. Complete one first.`,
      );
    }
    const requester = { caller: callerOf(socket.extra.request), ...(await authenticate(accounts, tokenOf(socket))) };
    const { schema, parse, validate, contextFactory, execute, subscribe } = yoga.getEnveloped(requester);
    const document = withCode(() => parse(payload.query));
    checkOperation(document, payload.operationName);
    const errors: readonly GraphQLError[] = validate(schema, document);
    if (errors.length > 0) return errors.map(maskError);
    return {
      schema,
      document,
      operationName: payload.operationName,
      variableValues: payload.variables,
      contextValue: await contextFactory(),
      rootValue: { execute, subscribe },
    };
  };
  return {
    onSubscribe: (socket, _id, payload) => prepare(socket, payload).catch((error: unknown) => [maskError(error)]),
    execute: (args) => runEnveloped(args, 'execute'),
    subscribe: (args) => runEnveloped(args, 'subscribe'),
    onNext: (_socket, _id, _payload, _args, { data = null, errors }) =>
      errors ? { data, errors: errors.map(formatted) } : undefined,
    // graphql-ws creates the error of a failed event source itself, unmasked.
    onError: (_socket, _id, _payload, errors) =>
      errors.map((error) => formatted(error.originalError ? maskError(error) : error)),
  };
}

/** Adds the same code as Yoga does over HTTP. */
function withCode(parse: () => DocumentNode): DocumentNode {
  try {
    return parse();
  } catch (error) {
    if (error instanceof GraphQLError) error.extensions.code ??= 'GRAPHQL_PARSE_FAILED';
    throw error;
  }
}

/** Throws the same error as Yoga does over HTTP. */
function checkOperation(document: DocumentNode, name: string | null | undefined): void {
  if (getOperationAST(document, name)) return;
  throw new GraphQLError('Could not determine what operation to execute.', {
    extensions: { code: 'OPERATION_RESOLUTION_FAILURE' },
  });
}

/** Returns the value of `Authorization`: from `connectionParams`, else from the upgrade request. */
export function tokenOf({ connectionParams, extra }: SocketContext): string | undefined {
  const given = connectionParams?.authorization ?? connectionParams?.Authorization;
  return typeof given === 'string' ? given : extra.request.headers.authorization;
}

function runEnveloped({ rootValue, ...args }: ExecutionArgs, how: 'execute' | 'subscribe') {
  const { [how]: run } = rootValue as { execute: Run; subscribe: Run };
  return run(args);
}

/** Formats an error without its HTTP status. */
function formatted(error: GraphQLError): GraphQLFormattedError {
  const { extensions, ...rest } = error.toJSON();
  const { http: _, ...shown } = extensions ?? {};
  return { ...rest, extensions: shown };
}
