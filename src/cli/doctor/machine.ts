import type { StatsFs } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { databaseConfigOf, loadConfig } from '../../config/config.js';
import { type Environment, readEnvironment, variableNames } from '../../config/environment.js';
import { openSqsQueue } from '../../notifications/sqs-queue.js';
import { type Finding, right, skipped, wrong, wrongBy } from './finding.js';

const MIN_NODE = [20, 19] as const;
/** A first sync of 100,000 orders takes about this much. */
const MIN_FREE_BYTES = 1e9;

/** @param version of Node.js, such as `20.19.0` */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNewEnough = major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]);
  return isNewEnough
    ? right(version)
    : wrong(
        `This is ${version}, and Ordermirror needs ${MIN_NODE.join('.')} or later. Install the current LTS from nodejs.org.`,
      );
}

/** Reads the environment; null with the reason if a value is invalid. Values are not shown: some are secrets. */
export function checkSettings(variables: NodeJS.ProcessEnv): { finding: Finding; environment: Environment | null } {
  try {
    const environment = readEnvironment(variables);
    // Also what depends on several variables; without DATABASE_URL that would create the data folder.
    if (environment.DATABASE_URL !== undefined) loadConfig(variables);
    else databaseConfigOf(environment);
    const names = variableNames.filter((name) => variables[name] !== undefined && variables[name] !== '');
    return { finding: right(names.length > 0 ? `set: ${names.join(', ')}` : 'all defaults'), environment };
  } catch (error) {
    return { finding: wrongBy(error), environment: null };
  }
}

/** Asks the queue of notifications for its attributes. */
export async function checkQueue({ NOTIFICATIONS_QUEUE_URL: url }: Environment): Promise<Finding> {
  if (url === undefined) return skipped('NOTIFICATIONS_QUEUE_URL is not set: orders are read on schedule only.');
  try {
    const queue = await openSqsQueue(url);
    try {
      const { messages } = await queue.attributes();
      return right(`${url}, ${messages ?? 0} messages wait`);
    } finally {
      queue.close();
    }
  } catch (error) {
    return wrongBy(error);
  }
}

/** Looks at the free space of the data folder's disk. */
export async function checkDisk({ DATABASE_URL, DATA_DIR }: Environment): Promise<Finding> {
  if (DATABASE_URL !== undefined) return skipped("The disk of PostgreSQL can't be seen from here.");
  const { bavail, bsize } = await statfsOfParent(resolve(DATA_DIR));
  const free = bavail * bsize;
  const text = `${(free / 1e9).toFixed(1)} GB are free for ${resolve(DATA_DIR)}`;
  return free >= MIN_FREE_BYTES
    ? right(text)
    : wrong(`${text}. Free some, or set DATA_DIR to a folder on another disk.`);
}

/** Of the folder, or of the first folder above it that exists. */
async function statfsOfParent(folder: string): Promise<StatsFs> {
  return statfs(folder).catch((error) => {
    if (dirname(folder) === folder) throw error;
    return statfsOfParent(dirname(folder));
  });
}
