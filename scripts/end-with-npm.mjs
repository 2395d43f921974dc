import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const POLL_MS = 1_000;

/**
 * Ends this process once the npm that started it has ended, even by SIGKILL: as SIGHUP does, so that the server
 * stops in order. npm starts scripts through a shell, which survives npm and may or may not replace itself by the script.
 * Does nothing unless npm started the script: other parents may end without stopping the server.
 */
export function endWithNpm() {
  if (process.platform === 'win32' || !process.env.npm_lifecycle_script?.includes('scripts/run.mjs')) return;
  const parent = process.ppid;
  const isShell = commandOf(parent).includes('scripts/run.mjs');
  const npm = isShell ? parentOf(parent) : parent;
  const timer = setInterval(() => {
    if (process.ppid === parent && (!isShell || parentOf(parent) === npm)) return;
    clearInterval(timer);
    if (!process.emit('SIGHUP', 'SIGHUP')) process.exit(1);
  }, POLL_MS).unref();
}

/** By /proc on Linux, where slim images have no ps. */
function parentOf(pid) {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat === null ? ps(pid, 'ppid=') : stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function commandOf(pid) {
  return read(`/proc/${pid}/cmdline`) ?? ps(pid, 'args=');
}

function ps(pid, column) {
  return spawnSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
