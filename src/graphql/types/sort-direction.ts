import type { Builder } from '../builder.js';

export function addSortDirection(builder: Builder) {
  return builder.enumType('SortDirection', { values: ['ASC', 'DESC'] as const });
}
