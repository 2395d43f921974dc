import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthPlugin } from '@escape.tech/graphql-armor-max-depth';
import { maxTokensPlugin } from '@escape.tech/graphql-armor-max-tokens';
import type { GraphQLError, ValidationContext } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { tooLarge } from '../../graphql/limits/document-size.js';
import { requestBudget } from '../../graphql/limits/request-budget.js';

/** Returns the plugins that reject operations by size, depth or aliases before they are executed. */
export function operationLimitPlugins() {
  const report = (context: ValidationContext | null, error: GraphQLError) => context?.reportError(clearer(error));
  return [
    useQueryLimit(),
    maxTokensPlugin({ n: requestBudget.maxTokens, onReject: [(_context, error) => raise(clearer(error))] }),
    maxDepthPlugin({
      n: requestBudget.maxDepth,
      flattenFragments: true,
      propagateOnRejection: false,
      onReject: [report],
    }),
    maxAliasesPlugin({ n: requestBudget.maxAliases, propagateOnRejection: false, onReject: [report] }),
  ];
}

/** Checked before parsing: the token limit does not count comments, nor the length of strings. */
function useQueryLimit(): Plugin {
  return {
    onParse: ({ params: { source } }) => {
      const bytes = Buffer.byteLength(typeof source === 'string' ? source : source.body);
      if (bytes <= requestBudget.maxQueryBytes) return;
      throw tooLarge(`Its text has ${bytes} bytes; at most ${requestBudget.maxQueryBytes} are allowed.`);
    },
  };
}

function clearer(error: GraphQLError): GraphQLError {
  return tooLarge(error.message.replace('Syntax Error: ', ''));
}

function raise(error: GraphQLError): never {
  throw error;
}
