import { createSourceEventStream, type DocumentNode, type ExecutionArgs, type ExecutionResult, execute } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { SyncRun } from '../../generated/prisma/client.js';
import type { GraphQLContext } from '../../graphql/context.js';
import type { RunEvent } from '../../graphql/types/run-events.js';

type Answer = ReturnType<typeof execute>;

/**
 * Subscriptions, executed as GraphQL does it, but for this: those of one user, with the same role, that ask the same of a
 * run share the answer to its change, since it can only be the same. The run's row is shared (sync/run-feed.ts), and what
 * was answered about it goes with it.
 */
export function useSharedEvents(): Plugin {
  const answers = new WeakMap<SyncRun, WeakMap<DocumentNode, Map<string, Answer>>>();

  const answersTo = (run: SyncRun, document: DocumentNode) => {
    const ofRun = answers.get(run) ?? new WeakMap<DocumentNode, Map<string, Answer>>();
    answers.set(run, ofRun);
    const ofDocument = ofRun.get(document) ?? new Map<string, Answer>();
    ofRun.set(document, ofDocument);
    return ofDocument;
  };
  const subscribe = async (args: ExecutionArgs) => {
    const source = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in source)) return source;
    const asker = askerOf(args);
    return mapEvents(source as AsyncIterable<RunEvent>, (event) => {
      const answer = () => execute({ ...args, rootValue: event });
      if (asker === null || 'failure' in event) return answer();
      const known = answersTo(event.run, args.document);
      const shared = known.get(asker) ?? answer();
      known.set(asker, shared);
      return shared;
    });
  };
  return { onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscribe) };
}

/** All that an answer may depend on, beside the document and the row; null for nobody. */
function askerOf({ contextValue, operationName, variableValues }: ExecutionArgs): string | null {
  const { session } = contextValue as GraphQLContext;
  return session && JSON.stringify([String(session.user.id), session.user.role, operationName, variableValues]);
}

/** Not a generator: its `return` would wait for the next event. */
function mapEvents<Event>(
  source: AsyncIterable<Event>,
  answer: (event: Event) => Answer,
): AsyncIterableIterator<ExecutionResult> {
  const events = source[Symbol.asyncIterator]();
  const answered = async (step: IteratorResult<Event>): Promise<IteratorResult<ExecutionResult>> =>
    step.done ? step : { done: false, value: await answer(step.value) };
  return {
    next: async () => answered(await events.next()),
    return: async () =>
      ((await events.return?.()) as IteratorReturnResult<undefined>) ?? { done: true, value: undefined },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
