import { UserError } from '../core/errors.js';

/** The form in which e-mails are kept and compared. */
export function normalEmail(email: string): string {
  return email.trim().normalize('NFC').toLowerCase();
}

/**
 * An address in its normal form. Only a mail could prove that there is such a mailbox; this keeps slips out.
 * @throws {UserError} BAD_USER_INPUT
 */
export function checkedEmail(email: string): string {
  const normal = normalEmail(email);
  if (normal.length <= 254 && /^[^\s@<>,;:"\p{Cc}]+@[^\s@<>,;:"\p{Cc}]+$/u.test(normal)) return normal;
  throw new UserError('BAD_USER_INPUT', 'The e-mail must look like name@example.com.');
}
