import { StartError } from '../../core/errors.js';

/** The result of a check. `skipped`: it could not be made, which is no fault. */
export interface Finding {
  readonly state: 'right' | 'wrong' | 'skipped';
  /** What was found; of what is wrong, with the next step. */
  readonly detail: string;
}

export const right = (detail: string): Finding => ({ state: 'right', detail });
export const wrong = (detail: string): Finding => ({ state: 'wrong', detail });
export const skipped = (detail: string): Finding => ({ state: 'skipped', detail });

/** The finding of an error; the first line of its message. */
export function wrongBy(error: unknown): Finding {
  const [message = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return wrong(error instanceof StartError || message.endsWith('.') ? message : `${message}.`);
}
