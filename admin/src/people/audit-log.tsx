import { useState } from 'react';
import { useQuery } from 'urql';
import { problemOf } from '../api/problems.js';
import { AuditLogDocument } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { ProblemNotice } from '../ui/notice.js';
import { Time } from '../ui/time.js';
import { actWords, detailWords } from './acts.js';

const PAGE = 25;

/** Who did what, the newest first. @param change asked again when it changes */
export function AuditLog({ change }: { readonly change: number }) {
  const [older, setOlder] = useState(0);
  return (
    <section className="stack" aria-labelledby="audit-heading">
      <h2 id="audit-heading">What was done here</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: who has no pointer scrolls it by the keyboard */}
      <section className="card table-frame" aria-label="Audit log" tabIndex={0}>
        <table className="table stacks">
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Who</th>
              <th scope="col">What</th>
              <th scope="col">Details</th>
            </tr>
          </thead>
          <Entries key={change} after={null} older={older} onOlder={() => setOlder(older + 1)} />
        </table>
      </section>
    </section>
  );
}

const FRESH = { requestPolicy: 'network-only' as const };

interface PageProps {
  readonly after: string | null;
  /** How many pages follow, each from where this one ends by now. */
  readonly older: number;
  readonly onOlder: () => void;
}

function Entries({ after, older, onOlder }: PageProps) {
  const [{ data, error }] = useQuery({ query: AuditLogDocument, variables: { first: PAGE, after }, context: FRESH });
  const { hasNextPage = false, endCursor = null } = data?.auditLog.pageInfo ?? {};
  const next = hasNextPage ? endCursor : null;
  return (
    <>
      <tbody>
        {data?.auditLog.nodes.map(({ id, at, action, detail, user }) => (
          <tr key={id}>
            <td className="numbers nowrap">
              <Time at={at} />
            </td>
            <td>{user?.email ?? <span className="muted">Somebody who is gone</span>}</td>
            <td>{actWords(action)}</td>
            <td className="small muted long">{detailWords(detail)}</td>
          </tr>
        ))}
        {!data && !error && (
          <tr>
            <td colSpan={4}>
              <div className="skeleton line" />
            </td>
          </tr>
        )}
        {error && !data && (
          <tr>
            <td colSpan={4}>
              <ProblemNotice message={problemOf(error).message} />
            </td>
          </tr>
        )}
        {next && older === 0 && (
          <tr>
            <td colSpan={4}>
              <Button look="quiet" onClick={onOlder}>
                Older acts
              </Button>
            </td>
          </tr>
        )}
      </tbody>
      {next && older > 0 && <Entries after={next} older={older - 1} onOlder={onOlder} />}
    </>
  );
}
