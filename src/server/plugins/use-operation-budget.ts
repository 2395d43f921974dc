import { type ExecutionArgs, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { createCompiledOperations } from '../../graphql/compiled-operations.js';
import type { Requester } from '../../graphql/context.js';
import { checkOperation } from '../../graphql/limits/check-operation.js';
import { mayIntrospect } from './use-document-cache.js';

/**
 * Rejects an operation that exceeds the request budget or has invalid variables, with one error. Operations with a session
 * or an API key are executed as compiled functions if there is one. Must come after plugins that replace `execute`.
 */
export function useOperationBudget(): Plugin {
  const compiledOperation = createCompiledOperations();
  return {
    onExecute: ({ args, setExecuteFn }) => {
      const checked = check(args);
      if (!checked) return;
      if ('error' in checked) return setExecuteFn(() => ({ errors: [checked.error] }));
      const { principal } = requesterOf(args);
      const execute = principal && compiledOperation(args);
      if (execute) setExecuteFn(({ rootValue, contextValue }) => execute(rootValue, contextValue, checked.coerced));
    },
    onSubscribe: ({ args, setSubscribeFn }) => {
      const checked = check(args);
      if (checked && 'error' in checked) setSubscribeFn(() => ({ errors: [checked.error] }));
    },
  };
}

function check(args: ExecutionArgs) {
  const definition = getOperationAST(args.document, args.operationName);
  return definition && checkOperation(args, definition, !mayIntrospect(requesterOf(args)));
}

function requesterOf({ contextValue }: ExecutionArgs): Requester {
  return contextValue as Requester;
}
