import { useMutation, useQuery } from '@urql/preact';
import { Pencil } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { useLiveQuery } from '../api/use-live-query.js';
import { useIsOwner } from '../api/use-session.js';
import {
  type ConnectionFragment,
  CoverageDocument,
  KnownMarketplacesDocument,
  SaveConnectionDocument,
} from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { Fact, Facts } from '../ui/facts.js';
import { Field, Form } from '../ui/form.js';
import { Notice, RequestError } from '../ui/notice.js';
import { RelativeTime, Time } from '../ui/time.js';
import { MarketplaceCoverage } from './marketplace-coverage.js';
import { MarketplaceForm } from './marketplace-form.js';
import { regionName } from './regions.js';

interface Props {
  readonly connection: ConnectionFragment;
  readonly onChange: () => void;
}

/** The mirrored account, and how far each marketplace is complete. */
export function AccountCard({ connection, onChange }: Props) {
  const { marketplaces, sellerIdentifier, lastOrdersSyncAt, nextSyncAt, nextProbeAt, status } = connection;
  const owner = useIsOwner();
  const [choosing, setChoosing] = useState(false);
  const [naming, setNaming] = useState(false);
  const [{ data }] = useLiveQuery({ query: CoverageDocument }, connection);
  const [saved, save] = useMutation(SaveConnectionDocument);
  const disabled = status === 'DISCONNECTED';
  const toggle = async () => {
    await save({ input: { status: disabled ? 'PENDING' : 'DISCONNECTED' } });
    onChange();
  };
  return (
    <section className="card body stack" aria-labelledby="account-heading">
      <div className="row spread">
        <h2 id="account-heading">Account</h2>
        {owner && (
          <div className="row">
            <Button onClick={() => setChoosing(true)}>Choose marketplaces</Button>
            <Button busy={saved.fetching} onClick={() => void toggle()}>
              {disabled ? 'Enable' : 'Disable'}
            </Button>
          </div>
        )}
      </div>
      <RequestError error={saved.error} />
      <Facts className="text">
        <Fact label="Region">{regionName(connection.region)}</Fact>
        <Fact label="Seller">
          <bdi>{sellerIdentifier ?? 'Not set'}</bdi>{' '}
          {owner && (
            <Button look="quiet" className="tiny" aria-label="Change the seller" onClick={() => setNaming(true)}>
              <Pencil size={13} aria-hidden />
            </Button>
          )}
        </Fact>
        <Fact label="Last complete run">{lastOrdersSyncAt ? <RelativeTime at={lastOrdersSyncAt} /> : 'Never'}</Fact>
        <Fact label="Next scheduled run">{nextSyncAt ? <RelativeTime at={nextSyncAt} /> : 'None'}</Fact>
        {nextProbeAt && (
          <Fact label="Next connection test">
            <RelativeTime at={nextProbeAt} />
          </Fact>
        )}
      </Facts>
      {marketplaces.length === 0 && (
        <Notice tone="bad" title="No marketplaces are chosen">
          No orders are read, and no run starts on schedule, until at least one is chosen.
        </Notice>
      )}
      <RefusedDataSets connection={connection} />
      <ul className="coverage">
        {marketplaces.map((marketplace) => (
          <li key={marketplace.id}>
            <MarketplaceCoverage
              marketplace={marketplace}
              coverage={data?.coverage.find(({ marketplaceId }) => marketplaceId === marketplace.marketplaceId)}
            />
          </li>
        ))}
      </ul>
      {naming && <NameDialog connection={connection} onClose={() => setNaming(false)} onChange={onChange} />}
      {choosing && <ChooseDialog connection={connection} onClose={() => setChoosing(false)} onChange={onChange} />}
    </section>
  );
}

/** The parts of orders that Amazon doesn't send; nothing without any. */
function RefusedDataSets({ connection: { refusedDataSets } }: Pick<Props, 'connection'>) {
  const [first] = refusedDataSets;
  if (!first) return null;
  const names = refusedDataSets.map(({ dataSet }) => dataSet).join(', ');
  return (
    <Notice tone="warn" title={`Amazon refuses parts of each order: ${names}`}>
      Orders are mirrored without them since <Time at={first.refusedAt} />. Next attempt:{' '}
      <RelativeTime at={first.nextTryAt} />, or after you save a new credential.
    </Notice>
  );
}

function NameDialog({ connection, onClose, onChange }: Props & { readonly onClose: () => void }) {
  const [{ fetching, error }, save] = useMutation(SaveConnectionDocument);
  const submit = async (value: (name: string) => string) => {
    const { data } = await save({ input: { sellerIdentifier: value('seller').trim() || null } });
    if (!data) return;
    onClose();
    onChange();
  };
  return (
    <Dialog title="Seller" onClose={onClose}>
      <Form action="Save" busy={fetching} error={error} autoComplete="off" onSubmit={submit}>
        <Field
          label="Name or merchant token"
          name="seller"
          maxLength={200}
          defaultValue={connection.sellerIdentifier ?? ''}
          hint="Names the account. A different name stands for a different account: the next run reads its orders anew."
        />
      </Form>
    </Dialog>
  );
}

function ChooseDialog({ connection, onClose, onChange }: Props & { readonly onClose: () => void }) {
  const [{ data }] = useQuery({ query: KnownMarketplacesDocument, variables: { region: connection.region } });
  return (
    <Dialog title="Choose marketplaces" onClose={onClose}>
      <p className="muted">
        Choose only marketplaces where this account sells: Amazon denies access to others. A connection test lists them.
      </p>
      {data && (
        <MarketplaceForm
          marketplaces={data.marketplaces}
          initial={connection.marketplaces.map(({ marketplaceId }) => marketplaceId)}
          onSaved={() => {
            onClose();
            onChange();
          }}
        />
      )}
    </Dialog>
  );
}
