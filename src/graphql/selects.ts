import { type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';

/**
 * Returns whether the selection of the resolved field contains a field of this name, at any depth. Directives are ignored:
 * a skipped field counts as selected.
 */
export function selects({ fieldNodes, fragments }: GraphQLResolveInfo, name: string): boolean {
  // Each fragment is visited once: a chain of fragments that spread the next one twice would take exponential time.
  const visited = new Set<string>();
  const inSet = (set: SelectionSetNode | undefined): boolean =>
    set?.selections.some((node) => {
      if (node.kind === Kind.FIELD) return node.name.value === name || inSet(node.selectionSet);
      if (node.kind === Kind.INLINE_FRAGMENT) return inSet(node.selectionSet);
      if (visited.has(node.name.value)) return false;
      visited.add(node.name.value);
      return inSet(fragments[node.name.value]?.selectionSet);
    }) ?? false;
  return fieldNodes.some((node) => inSet(node.selectionSet));
}
