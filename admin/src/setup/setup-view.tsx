import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useLiveQuery } from '../api/use-live-query.js';
import { useIsOwner } from '../api/use-session.js';
import { CredentialForm } from '../connection/credential-form.js';
import { regionName } from '../connection/regions.js';
import { ConnectionDocument, type ConnectionFragment } from '../generated/operations.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { RequestError } from '../ui/notice.js';
import { Page } from '../ui/page.js';
import { ChooseMarketplaces, ChooseRegion, FirstSync } from './steps.js';

const STEPS = ['region', 'credential', 'marketplaces', 'sync'] as const;
type Step = (typeof STEPS)[number];
const TITLES: Readonly<Record<Step, string>> = {
  region: 'Region',
  credential: 'Credential',
  marketplaces: 'Marketplaces',
  sync: 'First sync',
};

/** Leads from a fresh server to the first sync. The current step follows from the saved connection, so a reload keeps it. */
export function SetupView() {
  const owner = useIsOwner();
  const [{ data, error }, refetch] = useLiveQuery({ query: ConnectionDocument, requestPolicy: 'network-only' });
  const [selected, setSelected] = useState<Step | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const connection = data?.connection ?? null;
  const reached = stepOf(connection);
  const step = selected ?? (reached === 'done' ? 'sync' : reached);
  const previous = useRef(step);
  useLayoutEffect(() => {
    if (previous.current !== step) heading.current?.focus();
    previous.current = step;
  }, [step]);
  const done = () => {
    setSelected(null);
    refetch();
  };
  if (!owner) {
    return (
      <Page title="Connect Amazon">
        <p>Only owners can connect an Amazon account.</p>
      </Page>
    );
  }
  return (
    <Page
      title="Connect your Amazon account"
      lead="Four steps. Each is saved: if you leave, a link below every view leads back here."
    >
      <RequestError error={error} onRetry={refetch} />
      {data && (
        <ol className="stack steps">
          {STEPS.map((name, index) => {
            const current = name === step;
            const before = reached === 'done' || index < STEPS.indexOf(reached);
            const checked = before && (!current || reached === 'done');
            const action = before ? 'Change' : 'Continue';
            return (
              <li key={name} className="card body stack" aria-current={current ? 'step' : undefined}>
                <div className="row spread nowrap">
                  <div className="row nowrap">
                    <Badge tone={checked ? 'good' : current ? 'live' : 'plain'}>{checked ? '✓' : index + 1}</Badge>
                    <div className="step-title">
                      <h2 ref={current ? heading : null} tabIndex={-1}>
                        {TITLES[name]}
                      </h2>
                      {!current && <span className="muted small">{summarize(name, connection)}</span>}
                    </div>
                  </div>
                  {!current && (before || name === reached) && (
                    <Button look="quiet" onClick={() => setSelected(name)} aria-label={`${action}: ${TITLES[name]}`}>
                      {action}
                    </Button>
                  )}
                </div>
                {current && (
                  <StepContent
                    step={step}
                    connection={connection}
                    onDone={done}
                    onTested={() => {
                      setSelected(step);
                      refetch();
                    }}
                    onSelect={setSelected}
                  />
                )}
              </li>
            );
          })}
        </ol>
      )}
    </Page>
  );
}

interface StepContentProps {
  readonly step: Step;
  readonly connection: ConnectionFragment | null;
  readonly onDone: () => void;
  /** Called after a test of the connection, which doesn't leave the step. */
  readonly onTested: () => void;
  readonly onSelect: (step: Step) => void;
}

function StepContent({ step, connection, onDone, onTested, onSelect }: StepContentProps): ComponentChildren {
  if (step === 'region' || !connection) return <ChooseRegion current={connection?.region ?? null} onDone={onDone} />;
  if (step === 'credential') return <CredentialForm connection={connection} onSaved={onDone} />;
  if (step === 'sync') return <FirstSync connection={connection} />;
  return (
    <ChooseMarketplaces
      connection={connection}
      onDone={onDone}
      onTested={onTested}
      onChangeCredential={() => onSelect('credential')}
    />
  );
}

function stepOf(connection: ConnectionFragment | null): Step | 'done' {
  if (!connection) return 'region';
  if (!connection.hasRefreshToken) return 'credential';
  if (connection.lastOrdersSyncAt) return 'done';
  return connection.lastCheckOk && connection.marketplaces.length > 0 ? 'sync' : 'marketplaces';
}

function summarize(step: Step, connection: ConnectionFragment | null): string {
  if (!connection) return '';
  if (step === 'region') return regionName(connection.region);
  if (step === 'credential') return connection.hasRefreshToken ? 'Saved' : '';
  if (step === 'marketplaces') return connection.marketplaces.map(({ name }) => name).join(', ');
  return '';
}
