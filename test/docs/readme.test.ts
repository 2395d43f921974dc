import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { variableNames } from '../../src/config/environment.js';
import { parseFaults } from '../../src/simulator/faults/fault-flags.js';

const read = (file: string) => readFileSync(join(import.meta.dirname, '../..', file), 'utf8');

describe('every environment variable', () => {
  const missingIn = (file: string, pattern: (name: string) => RegExp) =>
    variableNames.filter((name) => !pattern(name).test(read(file)));

  it('is in the table of the README', () => {
    expect(variableNames.length).toBeGreaterThan(10);
    expect(missingIn('README.md', (name) => new RegExp(`^\\| (?:\`\\w+\`, )?\`${name}\``, 'm'))).toEqual([]);
  });

  it('is in .env.example', () => {
    expect(missingIn('.env.example', (name) => new RegExp(`^(?:# )?${name}=`, 'm'))).toEqual([]);
  });

  it('reaches the containers of docker-compose.yml, unless the Dockerfile or Compose decides it', () => {
    const decided = ['PORT', 'HOST', 'DATA_DIR', 'ROLE'];
    const missing = missingIn('docker-compose.yml', (name) => new RegExp(`^ +${name}: `, 'm'));
    expect(missing.sort()).toEqual(decided.sort());
  });
});

it('every fault of the simulator that has a flag is in the README', () => {
  const listed = new Set(/^Faults: ([\s\S]*?)\.\s/m.exec(read('README.md'))?.[1]?.match(/[\w-]+/g));
  let flags: string[] = [];
  try {
    parseFaults('nonsense:1', 1);
  } catch (error) {
    flags = (/one of (.*)/.exec(String(error))?.[1] ?? '').split(', ');
  }
  expect(flags.length).toBeGreaterThan(20);
  expect([...listed].sort()).toEqual(flags.sort());
});
