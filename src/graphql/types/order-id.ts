import { SyncError, UserError } from '../../core/errors.js';
import { failureBehind } from '../../spapi/http/errors.js';

/** model: v0 states this form. Others are about (S01-1234567-1234567), so that Amazon has the last word. */
const USUAL = /^\d{3}-\d{7}-\d{7}$/;

/** The id without the white space around it. @throws {UserError} BAD_USER_INPUT for what can't be one in any form */
export function checkedOrderId(text: string): string {
  const id = text.trim();
  if (/^[\w-]{1,100}$/.test(id)) return id;
  throw noOrderId(id, 'is no order id');
}

/** Throws the error on; as a refusal where Amazon called the request invalid for an id of an unusual form. */
export function refuseOddId(id: string): (error: unknown) => never {
  return (error) => {
    const isOdd = !USUAL.test(id) && error instanceof SyncError && error.code === 'SP_API_INVALID_INPUT';
    if (isOdd && failureBehind(error)?.status === 400) throw noOrderId(id, 'is no order id for Amazon');
    throw error;
  };
}

function noOrderId(id: string, isNone: string): UserError {
  const shown = JSON.stringify(id.length > 100 ? `${id.slice(0, 100)}…` : id);
  return new UserError('BAD_USER_INPUT', `${shown} ${isNone}. Send one as Amazon writes it: 123-1234567-1234567.`);
}
