import {
  type DocumentNode,
  type FieldNode,
  type GraphQLObjectType,
  getNamedType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import type { Selection } from './order-json.js';

/**
 * The fields of a selection set, its fragments resolved. Null where more is asked than fields, each once: directives,
 * fragments on another type, a key that stands there twice (GraphQL merges what is asked of them).
 */
export function fieldsAsked(
  document: DocumentNode,
  type: GraphQLObjectType,
  set: SelectionSetNode,
): readonly FieldNode[] | null {
  const fields = new Map<string, FieldNode>();
  const collect = ({ selections }: SelectionSetNode): boolean =>
    selections.every((node) => {
      if (node.directives?.length) return false;
      if (node.kind === Kind.FIELD) {
        const key = keyOf(node);
        if (fields.has(key)) return false;
        fields.set(key, node);
        return true;
      }
      const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : fragmentOf(document, node.name.value);
      if (!fragment || (fragment !== node && fragment.directives?.length)) return false;
      if (fragment.typeCondition && fragment.typeCondition.name.value !== type.name) return false;
      return collect(fragment.selectionSet);
    });
  return collect(set) ? [...fields.values()] : null;
}

/** The same, of the objects below too; null as well for arguments. */
export function selectionOf(
  document: DocumentNode,
  type: GraphQLObjectType,
  set: SelectionSetNode,
): readonly Selection[] | null {
  const selections: Selection[] = [];
  for (const node of fieldsAsked(document, type, set) ?? []) {
    if (node.arguments?.length) return null;
    const below = getNamedType(type.getFields()[node.name.value]?.type);
    const of = node.selectionSet && isObjectType(below) ? selectionOf(document, below, node.selectionSet) : [];
    if (of === null) return null;
    selections.push({ key: keyOf(node), field: node.name.value, of });
  }
  return selections.length === 0 ? null : selections;
}

export function keyOf({ alias, name }: FieldNode): string {
  return (alias ?? name).value;
}

function fragmentOf({ definitions }: DocumentNode, name: string) {
  for (const definition of definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name) return definition;
  return undefined;
}
