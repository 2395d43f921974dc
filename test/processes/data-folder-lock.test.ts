import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { beginProcess, runToItsEnd, startProcess, temporaryFolder } from '../helpers/with-process.js';

/** A process of its own PID namespace, as in a container; `unshare` is the parent and stays outside. */
const IN_A_NAMESPACE = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];

it('#52 refuses a second process in another PID namespace while the first runs or is stopped, not after it was killed', async ({
  skip,
}) => {
  if (spawnSync('unshare', IN_A_NAMESPACE.slice(1).concat('true')).status !== 0)
    return skip(
      'PID namespaces can not be made here (it takes root on Linux): two containers on one folder are not tested.',
    );
  const env = { DATA_DIR: temporaryFolder() };
  const first = await startProcess(env, { through: IN_A_NAMESPACE });
  const pid = Number(readFileSync(`/proc/${first.pid}/task/${first.pid}/children`, 'utf8'));
  process.kill(pid, 'SIGSTOP');
  const second = await runToItsEnd({ ...env, PORT: '0' }, { through: IN_A_NAMESPACE });
  expect(second).toMatchObject({
    code: 1,
    output: expect.stringMatching(/can't start\. .* is in use by process 1\. Stop/),
  });
  process.kill(pid, 'SIGCONT');
  expect((await fetch(`${first.url}/health/ready`)).status).toBe(200);

  process.kill(pid, 'SIGKILL');
  const third = await startProcess(env, { through: IN_A_NAMESPACE });
  expect((await fetch(`${third.url}/health/ready`)).status).toBe(200);
});

it('#38 ignores the lock of a killed process that is still a zombie', async () => {
  const env = { DATA_DIR: temporaryFolder() };
  // The parent never reaps its child.
  const first = beginProcess(env, { through: ['sh', '-c', '"$@" & exec sleep 60', 'sh'] });
  await first.listening;
  const pid = holderIn(env.DATA_DIR);
  process.kill(pid, 'SIGKILL');
  const second = beginProcess(env);
  await second.listening;
  expect(holderIn(env.DATA_DIR)).toBe(second.pid);
  if (process.platform === 'linux') expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(') Z ');
});

/** The process that the only lock file names. */
function holderIn(folder: string): number {
  const locks = readdirSync(folder).filter((name) => name.startsWith('ordermirror.lock.'));
  expect(locks).toHaveLength(1);
  return (JSON.parse(readFileSync(join(folder, String(locks[0])), 'utf8')) as { pid: number }).pid;
}
