import { COUNTS } from './run-counts.js';

/** Keeps the place of the run's card until the server has told of it. */
export function RunExpected() {
  return (
    <section className="card body stack run-card" aria-label="Asking the server for the last run" aria-busy>
      <div className="row run-head">
        <div className="skeleton line title-line" />
      </div>
      <div className="facts">
        {Array.from({ length: COUNTS }, (_, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
          <div key={place} className="skeleton fact" />
        ))}
      </div>
    </section>
  );
}
