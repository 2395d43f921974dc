import { type DocumentNode, GraphQLError, Kind, type SelectionSetNode } from 'graphql';
import { requestBudget } from '../../graphql/limits/request-budget.js';

/**
 * What makes GraphQL's validation slow: its rule OverlappingFieldsCanBeMerged compares all fields of a name with each
 * other, and all fragments. Counted over the whole document, since fragments bring fields together.
 * @returns the error where there is too much of it
 */
export function repetitionError(document: DocumentNode): GraphQLError | null {
  const { maxFragments, maxFieldPairs } = requestBudget;
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION).length;
  if (fragments > maxFragments) return tooLarge(`It has ${fragments} fragments; at most ${maxFragments} are allowed.`);

  const counts = new Map<string, number>();
  for (const definition of document.definitions)
    if ('selectionSet' in definition && definition.selectionSet) count(definition.selectionSet, counts);
  let pairs = 0;
  for (const [name, times] of counts) {
    pairs += (times * (times - 1)) / 2;
    if (pairs > maxFieldPairs) return tooLarge(`Fields are repeated too often: \`${name}\` ${times} times.`);
  }
  return null;
}

function count({ selections }: SelectionSetNode, counts: Map<string, number>): void {
  for (const selection of selections) {
    if (selection.kind === Kind.FRAGMENT_SPREAD) continue;
    if (selection.kind === Kind.FIELD) {
      const { value } = selection.alias ?? selection.name;
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    if (selection.selectionSet) count(selection.selectionSet, counts);
  }
}

/** The error for an operation beyond a limit of its size. */
export function tooLarge(reason: string): GraphQLError {
  return new GraphQLError(`The operation is too large. ${reason}`, { extensions: { code: 'BAD_USER_INPUT' } });
}
