import type { CombinedError } from '@urql/preact';
import { expect, it } from 'vitest';
import { fixLinkOf, toApiError } from '../../admin/src/api/error.js';
import { LASTING_ERRORS, syncErrorCodes } from '../../src/core/errors.js';

it('links the errors of a run to the connection exactly if an owner fixes them there', () => {
  for (const code of syncErrorCodes)
    expect(fixLinkOf(code)?.to, code).toBe(
      LASTING_ERRORS.has(code) || code === 'NO_MARKETPLACES' ? '/connection' : undefined,
    );
});

it('shows the message of the server as it is, with its code', () => {
  const error = { graphQLErrors: [{ message: 'No cursor.', extensions: { code: 'BAD_USER_INPUT' } }] };
  expect(toApiError(error as unknown as CombinedError)).toEqual({ code: 'BAD_USER_INPUT', message: 'No cursor.' });
});
