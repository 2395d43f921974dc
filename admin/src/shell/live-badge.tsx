import { useLiveRun } from '../sync/live-run.js';

const WORDS = { connecting: 'Connecting …', live: 'Live', lost: 'Connection lost, trying again …' };

/** Whether what is shown is kept up to date by the server at this moment. */
export function LiveBadge() {
  const { socket } = useLiveRun();
  return (
    <div className={`live-badge small ${socket}`} role="status">
      <span className="dot" aria-hidden />
      {WORDS[socket]}
    </div>
  );
}
