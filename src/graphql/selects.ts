import { type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';

/**
 * Whether a field of this name is asked for anywhere below the field that is resolved. Directives are not looked at: what
 * they skip is read in vain.
 */
export function selects({ fieldNodes, fragments }: GraphQLResolveInfo, name: string): boolean {
  // Fragments may spread each other twice: without this their number of visits doubles with each one.
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
