import { createPasswords } from '../../src/accounts/passwords.js';

/** Password hashes at a thousandth of the cost, for tests that need users but don't test passwords. */
export const cheapPasswords = createPasswords({ N: 2 ** 5, r: 8, p: 1 });
