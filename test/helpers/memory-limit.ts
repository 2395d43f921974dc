import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/**
 * A command that runs another one under a memory limit (a cgroup below this process's own, removed after the test).
 * Null if not permitted: it requires root, and on cgroup v2 a delegated memory controller.
 */
export function memoryLimit(megabytes: number): string[] | null {
  for (const [root, pattern, file] of [
    ['/sys/fs/cgroup/memory', /^\d+:memory:(.*)$/m, 'memory.limit_in_bytes'],
    ['/sys/fs/cgroup', /^0::(.*)$/m, 'memory.max'],
  ] as const) {
    try {
      const [, own = ''] = pattern.exec(readFileSync('/proc/self/cgroup', 'utf8')) ?? [];
      const group = join(root, own, `ordermirror-test-${process.pid}`);
      mkdirSync(group);
      onTestFinished(() => rmdirSync(group));
      writeFileSync(join(group, file), String(megabytes * 1024 * 1024));
      return ['sh', '-c', `echo $$ > ${join(group, 'cgroup.procs')} && exec "$@"`, 'sh'];
    } catch {}
  }
  return null;
}
