import {
  type ExecutionArgs,
  type FieldNode,
  GraphQLError,
  getVariableValues,
  type OperationDefinitionNode,
} from 'graphql';
import { storableText } from '../../core/storable-text.js';
import { measureObjects } from './measure-objects.js';
import { requestBudget } from './request-budget.js';

/** An operation of a valid document, with its variables as sent. */
export type Operation = Pick<ExecutionArgs, 'schema' | 'document' | 'operationName' | 'variableValues'>;
type Coerced = Readonly<Record<string, unknown>>;

/**
 * Coerces an operation's variables and compares the operation with the budget before it is executed: number of objects,
 * length of lists and texts.
 * @returns the coerced variables, or one error with code BAD_USER_INPUT
 */
export function checkOperation(
  { schema, document, variableValues }: Operation,
  definition: OperationDefinitionNode,
  hideSuggestions = false,
): { readonly coerced: Coerced } | { readonly error: GraphQLError } {
  // One error is enough: each quotes the whole value.
  const options = { maxErrors: 1, hideSuggestions };
  const declared = definition.variableDefinitions ?? [];
  const { coerced, errors } = getVariableValues(schema, declared, variableValues ?? {}, options);
  if (!coerced) return { error: errors[0] as GraphQLError };
  try {
    const objects = measureObjects(schema, document, definition, coerced, checkArguments);
    if (objects <= requestBudget.maxObjects) return { coerced };
    const count = Number.isFinite(objects) ? `up to ${Math.ceil(objects)}` : 'too many';
    const message = `The operation asks for ${count} objects; at most ${requestBudget.maxObjects} are allowed. Ask for smaller pages or fewer fields.`;
    return { error: new GraphQLError(message, { nodes: definition, extensions: { code: 'BAD_USER_INPUT' } }) };
  } catch (error) {
    if (error instanceof GraphQLError) return { error };
    throw error;
  }
}

/** @throws {GraphQLError} BAD_USER_INPUT for a list or a text that is too long, or a text that PostgreSQL can't store */
function checkArguments(args: Readonly<Record<string, unknown>>, node: FieldNode): void {
  const { maxListLength, maxTextLength } = requestBudget;
  const reject = (name: string, problem: string) => {
    throw new GraphQLError(`\`${name}\` ${problem}`, { nodes: node, extensions: { code: 'BAD_USER_INPUT' } });
  };
  const check = (name: string, value: unknown) => {
    if (typeof value === 'string') {
      if (value.length > maxTextLength)
        reject(name, `has ${value.length} characters; at most ${maxTextLength} are allowed.`);
      // Rejected, not replaced as in Amazon's responses: another password or search is not what the client means.
      if (storableText(value) !== value) reject(name, 'contains U+0000 or half of a surrogate pair. Remove it.');
    } else if (Array.isArray(value)) {
      if (value.length > maxListLength)
        reject(name, `has ${value.length} values; at most ${maxListLength} are allowed.`);
      for (const item of value) check(name, item);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, member] of Object.entries(value)) check(key, member);
    }
  };
  for (const name of Object.keys(args)) check(name, args[name]);
}
