import { type GraphQLResolveInfo, isObjectType, Kind, type SelectionSetNode } from 'graphql';
import type { SelectedMembers } from '../mirror/read/mirrored-order.js';

/**
 * Returns the members of orders and items that the selection of the resolved field needs. A field names them in its
 * extension `members`; else it reads the member of its own name. Directives are ignored: a skipped field counts as selected.
 */
export function selectedMembers(info: GraphQLResolveInfo): SelectedMembers {
  const names = selectedNames(info);
  return {
    order: membersOf(info, 'AmazonOrder', names),
    items: names.has('items') ? membersOf(info, 'AmazonOrderItem', names) : null,
  };
}

function membersOf({ schema }: GraphQLResolveInfo, typeName: string, names: ReadonlySet<string>): Set<string> {
  const type = schema.getType(typeName);
  const fields = isObjectType(type) ? type.getFields() : {};
  const members = new Set<string>();
  for (const name of names) {
    const field = fields[name];
    for (const member of (field?.extensions.members as string[] | undefined) ?? [name]) members.add(member);
  }
  return members;
}

/** Returns the names of all fields below the resolved field, at any depth. */
export function selectedNames({ fieldNodes, fragments }: GraphQLResolveInfo): ReadonlySet<string> {
  const names = new Set<string>();
  // Each fragment is visited once: a chain of fragments that spread the next one twice would take exponential time.
  const visited = new Set<string>();
  const visit = (set: SelectionSetNode | undefined): void => {
    for (const node of set?.selections ?? []) {
      if (node.kind === Kind.FIELD) {
        names.add(node.name.value);
        visit(node.selectionSet);
      } else if (node.kind === Kind.INLINE_FRAGMENT) {
        visit(node.selectionSet);
      } else if (!visited.has(node.name.value)) {
        visited.add(node.name.value);
        visit(fragments[node.name.value]?.selectionSet);
      }
    }
  };
  for (const node of fieldNodes) visit(node.selectionSet);
  return names;
}
