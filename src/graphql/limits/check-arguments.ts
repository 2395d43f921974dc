import { type FieldNode, GraphQLError } from 'graphql';
import { storableText } from '../../core/storable-text.js';
import { requestBudget } from './request-budget.js';

/**
 * Compares the values of a field's arguments with the budget: lists and texts have a length, and texts must be
 * ones that PostgreSQL stores.
 * @throws {GraphQLError} BAD_USER_INPUT that names the argument, its size and the bound
 */
export function checkArguments(args: Readonly<Record<string, unknown>>, node: FieldNode): void {
  for (const name of Object.keys(args)) checkValue(name, args[name], node);
}

function checkValue(name: string, value: unknown, node: FieldNode): void {
  if (typeof value === 'string') checkText(name, value, node);
  else if (Array.isArray(value)) {
    if (value.length > requestBudget.maxListLength)
      throw refused(
        `\`${name}\` has ${value.length} values; at most ${requestBudget.maxListLength} are allowed.`,
        node,
      );
    for (const item of value) checkValue(name, item, node);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) checkValue(key, member, node);
  }
}

function checkText(name: string, text: string, node: FieldNode): void {
  if (text.length > requestBudget.maxTextLength)
    throw refused(
      `\`${name}\` has ${text.length} characters; at most ${requestBudget.maxTextLength} are allowed.`,
      node,
    );
  // Refused, not replaced as in Amazon's answers: nobody wants another password, or search, than the one they sent.
  if (storableText(text) !== text)
    throw refused(`\`${name}\` holds the character U+0000, or half of a surrogate pair. Remove it.`, node);
}

function refused(message: string, node: FieldNode): GraphQLError {
  return new GraphQLError(message, { nodes: node, extensions: { code: 'BAD_USER_INPUT' } });
}
