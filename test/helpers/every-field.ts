import { type GraphQLObjectType, getNamedType, isObjectType } from 'graphql';

/** Returns a selection of all fields of a type, but for payloads and for changes, which contain the order again. */
export function everyFieldOf(type: GraphQLObjectType, without: readonly string[] = ['rawPayload', 'changes']): string {
  return Object.values(type.getFields())
    .filter(({ name }) => !without.includes(name))
    .map(({ name, type: fieldType }) => {
      const named = getNamedType(fieldType);
      return isObjectType(named) ? `${name} { ${everyFieldOf(named, without)} }` : name;
    })
    .join(' ');
}
