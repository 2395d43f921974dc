import type { ComponentChildren } from 'preact';
import { Link, useLocation } from 'wouter-preact';
import { useIsOwner } from '../api/use-session.js';
import { useSocketState } from '../api/use-socket.js';
import { missingIn } from '../connection/missing.js';
import type { MirrorQuery, RunFragment } from '../generated/operations.js';
import { useKindOfRun } from '../history/use-kind-of-run.js';
import { useLiveRun, useRunChanges } from '../sync/live-run.js';
import { dataAsOf, useMirror } from '../sync/mirror.js';
import { Time } from '../ui/time.js';

/** Up to when the data is known to be complete; while the server can't be reached, that. */
export function Freshness() {
  const socket = useSocketState();
  const mirror = useMirror();
  const asOf = mirror && dataAsOf(mirror);
  const isBroken = mirror?.connection?.status === 'ERROR';
  const look = socket === 'lost' ? 'lost' : asOf ? (isBroken ? 'warn' : 'fresh') : '';
  return (
    <div className={`freshness small ${look}`} role="status" data-socket={socket}>
      <span className="dot" aria-hidden />
      <span className="freshness-text">
        {socket === 'lost' ? (
          'Connection lost, reconnecting…'
        ) : asOf ? (
          <>
            Data as of <Time at={asOf} />
          </>
        ) : mirror ? (
          'No complete data yet'
        ) : (
          'Loading…'
        )}
      </span>
    </div>
  );
}

/** Says below each view what its numbers lack; nothing while they lack nothing. */
export function DataStateStrip() {
  const mirror = useMirror();
  const { running } = useRunChanges();
  const [path] = useLocation();
  const owner = useIsOwner();
  const history = useKindOfRun('HISTORY').run;
  const state = mirror && stateOf(mirror, running, history);
  if (!state || path === '/setup') return null;
  return (
    <aside className={`strip small ${state.tone}`} aria-label="State of the data">
      <p role="status">
        {state.text}
        {state.link && (owner || !state.ownersOnly) && path !== state.link[0] && (
          <Link href={state.link[0]}>{state.link[1]}</Link>
        )}
      </p>
    </aside>
  );
}

interface DataState {
  readonly tone: 'plain' | 'warn' | 'bad';
  readonly text: ComponentChildren;
  readonly link?: readonly [path: string, label: string];
  /** Whether only owners have what it links to. */
  readonly ownersOnly?: boolean;
}

function stateOf(mirror: MirrorQuery, running: boolean, history: RunFragment | null): DataState | null {
  const { connection, orders } = mirror;
  const missing = missingIn(connection);
  if (!connection || missing)
    return missing && { tone: 'warn', text: `${missing.text} `, link: missing.link, ownersOnly: true };
  const asOf = dataAsOf(mirror);
  const since = asOf ? (
    <>
      Orders and sales are as of <Time at={asOf} />.{' '}
    </>
  ) : null;
  if (connection.status === 'ERROR')
    return {
      tone: 'bad',
      text: <>The connection to Amazon is broken. {since}</>,
      link: ['/connection', 'Open Connection'],
    };
  if (connection.status === 'DISCONNECTED')
    return {
      tone: 'warn',
      text: <>The connection to Amazon is disabled. {since}</>,
      link: ['/connection', 'Open Connection'],
    };
  if (connection.marketplaces.some(({ provenUntil }) => provenUntil === null)) {
    if (running) return { tone: 'warn', text: <FirstRun isOnly={asOf === null} />, link: ['/sync', 'Open Sync'] };
    if (orders.totalCount > 0)
      return {
        tone: 'warn',
        text: 'Not all marketplaces have been read once: lists and totals are incomplete. ',
        link: ['/sync', 'Open Sync'],
      };
    return null;
  }
  if (history?.status === 'RUNNING')
    return {
      tone: 'plain',
      text: `Older orders are being read, ${percent(history.progress)}: lists and totals of earlier times are incomplete. `,
      link: ['/history', 'Open History'],
    };
  return null;
}

function FirstRun({ isOnly }: { readonly isOnly: boolean }) {
  const { run } = useLiveRun();
  return (
    <>
      {isOnly ? 'The first run' : 'The first run of a marketplace'} is under way, {percent(run?.progress ?? null)}:
      lists and totals are incomplete until it ends.{' '}
    </>
  );
}

const percent = (share: number | null) => `${Math.floor((share ?? 0) * 100)} %`;
