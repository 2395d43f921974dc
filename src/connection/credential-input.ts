import { UserError } from '../core/errors.js';

/** docs: tokens of Login with Amazon have 2048 bytes at most. */
const LONGEST = 2048;

/** Slips that are plain to see, by what the value begins with. None of them is ever echoed. */
const notRefreshTokens: readonly (readonly [RegExp, string])[] = [
  [/\s/, 'contains white space: copy it again, as one piece'],
  [/^Atza\|/, 'is an access token (Atza|…), which lives one hour'],
  [/^amzn1\.application-oa2-client\./, 'is a client id'],
  [/^amzn1\.oa2-cs\./, 'is a client secret'],
  [/^amzn1\.sp\.solution\./, 'is an application id'],
];

/** The refresh token without the white space around it. @throws {UserError} BAD_USER_INPUT */
export function checkedRefreshToken(text: string): string {
  const token = text.trim();
  if (token === '') throw new UserError('BAD_USER_INPUT', 'refreshToken is empty. It begins with Atzr|.');
  const slip = notRefreshTokens.find(([pattern]) => pattern.test(token));
  if (slip) throw new UserError('BAD_USER_INPUT', `refreshToken ${slip[1]}. The refresh token begins with Atzr|.`);
  return checkedLength('refreshToken', token);
}

/**
 * The application's id or secret: undefined when nothing is said of it, null when it is to be forgotten.
 * @throws {UserError} BAD_USER_INPUT
 */
export function checkedLwaText(name: string, text: string | null | undefined): string | null | undefined {
  if (text === null || text === undefined) return undefined;
  const value = text.trim();
  if (/\s/.test(value))
    throw new UserError('BAD_USER_INPUT', `${name} contains white space: copy it again, as one piece.`);
  return checkedLength(name, value) || null;
}

/** The same for words in free form. @throws {UserError} BAD_USER_INPUT */
export function checkedWords(
  name: string,
  text: string | null | undefined,
  longest: number,
): string | null | undefined {
  if (text === null || text === undefined) return undefined;
  return checkedLength(name, text.trim(), longest) || null;
}

function checkedLength(name: string, value: string, longest = LONGEST): string {
  if (value.length <= longest) return value;
  throw new UserError('BAD_USER_INPUT', `${name} must not be longer than ${longest} characters.`);
}
