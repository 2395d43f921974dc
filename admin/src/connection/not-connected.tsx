import { Link } from 'wouter-preact';
import { useIsOwner } from '../api/use-session.js';
import { useMirror } from '../sync/mirror.js';
import { missingIn } from './missing.js';

/** Shown in place of a view's content while there is no connection, or one without marketplaces. */
export function NotConnected() {
  const owner = useIsOwner();
  const connection = useMirror()?.connection ?? null;
  const missing = missingIn(connection) ?? missingIn(null);
  if (!missing) return null;
  const [path, label] = missing.link;
  return (
    <section className="card empty">
      <h2>{missing.text.replace(/\.$/, '')}</h2>
      {owner ? (
        <Link className="button primary" href={path}>
          {label}
        </Link>
      ) : (
        <p>{connection ? 'Ask an owner to complete the connection.' : 'Ask an owner to connect one.'}</p>
      )}
    </section>
  );
}
