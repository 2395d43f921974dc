import { ErrorReply, type Reply } from '../api/http.js';

/** An error of SQS in its JSON protocol; the header carries the code of the older query protocol, which clients report. */
function sqsError(status: number, type: string, code: string, message: string): ErrorReply {
  return new ErrorReply({
    status,
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amzn-query-error': `${code};${status < 500 ? 'Sender' : 'Receiver'}`,
    },
    body: { __type: type, message },
  });
}

export function queueDoesNotExist(): ErrorReply {
  return sqsError(
    400,
    'com.amazonaws.sqs#QueueDoesNotExist',
    'AWS.SimpleQueueService.NonExistentQueue',
    'The specified queue does not exist.',
  );
}

export function receiptHandleInvalid(): ErrorReply {
  const message = 'The input receipt handle is invalid.';
  return sqsError(400, 'com.amazonaws.sqs#ReceiptHandleIsInvalid', 'ReceiptHandleIsInvalid', message);
}

export function messageNotInFlight(): ErrorReply {
  return sqsError(
    400,
    'com.amazonaws.sqs#MessageNotInflight',
    'AWS.SimpleQueueService.MessageNotInflight',
    'The specified message is not in flight.',
  );
}

export function overLimit(queue: string): ErrorReply {
  const message = `Too many messages in flight for queue ${queue}.`;
  return sqsError(403, 'com.amazonaws.sqs#OverLimit', 'OverLimit', message);
}

export function invalidParameter(message: string): ErrorReply {
  return sqsError(400, 'com.amazon.coral.service#InvalidParameterValueException', 'InvalidParameterValue', message);
}

export function missingParameter(name: string): ErrorReply {
  const message = `The request must contain the parameter ${name}.`;
  return sqsError(400, 'com.amazonaws.sqs#MissingRequiredParameterException', 'MissingParameter', message);
}

export function invalidAttributeName(name: string): ErrorReply {
  const message = `Unknown Attribute ${name}.`;
  return sqsError(400, 'com.amazonaws.sqs#InvalidAttributeName', 'InvalidAttributeName', message);
}

/** The errors of a batch as a whole: empty, too long, or with one id twice. */
export function batchError(kind: 'EmptyBatchRequest' | 'TooManyEntriesInBatchRequest' | 'BatchEntryIdsNotDistinct') {
  const text = {
    EmptyBatchRequest: "There should be at least one entry in the request's Entries.",
    TooManyEntriesInBatchRequest: 'Maximum number of entries per request are 10.',
    BatchEntryIdsNotDistinct: 'Two or more batch entries have the same Id.',
  };
  return sqsError(400, `com.amazonaws.sqs#${kind}`, `AWS.SimpleQueueService.${kind}`, text[kind]);
}

export function accessDenied(action: string, queue = 'this queue'): ErrorReply {
  return sqsError(
    403,
    'com.amazon.coral.service#AccessDeniedException',
    'AccessDenied',
    `User: arn:aws:iam::000000000000:user/simulated is not authorized to perform: sqs:${action.toLowerCase()} on resource: ${queue} because no identity-based policy allows the action`,
  );
}

export function unknownKey(): ErrorReply {
  return sqsError(
    403,
    'com.amazon.coral.service#UnrecognizedClientException',
    'InvalidClientTokenId',
    'The security token included in the request is invalid.',
  );
}

export function notSigned(): ErrorReply {
  return sqsError(
    403,
    'com.amazon.coral.service#MissingAuthenticationTokenException',
    'MissingAuthenticationToken',
    'Request is missing Authentication Token',
  );
}

export function throttled(): ErrorReply {
  return sqsError(400, 'com.amazonaws.sqs#RequestThrottled', 'RequestThrottled', 'Request is throttled.');
}

export function queueFailure(message = 'We encountered an internal error. Please try again.'): ErrorReply {
  return sqsError(500, 'com.amazon.coral.service#InternalFailure', 'InternalFailure', message);
}

export function unknownAction(target: string): Reply {
  const message = `The action ${target} is not valid for this endpoint.`;
  return sqsError(400, 'com.amazon.coral.service#UnknownOperationException', 'InvalidAction', message).reply;
}
