import { useState } from 'react';
import { useMutation, useQuery } from 'urql';
import { problemOf } from '../api/problems.js';
import { useIsOwner } from '../api/use-session.js';
import {
  type ConnectionFragment,
  CoverageDocument,
  type CoverageQuery,
  KnownMarketplacesDocument,
  SaveConnectionDocument,
} from '../generated/operations.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { Marketplace } from '../ui/marketplace.js';
import { ProblemNotice } from '../ui/notice.js';
import { Ago } from '../ui/time.js';
import { MarketplaceForm } from './marketplace-form.js';
import { regionName } from './regions.js';

/** Which account is mirrored, and of each marketplace how far. */
export function AccountCard({
  connection,
  onChange,
}: {
  readonly connection: ConnectionFragment;
  readonly onChange: () => void;
}) {
  const owner = useIsOwner();
  const [choosing, setChoosing] = useState(false);
  const [{ data: coverage }] = useQuery({ query: CoverageDocument, context: FRESH });
  return (
    <section className="card body stack" aria-labelledby="account-heading">
      <div className="row apart">
        <h2 id="account-heading">Account</h2>
        {owner && (
          <div className="row">
            <Button onClick={() => setChoosing(true)}>Choose marketplaces</Button>
            <OnOff connection={connection} onChange={onChange} />
          </div>
        )}
      </div>
      <dl className="facts words">
        <div>
          <dt>Region</dt>
          <dd>{regionName(connection.region)}</dd>
        </div>
        <div>
          <dt>Seller</dt>
          <dd>{connection.sellerIdentifier ?? 'Not named'}</dd>
        </div>
        <div>
          <dt>Last complete run</dt>
          <dd>{connection.lastOrdersSyncAt ? <Ago at={connection.lastOrdersSyncAt} /> : 'Not yet'}</dd>
        </div>
        <div>
          <dt>Next run by schedule</dt>
          <dd>{connection.nextSyncAt ? <Ago at={connection.nextSyncAt} /> : 'None'}</dd>
        </div>
      </dl>
      {connection.marketplaces.length === 0 && <ProblemNotice code="NO_MARKETPLACES" message={null} />}
      <ul className="stack">
        {connection.marketplaces.map((marketplace) => (
          <li key={marketplace.id} className="stack tight">
            <div className="row apart">
              <Marketplace of={marketplace} />
              <span className="small">
                {marketplace.provenUntil ? (
                  <>
                    complete up to <Ago at={marketplace.provenUntil} />
                  </>
                ) : (
                  <Badge>Nothing proven yet</Badge>
                )}
              </span>
            </div>
            <Gaps
              gaps={
                coverage?.coverage.find(({ marketplaceId }) => marketplaceId === marketplace.marketplaceId)?.gaps ?? []
              }
            />
          </li>
        ))}
      </ul>
      {choosing && <ChooseDialog connection={connection} onClose={() => setChoosing(false)} onChange={onChange} />}
    </section>
  );
}

const FRESH = { requestPolicy: 'network-only' as const };

function Gaps({ gaps }: { readonly gaps: CoverageQuery['coverage'][number]['gaps'] }) {
  if (gaps.length === 0) return null;
  return (
    <details className="small muted">
      <summary>What is not proven</summary>
      <ul className="stack tight">
        {gaps.map(({ kind, from, until, reason }) => (
          <li key={`${kind} ${from} ${until}`}>
            {from ? <Ago at={from} /> : 'Since ever'} to {until ? <Ago at={until} /> : 'now'}: {reason}
          </li>
        ))}
      </ul>
    </details>
  );
}

function OnOff({ connection, onChange }: { readonly connection: ConnectionFragment; readonly onChange: () => void }) {
  const [{ fetching, error }, save] = useMutation(SaveConnectionDocument);
  const off = connection.status === 'DISCONNECTED';
  const press = async () => {
    await save({ input: { status: off ? 'PENDING' : 'DISCONNECTED' } });
    onChange();
  };
  return (
    <>
      <Button busy={fetching} onClick={() => void press()}>
        {off ? 'Switch on' : 'Switch off'}
      </Button>
      {error && <ProblemNotice message={problemOf(error).message} />}
    </>
  );
}

interface ChooseProps {
  readonly connection: ConnectionFragment;
  readonly onClose: () => void;
  readonly onChange: () => void;
}

function ChooseDialog({ connection, onClose, onChange }: ChooseProps) {
  const [{ data }] = useQuery({ query: KnownMarketplacesDocument, variables: { region: connection.region } });
  return (
    <Dialog title="Marketplaces to mirror" onClose={onClose}>
      <p className="muted">
        Only those that the seller sells in: Amazon refuses the others. A test of the connection lists them.
      </p>
      {data && (
        <MarketplaceForm
          offered={data.marketplaces}
          chosen={connection.marketplaces.map(({ marketplaceId }) => marketplaceId)}
          onSaved={() => {
            onClose();
            onChange();
          }}
        />
      )}
    </Dialog>
  );
}
