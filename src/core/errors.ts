/** Codes of refused requests, in `extensions.code`. docs/troubleshooting.md explains each. */
export const userErrorCodes = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'NO_CONNECTION',
  'NO_CREDENTIAL',
  'SYNC_ALREADY_RUNNING',
  'NOT_FOUND',
  'CURSOR_EXPIRED',
  'RATE_LIMITED',
] as const;
export type UserErrorCode = (typeof userErrorCodes)[number];

/** Codes of failed runs and pings, in `errorCode`. docs/troubleshooting.md explains each. */
export const syncErrorCodes = [
  'LWA_INVALID_GRANT',
  'LWA_INVALID_CLIENT',
  'SP_API_FORBIDDEN',
  'SP_API_INVALID_INPUT',
  'SP_API_UNAVAILABLE',
  'DECRYPTION_FAILED',
  'NO_MARKETPLACES',
  'REPORT_FAILED',
  'INTERRUPTED',
  'INTERNAL',
] as const;
export type SyncErrorCode = (typeof syncErrorCodes)[number];

/** Codes of what keeps notifications from arriving, or from being set up. docs/troubleshooting.md explains each. */
export const notificationErrorCodes = [
  'QUEUE_CREDENTIALS',
  'QUEUE_FORBIDDEN',
  'QUEUE_NOT_FOUND',
  'QUEUE_ENCRYPTION',
  'QUEUE_UNAVAILABLE',
  'QUEUE_REFUSED',
  'NOTIFICATIONS_REFUSED',
  'SUBSCRIBED_ELSEWHERE',
] as const;
export type NotificationErrorCode = (typeof notificationErrorCodes)[number];

/** Errors that usually only the owner can fix, in the connection: scheduled runs pause until a test of it succeeds. */
export const LASTING_ERRORS: ReadonlySet<SyncErrorCode> = new Set([
  'LWA_INVALID_GRANT',
  'LWA_INVALID_CLIENT',
  'SP_API_FORBIDDEN',
  'DECRYPTION_FAILED',
]);

/** A request that is refused for a reason that its sender can act on. Clients get the message unchanged. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly code: UserErrorCode;
  /** Further members of the GraphQL error's `extensions`. */
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(code: UserErrorCode, message: string, extensions: Record<string, unknown> = {}) {
    super(message);
    this.code = code;
    this.extensions = extensions;
  }
}

/** A run or call to Amazon that failed for a known reason. The message includes what to do next. */
export class SyncError extends Error {
  override readonly name = 'SyncError';
  readonly code: SyncErrorCode;

  constructor(code: SyncErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A queue that can't be used, or a subscription that can't be made. The message includes what to do next. */
export class NotificationError extends Error {
  override readonly name = 'NotificationError';
  readonly code: NotificationErrorCode;

  constructor(code: NotificationErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A configuration that prevents the start. The message is one line, with what to change. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
