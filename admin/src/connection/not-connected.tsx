import { Link } from 'wouter-preact';
import { useIsOwner } from '../api/use-session.js';

/** Shown in place of a view's content while there is no connection. */
export function NotConnected() {
  const owner = useIsOwner();
  return (
    <section className="card empty">
      <h2>No Amazon account connected</h2>
      {owner ? (
        <Link className="button primary" href="/setup">
          Connect an account
        </Link>
      ) : (
        <p>Ask an owner to connect one.</p>
      )}
    </section>
  );
}
