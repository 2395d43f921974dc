import { type ExecutionArgs, type GraphQLError, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { GraphQLContext } from '../graphql/context.js';
import { checkOperation } from '../graphql/operation-budget.js';
import { mayIntrospect } from './document-cache.js';

/** Answers an operation beyond the request budget, or with wrong variables, with one error. Goes behind plugins that execute. */
export function useOperationBudget(): Plugin {
  return {
    onExecute: ({ args, setExecuteFn }) => {
      const error = errorOf(args);
      if (error) setExecuteFn(() => ({ errors: [error] }));
    },
    onSubscribe: ({ args, setSubscribeFn }) => {
      const error = errorOf(args);
      if (error) setSubscribeFn(() => ({ errors: [error] }));
    },
  };
}

function errorOf(args: ExecutionArgs): GraphQLError | null {
  const definition = getOperationAST(args.document, args.operationName);
  if (!definition) return null;
  const checked = checkOperation(args, definition, !mayIntrospect(args.contextValue as GraphQLContext));
  return 'error' in checked ? checked.error : null;
}
