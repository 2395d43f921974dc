/** Another process has the run now: this one must write no more. */
export class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
}

/** The run was asked to stop. */
export class CancelRequested extends Error {
  override readonly name = 'CancelRequested';
}

/** The process is stopping; the run goes on elsewhere, or at the next start. */
export class Stopping extends Error {
  override readonly name = 'Stopping';
}
