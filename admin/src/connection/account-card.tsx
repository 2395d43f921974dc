import { useEffect, useState } from 'react';
import { useMutation, useQuery } from 'urql';
import { problemOf } from '../api/problems.js';
import { useIsOwner } from '../api/use-session.js';
import {
  type ConnectionFragment,
  CoverageDocument,
  KnownMarketplacesDocument,
  SaveConnectionDocument,
} from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { ProblemNotice } from '../ui/notice.js';
import { Ago } from '../ui/time.js';
import { MarketplaceForm } from './marketplace-form.js';
import { MarketplaceHeld } from './marketplace-held.js';
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
  const [{ data: coverage }, ask] = useQuery({ query: CoverageDocument, context: FRESH });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the connection is read anew when it or a run has changed
  useEffect(() => ask(), [connection, ask]);
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
        {connection.nextProbeAt && (
          <div>
            <dt>Next automatic test</dt>
            <dd>
              <Ago at={connection.nextProbeAt} />
            </dd>
          </div>
        )}
      </dl>
      {connection.marketplaces.length === 0 && <ProblemNotice code="NO_MARKETPLACES" message={null} />}
      <ul className="held">
        {connection.marketplaces.map((marketplace) => (
          <li key={marketplace.id}>
            <MarketplaceHeld
              marketplace={marketplace}
              coverage={coverage?.coverage.find(({ marketplaceId }) => marketplaceId === marketplace.marketplaceId)}
            />
          </li>
        ))}
      </ul>
      {choosing && <ChooseDialog connection={connection} onClose={() => setChoosing(false)} onChange={onChange} />}
    </section>
  );
}

const FRESH = { requestPolicy: 'network-only' as const };

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
