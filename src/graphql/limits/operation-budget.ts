import { type ExecutionArgs, GraphQLError, getVariableValues, type OperationDefinitionNode } from 'graphql';
import { measureObjects } from './measure-objects.js';
import { requestBudget } from './request-budget.js';

/** What is about to be executed: a valid document, and variables as they came. */
export type Operation = Pick<ExecutionArgs, 'schema' | 'document' | 'operationName' | 'variableValues'>;
type Coerced = Readonly<Record<string, unknown>>;

/**
 * Reads an operation's variables and compares what it asks for with the budget, before it is executed: the length of
 * lists and texts, and the number of objects.
 * @returns the variables as GraphQL types, or the one error; code BAD_USER_INPUT
 */
export function checkOperation(
  operation: Operation,
  definition: OperationDefinitionNode,
  hideSuggestions = false,
): { readonly coerced: Coerced } | { readonly error: GraphQLError } {
  const { schema, document, variableValues } = operation;
  // One error is enough: each one quotes the whole value.
  const options = { maxErrors: 1, hideSuggestions };
  const { coerced, errors } = getVariableValues(
    schema,
    definition.variableDefinitions ?? [],
    variableValues ?? {},
    options,
  );
  if (!coerced) return { error: errors[0] as GraphQLError };
  try {
    const objects = measureObjects(schema, document, definition, coerced);
    if (objects <= requestBudget.maxObjects) return { coerced };
    const asked = Number.isFinite(objects) ? `up to ${Math.ceil(objects)}` : 'too many';
    const message = `The operation asks for ${asked} objects; at most ${requestBudget.maxObjects} are allowed. Ask for smaller pages or fewer fields.`;
    return { error: new GraphQLError(message, { nodes: definition, extensions: { code: 'BAD_USER_INPUT' } }) };
  } catch (error) {
    if (error instanceof GraphQLError) return { error };
    throw error;
  }
}
