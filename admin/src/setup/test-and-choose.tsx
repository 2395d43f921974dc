import { useMutation } from 'urql';
import { problemOf } from '../api/problems.js';
import { MarketplaceForm } from '../connection/marketplace-form.js';
import { type ConnectionFragment, PingDocument } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { Notice, ProblemNotice } from '../ui/notice.js';

interface Props {
  readonly connection: ConnectionFragment;
  readonly onDone: () => void;
  readonly onCredential: () => void;
}

/** Asks Amazon where the seller sells, and offers exactly that. */
export function TestAndChoose({ connection, onDone, onCredential }: Props) {
  const [{ data, error, fetching }, ping] = useMutation(PingDocument);
  const answer = data?.pingSpApi;
  const problem = error && problemOf(error);
  const present = connection.marketplaces.map(({ marketplaceId }) => marketplaceId);
  const offered = answer?.ok ? answer.marketplaces : null;
  const kept = offered?.map(({ marketplaceId }) => marketplaceId).filter((id) => present.includes(id)) ?? [];
  return (
    <div className="stack">
      <div className="row">
        <Button look={offered ? 'plain' : 'primary'} busy={fetching} onClick={() => void ping({})}>
          {answer ? 'Test again' : 'Test the connection'}
        </Button>
        <span className="muted small">One call to Amazon, which says where this account sells.</span>
      </div>
      {problem && <ProblemNotice code={problem.code} message={problem.message} />}
      {answer && !answer.ok && (
        <>
          <ProblemNotice code={answer.errorCode} message={answer.error} />
          <div>
            <Button onClick={onCredential}>Change the credential</Button>
          </div>
        </>
      )}
      {offered && offered.length === 0 && (
        <Notice tone="warn" title="Amazon names no marketplace">
          The account takes part in none in this region. Is it another region’s account?
        </Notice>
      )}
      {offered && offered.length > 0 && (
        <>
          <Notice tone="good" title="Amazon accepts the credential">
            This account sells in {offered.length === 1 ? 'one marketplace' : `${offered.length} marketplaces`}. Choose
            which to mirror.
          </Notice>
          <MarketplaceForm
            offered={offered}
            chosen={kept.length > 0 ? kept : offered.map(({ marketplaceId }) => marketplaceId)}
            onSaved={onDone}
          />
        </>
      )}
    </div>
  );
}
