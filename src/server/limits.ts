import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthPlugin } from '@escape.tech/graphql-armor-max-depth';
import { maxTokensPlugin } from '@escape.tech/graphql-armor-max-tokens';
import { GraphQLError, type ValidationContext } from 'graphql';

/** How large an operation may be. */
export const operationLimits = { depth: 15, aliases: 30, tokens: 2_000 } as const;
/** How many bytes a request's body, or a message on a WebSocket, may have. */
export const MOST_BYTES = 1_000_000;

/** Refuses larger operations before they are executed, over HTTP and WebSocket alike. */
export function operationLimitPlugins() {
  const report = (context: ValidationContext | null, error: GraphQLError) => context?.reportError(clearer(error));
  return [
    maxTokensPlugin({ n: operationLimits.tokens, onReject: [(_context, error) => raise(clearer(error))] }),
    maxDepthPlugin({
      n: operationLimits.depth,
      flattenFragments: true,
      propagateOnRejection: false,
      onReject: [report],
    }),
    maxAliasesPlugin({ n: operationLimits.aliases, propagateOnRejection: false, onReject: [report] }),
  ];
}

function clearer(error: GraphQLError): GraphQLError {
  const message = `The operation is too large. ${error.message.replace('Syntax Error: ', '')}`;
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}

function raise(error: GraphQLError): never {
  throw error;
}
