import { useMutation, useQuery } from '@urql/preact';
import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { FailedTest } from '../connection/failed-test.js';
import { MarketplaceForm } from '../connection/marketplace-form.js';
import { REGIONS, type Region } from '../connection/regions.js';
import {
  type ConnectionFragment,
  KnownMarketplacesDocument,
  PingDocument,
  SaveConnectionDocument,
} from '../generated/operations.js';
import { useLiveRun } from '../sync/live-run.js';
import { RunCard } from '../sync/run-card.js';
import { StartSync } from '../sync/start-sync.js';
import { Button } from '../ui/button.js';
import { Check } from '../ui/form.js';
import { countryName, Flag } from '../ui/marketplace.js';
import { Notice, RequestError } from '../ui/notice.js';

export function ChooseRegion({ current, onDone }: { readonly current: Region | null; readonly onDone: () => void }) {
  const [{ data }] = useQuery({ query: KnownMarketplacesDocument, variables: { region: null } });
  const [{ fetching, error }, save] = useMutation(SaveConnectionDocument);
  const [region, setRegion] = useState<Region>(current ?? 'NA');
  const submit = async () => {
    const changed = current !== null && current !== region;
    const { data } = await save({ input: { region, ...(changed && { marketplaceIds: [] }) } });
    if (data) onDone();
  };
  return (
    <div className="stack">
      <p className="muted">A seller account and its refresh token belong to one of Amazon’s three regions.</p>
      <fieldset className="stack">
        <legend className="visually-hidden">Region</legend>
        {REGIONS.map(({ region: value, name }) => (
          <div key={value} className="stack tight">
            <Check kind="radio" name="region" checked={region === value} onChange={() => setRegion(value)}>
              {name}
            </Check>
            <ul className="row small muted countries">
              {data?.marketplaces
                .filter((marketplace) => marketplace.region === value)
                .map(({ id, countryCode }) => (
                  <li key={id} className="marketplace">
                    <Flag country={countryCode} /> {countryName(countryCode)}
                  </li>
                ))}
            </ul>
          </div>
        ))}
      </fieldset>
      <RequestError error={error} />
      <div>
        <Button look="primary" busy={fetching} onClick={() => void submit()}>
          Continue
        </Button>
      </div>
    </div>
  );
}

interface ChooseMarketplacesProps {
  readonly connection: ConnectionFragment;
  readonly onDone: () => void;
  readonly onTested: () => void;
  readonly onChangeCredential: () => void;
}

/** Tests the connection and offers the marketplaces that the account sells in. */
export function ChooseMarketplaces({ connection, onDone, onTested, onChangeCredential }: ChooseMarketplacesProps) {
  const [{ data, error, fetching }, test] = useMutation(PingDocument);
  const available = data?.pingSpApi.ok ? data.pingSpApi.marketplaces : null;
  const failed = available === null && connection.lastCheckOk === false;
  const tested = available !== null || failed;
  const ids = available?.map(({ marketplaceId }) => marketplaceId) ?? [];
  const kept = ids.filter((id) => connection.marketplaces.some(({ marketplaceId }) => marketplaceId === id));
  return (
    <div className="stack">
      <div className="row">
        <Button look={tested ? 'plain' : 'primary'} busy={fetching} onClick={() => void test({}).then(onTested)}>
          {tested ? 'Test again' : 'Test connection'}
        </Button>
        <span className="muted small">Sends one request to Amazon, which returns where this account sells.</span>
      </div>
      <RequestError error={error} />
      {failed && (
        <>
          <FailedTest connection={connection} />
          <div>
            <Button look="primary" onClick={onChangeCredential}>
              Change credential
            </Button>
          </div>
        </>
      )}
      {available?.length === 0 && (
        <Notice tone="warn" title="No marketplaces found">
          The account sells in no marketplace of this region. Check the region.
        </Notice>
      )}
      {available && available.length > 0 && (
        <>
          <Notice tone="good" title="Amazon accepted the credential">
            This account sells in {available.length === 1 ? '1 marketplace' : `${available.length} marketplaces`}.
            Choose which to mirror.
          </Notice>
          <MarketplaceForm marketplaces={available} initial={kept.length > 0 ? kept : ids} onSaved={onDone} />
        </>
      )}
    </div>
  );
}

/** Starts the first run; once one has ended OK, the set-up is complete. */
export function FirstSync({ connection }: { readonly connection: ConnectionFragment }) {
  const { marketplaces, lastOrdersSyncAt } = connection;
  const { run, live } = useLiveRun();
  return (
    <div className="stack">
      <p className="muted">
        The first run reads the orders of the last 30 days, later runs only changes. Older orders follow from Amazon’s
        reports, under <Link href="/history">History</Link>. You can close this page: the server continues.
      </p>
      <StartSync running={run?.status === 'RUNNING' && live} connection={connection} />
      {run && <RunCard run={run} marketplaces={marketplaces} />}
      {lastOrdersSyncAt && (
        <Notice tone="good" title="The set-up is complete">
          <div className="stack tight">
            <p>From now on, runs start by themselves.</p>
            <div className="row">
              <Link className="button primary" href="/orders">
                View orders
              </Link>
              <Link className="button" href="/">
                Open the overview
              </Link>
            </div>
          </div>
        </Notice>
      )}
    </div>
  );
}
