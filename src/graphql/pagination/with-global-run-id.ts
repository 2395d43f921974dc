import { UserError } from '../../core/errors.js';
import { encodeGlobalId } from './global-id.js';

/** Throws the error on. Of a refusal that names a run, with its global id: below, a run is known by its row's number. */
export function nameTheRun(error: unknown): never {
  if (!(error instanceof UserError) || error.extensions.runId === undefined) throw error;
  const runId = encodeGlobalId('SyncRun', String(error.extensions.runId));
  throw new UserError(error.code, error.message, { ...error.extensions, runId });
}
