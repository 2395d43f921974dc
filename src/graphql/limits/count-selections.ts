import { type DocumentNode, Kind, type SelectionSetNode } from 'graphql';

/**
 * How many selections the operations of a valid document have once each fragment is written out where it is spread: what a
 * compiler of operations has to do, and to keep. Fragments that spread each other twice double it with each one.
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
