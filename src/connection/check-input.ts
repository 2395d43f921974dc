import { UserError } from '../core/errors.js';

/** docs: tokens of Login with Amazon have at most 2048 bytes. */
const MAX_LENGTH = 2048;

/** Common mistakes, recognised by a prefix. The value itself is never returned. */
const MISTAKES: readonly (readonly [RegExp, string])[] = [
  [/\s/, 'contains white space: copy it again, as one piece'],
  [/^Atza\|/, 'is an access token (Atza|…), which is valid for one hour'],
  [/^amzn1\.application-oa2-client\./, 'is a client id'],
  [/^amzn1\.oa2-cs\./, 'is a client secret'],
  [/^amzn1\.sp\.solution\./, 'is an application id'],
];

/** Returns the trimmed refresh token. @throws {UserError} BAD_USER_INPUT */
export function checkedRefreshToken(text: string): string {
  const token = text.trim();
  if (token === '') throw new UserError('BAD_USER_INPUT', 'refreshToken is empty. It begins with Atzr|.');
  const mistake = MISTAKES.find(([pattern]) => pattern.test(token));
  if (mistake)
    throw new UserError('BAD_USER_INPUT', `refreshToken ${mistake[1]}. The refresh token begins with Atzr|.`);
  return checkedLength('refreshToken', token);
}

/**
 * Returns the trimmed client id or secret; undefined to keep the saved one, null to delete it.
 * @throws {UserError} BAD_USER_INPUT
 */
export function checkedLwaText(name: string, text: string | null | undefined): string | null | undefined {
  if (text === null || text === undefined) return undefined;
  const value = text.trim();
  if (/\s/.test(value))
    throw new UserError('BAD_USER_INPUT', `${name} contains white space: copy it again, as one piece.`);
  return checkedLength(name, value) || null;
}

/** The same for free text. @throws {UserError} BAD_USER_INPUT */
export function checkedText(
  name: string,
  text: string | null | undefined,
  maxLength: number,
): string | null | undefined {
  if (text === null || text === undefined) return undefined;
  return checkedLength(name, text.trim(), maxLength) || null;
}

function checkedLength(name: string, value: string, maxLength = MAX_LENGTH): string {
  if (value.length <= maxLength) return value;
  throw new UserError('BAD_USER_INPUT', `${name} must not be longer than ${maxLength} characters.`);
}
