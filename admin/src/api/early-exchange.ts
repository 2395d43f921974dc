import { type Exchange, getOperationName, makeResult, type Operation, type OperationResult } from '@urql/preact';
import { filter, map, merge, share } from 'wonka';
import { keyOf, takeArrived } from './early-answers.js';

type OperationOrResult = Operation | OperationResult;

const isResult = (value: OperationOrResult): value is OperationResult => 'operation' in value;
const isOperation = (value: OperationOrResult): value is Operation => !isResult(value);

/**
 * Answers queries at once whose answers came before the client was created, so that a view is rendered with them first.
 * Each answer serves twice: `useQuery` asks when it is rendered first, and again when it subscribes, which comes here as
 * a request for the network alone.
 */
export const earlyExchange: Exchange = ({ forward }) => {
  const arrived = takeArrived();
  const answer = (operation: Operation): OperationOrResult => {
    const { kind, query, variables = {}, context } = operation;
    if (kind !== 'query' || arrived.size === 0) return operation;
    const key = keyOf(`Bearer ${context.token}`, getOperationName(query), variables);
    const result = arrived.get(key);
    if (context.requestPolicy === 'network-only') arrived.delete(key);
    return result ? makeResult(operation, result) : operation;
  };
  return (operations) => {
    const answered = share(map(answer)(operations));
    return merge([filter(isResult)(answered), forward(filter(isOperation)(answered))]);
  };
};
