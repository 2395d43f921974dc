import { apiError, ErrorReply } from '../api/http.js';
import type { NotificationSettings } from './notifications.js';
import { ORDER_CHANGE_TYPES } from './order-change.js';
import type { EventFilter, Subscription } from './subscriptions.js';

/** 400 in the words of the Notifications API (models#4135). */
export function unparsable(details: string): ErrorReply {
  const message = 'Request has missing or invalid parameters and cannot be parsed.';
  return new ErrorReply(apiError(400, 'InvalidInput', message, details));
}

/**
 * Reads the processing directive of createSubscription.
 * @param accepts the filters that the account may use
 * @throws {ErrorReply} 400
 */
export function checkFilter(
  directive: unknown,
  accepts: NotificationSettings['filters'],
): Subscription['processingDirective'] {
  const { eventFilter, filterExpression } = (directive ?? {}) as { eventFilter?: unknown; filterExpression?: unknown };
  if (filterExpression !== undefined) throw unparsable('filterExpression is not supported for ORDER_CHANGE');
  if (eventFilter === undefined || eventFilter === null) {
    // Also the answer to a directive that is there and empty (seen in the field).
    const isRequired = accepts === 'required' || (directive !== undefined && directive !== null);
    if (isRequired) throw unparsable('Processing Directive eventFilter must not be empty');
    return undefined;
  }
  const filter = eventFilter as EventFilter;
  if (!isValid(filter) || accepts === 'refused' || (accepts === 'types' && filter.orderChangeTypes === undefined)) {
    throw unparsable(
      `EventFilter Payload ${JSON.stringify(filter)} failed to validate for notification type ORDER_CHANGE`,
    );
  }
  return { eventFilter: filter };
}

function isValid({ eventFilterType, marketplaceIds, orderChangeTypes, ...others }: EventFilter): boolean {
  const areIds = marketplaceIds === undefined || (Array.isArray(marketplaceIds) && marketplaceIds.length > 0);
  const areTypes = orderChangeTypes?.every((type) => ORDER_CHANGE_TYPES.includes(type)) ?? true;
  return eventFilterType === 'ORDER_CHANGE' && areIds && areTypes && Object.keys(others).length === 0;
}
