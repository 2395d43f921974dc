import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { problemOf } from '../api/problems.js';
import { useIsOwner } from '../api/use-session.js';
import { CredentialForm } from '../connection/credential-form.js';
import { regionName } from '../connection/regions.js';
import { ConnectionDocument, type ConnectionFragment } from '../generated/operations.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { ProblemNotice } from '../ui/notice.js';
import { Page } from '../ui/page.js';
import { ChooseRegion } from './choose-region.js';
import { FirstSync } from './first-sync.js';
import { TestAndChoose } from './test-and-choose.js';

const STEPS = ['region', 'credential', 'marketplaces', 'sync'] as const;
type Step = (typeof STEPS)[number];
const TITLES: Readonly<Record<Step, string>> = {
  region: 'Where you sell',
  credential: 'The app’s credential',
  marketplaces: 'Test it, and choose marketplaces',
  sync: 'The first sync',
};

/** From nothing to the first sync. Where it is follows from what the server has, so that a reload goes on. */
export function SetupView() {
  const owner = useIsOwner();
  const [{ data, error }, ask] = useQuery({ query: ConnectionDocument, requestPolicy: 'network-only' });
  const [wanted, setWanted] = useState<Step | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const connection = data?.connection ?? null;
  const reached = stepOf(connection);
  const step = wanted ?? reached;
  const shown = useRef(step);
  useEffect(() => {
    if (shown.current !== step) heading.current?.focus();
    shown.current = step;
  }, [step]);
  const done = () => {
    setWanted(null);
    ask({ requestPolicy: 'network-only' });
  };
  if (!owner) {
    return (
      <Page title="Connect Amazon">
        <p>An owner connects the Amazon account.</p>
      </Page>
    );
  }
  return (
    <Page
      title="Connect your Amazon account"
      lead={
        <>
          Four steps. What you have done is kept: you can leave and <Link href="/">come back later</Link>.
        </>
      }
    >
      {error && <ProblemNotice message={problemOf(error).message} />}
      {data && (
        <ol className="stack steps">
          {STEPS.map((name, index) => (
            <li key={name} className="card body stack" aria-current={name === step ? 'step' : undefined}>
              <div className="row apart nowrap">
                <div className="row nowrap">
                  <Badge tone={name === step ? 'live' : isBefore(name, reached) ? 'good' : 'plain'}>
                    {isBefore(name, reached) && name !== step ? '✓' : index + 1}
                  </Badge>
                  <div className="step-title">
                    <h2 ref={name === step ? heading : null} tabIndex={-1}>
                      {TITLES[name]}
                    </h2>
                    {name !== step && <span className="muted small">{summary(name, connection)}</span>}
                  </div>
                </div>
                {name !== step && (isBefore(name, reached) || name === reached) && (
                  <Button look="quiet" onClick={() => setWanted(name)} aria-label={`Change: ${TITLES[name]}`}>
                    {name === reached ? 'Go on here' : 'Change'}
                  </Button>
                )}
              </div>
              {name === step && <Content step={step} connection={connection} onDone={done} onStep={setWanted} />}
            </li>
          ))}
        </ol>
      )}
    </Page>
  );
}

interface ContentProps {
  readonly step: Step;
  readonly connection: ConnectionFragment | null;
  readonly onDone: () => void;
  readonly onStep: (step: Step) => void;
}

function Content({ step, connection, onDone, onStep }: ContentProps): ReactNode {
  if (step === 'region' || !connection) return <ChooseRegion present={connection?.region ?? null} onDone={onDone} />;
  if (step === 'credential') {
    return (
      <CredentialForm
        hasClient={connection.lwaClientSource !== null}
        note={connection.credentialNote}
        onSaved={onDone}
      />
    );
  }
  if (step === 'marketplaces') {
    return <TestAndChoose connection={connection} onDone={onDone} onCredential={() => onStep('credential')} />;
  }
  return <FirstSync marketplaces={connection.marketplaces} status={connection.status} />;
}

function stepOf(connection: ConnectionFragment | null): Step {
  if (!connection) return 'region';
  if (!connection.hasRefreshToken) return 'credential';
  return connection.lastCheckOk && connection.marketplaces.length > 0 ? 'sync' : 'marketplaces';
}

const isBefore = (one: Step, other: Step) => STEPS.indexOf(one) < STEPS.indexOf(other);

function summary(step: Step, connection: ConnectionFragment | null): string {
  if (!connection) return '';
  if (step === 'region') return regionName(connection.region);
  if (step === 'credential') return connection.hasRefreshToken ? 'Saved' : '';
  if (step === 'marketplaces') return connection.marketplaces.map(({ name }) => name).join(', ');
  return '';
}
