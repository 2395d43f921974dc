import { type DocumentNode, type ExecutionArgs, type ExecutionResult, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Tracer } from '../../core/tracer.js';

const MAX_NAME_LENGTH = 100;

/** Records operations as spans, by type and name, without their text and variables; of a subscription its start. */
export function useTracing(tracer: Tracer): Plugin {
  const traced = (run: (args: ExecutionArgs) => unknown) => (args: ExecutionArgs) => {
    const { type, name } = operationOf(args.document, args.operationName);
    const attributes = { 'graphql.operation.type': type, 'graphql.operation.name': name };
    return tracer.span(name === null ? type : `${type} ${name}`, { attributes }, async (span) => {
      const result = await run(args);
      const [error] = (result as ExecutionResult).errors ?? [];
      if (error) span.fail(String(error.extensions.code ?? error.originalError?.name ?? 'GraphQLError'));
      return result;
    });
  };
  return {
    onExecute: ({ executeFn, setExecuteFn }) => setExecuteFn(traced(executeFn)),
    onSubscribe: ({ subscribeFn, setSubscribeFn }) => setSubscribeFn(traced(subscribeFn)),
  };
}

function operationOf(document: DocumentNode, operationName: string | null | undefined) {
  const operation = getOperationAST(document, operationName);
  return {
    type: operation?.operation ?? 'query',
    name: operation?.name?.value.slice(0, MAX_NAME_LENGTH) ?? null,
  };
}
