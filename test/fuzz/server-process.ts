import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Sample {
  /** Longest time that the event loop was blocked since the last sample. */
  readonly blockedMs: number;
  readonly heapBytes: number;
}

export interface FuzzedServer {
  readonly url: string;
  alive(): boolean;
  /** @param what `memory` collects garbage first */
  sample(what?: 'blocked' | 'memory'): Promise<Sample>;
  /** Returns the end of its output. */
  printed(): string;
  stop(): Promise<void>;
}

const NOTHING: Sample = { blockedMs: 0, heapBytes: 0 };

/** Starts the server (server.mjs) and waits until it listens. @throws {Error} with its output if it exits before */
export async function startFuzzedServer(env: Record<string, string>): Promise<FuzzedServer> {
  const { PATH = '' } = process.env;
  const child: ChildProcess = spawn(process.execPath, ['--expose-gc', join(import.meta.dirname, 'server.mjs')], {
    env: { PATH, PORT: '0', SYNC_CRON: 'off', HISTORY: 'off', ...env },
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      printed = `${printed}${text}`.slice(-20_000);
    });
  let alive = true;
  const ended = once(child, 'exit').then(() => {
    alive = false;
    return null;
  });
  const message = async <T>() => {
    const received = await Promise.race([once(child, 'message'), ended]);
    return received ? (received[0] as T) : null;
  };
  const started = await message<{ url: string }>();
  if (!started) throw new Error(`The server did not start:\n${printed}`);
  return {
    url: started.url,
    alive: () => alive,
    printed: () => printed,
    sample: async (what = 'blocked') => {
      if (!alive) return NOTHING;
      const answer = message<Sample>();
      child.send(what);
      return (await answer) ?? NOTHING;
    },
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
