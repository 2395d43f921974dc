import { createPasswords } from '../../src/accounts/passwords.js';

/** A thousandth of what a guess costs otherwise: most tests need users, and few are about how passwords are kept. */
export const cheapPasswords = createPasswords({ N: 2 ** 5, r: 8, p: 1 });
