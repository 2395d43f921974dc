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
import { identify } from '../identify.js';

type SocketContext = Context<Record<string, unknown>, Extra>;
type Enveloped = ReturnType<GraphQLServer['yoga']['getEnveloped']>;
type Run = Enveloped['execute'];

const MOST_OPERATIONS = 50;

/**
 * How an operation that comes over a socket is prepared and executed: by the same plugins as over HTTP, so that limits,
 * masking and access are the same. The token is checked again for each, for a socket lives long.
 */
export function socketOperations(
  { yoga, maskError, callerOf }: GraphQLServer,
  { accounts }: ApiParts,
): Pick<ServerOptions<Record<string, unknown>, Extra>, 'onSubscribe' | 'execute' | 'subscribe' | 'onNext' | 'onError'> {
  const prepare = async (socket: SocketContext, payload: SubscribePayload) => {
    if (Object.keys(socket.subscriptions).length > MOST_OPERATIONS) {
      throw new UserError('RATE_LIMITED', `More than ${MOST_OPERATIONS} operations at once on one socket.`);
    }
    const requester = { caller: callerOf(socket.extra.request), ...(await identify(accounts, tokenOf(socket))) };
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
    execute: (args) => enveloped(args, 'execute'),
    subscribe: (args) => enveloped(args, 'subscribe'),
    onNext: (_socket, _id, _payload, _args, { data = null, errors }) =>
      errors ? { data, errors: errors.map(formatted) } : undefined,
    // Of a source of events that failed graphql-ws makes an error itself, unmasked.
    onError: (_socket, _id, _payload, errors) =>
      errors.map((error) => formatted(error.originalError ? maskError(error) : error)),
  };
}

/** As Yoga does it over HTTP. */
function withCode(parse: () => DocumentNode): DocumentNode {
  try {
    return parse();
  } catch (error) {
    if (error instanceof GraphQLError) error.extensions.code ??= 'GRAPHQL_PARSE_FAILED';
    throw error;
  }
}

/** As Yoga does it over HTTP, with the same words. */
function checkOperation(document: DocumentNode, name: string | null | undefined): void {
  if (getOperationAST(document, name)) return;
  throw new GraphQLError('Could not determine what operation to execute.', {
    extensions: { code: 'OPERATION_RESOLUTION_FAILURE' },
  });
}

/** What the `Authorization` header would be: in `connectionParams`, or else on the request that opened the socket. */
export function tokenOf({ connectionParams, extra }: SocketContext): string | undefined {
  const given = connectionParams?.authorization ?? connectionParams?.Authorization;
  return typeof given === 'string' ? given : extra.request.headers.authorization;
}

function enveloped({ rootValue, ...args }: ExecutionArgs, how: 'execute' | 'subscribe') {
  const { [how]: run } = rootValue as { execute: Run; subscribe: Run };
  return run(args);
}

/** Statuses are HTTP's. */
function formatted(error: GraphQLError): GraphQLFormattedError {
  const { extensions, ...rest } = error.toJSON();
  const { http: _, ...shown } = extensions ?? {};
  return { ...rest, extensions: shown };
}
