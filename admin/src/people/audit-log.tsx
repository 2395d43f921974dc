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
  const [pages, setPages] = useState<readonly (string | null)[]>([null]);
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
          {pages.map((after, index) => (
            <Entries
              key={`${change} ${after}`}
              after={after}
              onOlder={index === pages.length - 1 ? (cursor) => setPages([...pages, cursor]) : null}
            />
          ))}
        </table>
      </section>
    </section>
  );
}

const FRESH = { requestPolicy: 'network-only' as const };

function Entries({
  after,
  onOlder,
}: {
  readonly after: string | null;
  readonly onOlder: ((cursor: string) => void) | null;
}) {
  const [{ data, error }] = useQuery({ query: AuditLogDocument, variables: { first: PAGE, after }, context: FRESH });
  const { hasNextPage = false, endCursor = null } = data?.auditLog.pageInfo ?? {};
  return (
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
      {hasNextPage && endCursor && onOlder && (
        <tr>
          <td colSpan={4}>
            <Button look="quiet" onClick={() => onOlder(endCursor)}>
              Older acts
            </Button>
          </td>
        </tr>
      )}
    </tbody>
  );
}
