import { type DocumentNode, GraphQLError, Kind, type SelectionSetNode } from 'graphql';
import { requestBudget } from './request-budget.js';

/** Returns the error for an operation that exceeds a size limit. */
export function tooLarge(reason: string): GraphQLError {
  return new GraphQLError(`The operation is too large. ${reason}`, { extensions: { code: 'BAD_USER_INPUT' } });
}

/**
 * Limits what makes GraphQL's validation slow: its rule OverlappingFieldsCanBeMerged compares all fields of one name with
 * each other, and all fragments. Counted over the whole document, since fragments bring fields together.
 */
export function repetitionError(document: DocumentNode): GraphQLError | null {
  const { maxFragments, maxFieldPairs } = requestBudget;
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION).length;
  if (fragments > maxFragments) return tooLarge(`It has ${fragments} fragments; at most ${maxFragments} are allowed.`);

  const counts = new Map<string, number>();
  const count = ({ selections }: SelectionSetNode) => {
    for (const selection of selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) continue;
      if (selection.kind === Kind.FIELD) {
        const { value } = selection.alias ?? selection.name;
        counts.set(value, (counts.get(value) ?? 0) + 1);
      }
      if (selection.selectionSet) count(selection.selectionSet);
    }
  };
  for (const definition of document.definitions)
    if ('selectionSet' in definition && definition.selectionSet) count(definition.selectionSet);
  let pairs = 0;
  for (const [name, times] of counts) {
    pairs += (times * (times - 1)) / 2;
    if (pairs > maxFieldPairs) return tooLarge(`Fields are repeated too often: \`${name}\` ${times} times.`);
  }
  return null;
}

/**
 * Counts the selections of a valid document's operations with each fragment written out where it is spread: the work of a
 * compiler, and the size of what it makes. Fragments that spread the next one twice double it each time.
 */
export function countSelections({ definitions }: DocumentNode): number {
  const sets = new Map<string, SelectionSetNode>();
  for (const definition of definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) sets.set(definition.name.value, definition.selectionSet);
  const counted = new Map<string, number>();
  const ofFragment = (name: string): number => {
    const known = counted.get(name);
    if (known !== undefined) return known;
    const count = below(sets.get(name));
    counted.set(name, count);
    return count;
  };
  const below = (set: SelectionSetNode | undefined): number => {
    let count = 0;
    for (const node of set?.selections ?? [])
      count += 1 + (node.kind === Kind.FRAGMENT_SPREAD ? ofFragment(node.name.value) : below(node.selectionSet));
    return count;
  };
  let total = 0;
  for (const definition of definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION) total += below(definition.selectionSet);
  return total;
}
