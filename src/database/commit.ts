/**
 * To be selected: the commit of this transaction doesn't wait for the disk. A crash of the server (no other death) may then
 * undo the last transactions, in the order in which they came, so that what belongs together is undone together. On
 * PGlite it does nothing: there is no process beside ours that would write them a moment later.
 */
export const COMMIT_AT_LEISURE = `set_config('synchronous_commit',
  coalesce(current_setting('ordermirror.commit_at_leisure', true), current_setting('synchronous_commit')), true)`;

/** What the sessions of a server are set to. */
export const LEISURE = { name: 'ordermirror.commit_at_leisure', value: 'off' } as const;
