import { type DocumentNode, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Metrics } from '../http/metrics.js';

/** Counts operations and open subscriptions. */
export function useOperationMetrics(metrics: Metrics): Plugin {
  return {
    onExecute: ({ args }) => {
      metrics.operation(typeOf(args.document, args.operationName));
    },
    onSubscribe: () => {
      metrics.operation('subscription');
      return {
        onSubscribeResult: ({ result }) => {
          if (!(Symbol.asyncIterator in result)) return undefined;
          metrics.subscriptions(1);
          return { onEnd: () => metrics.subscriptions(-1) };
        },
      };
    },
  };
}

function typeOf(document: DocumentNode, operationName: string | null | undefined) {
  return getOperationAST(document, operationName)?.operation ?? 'query';
}
