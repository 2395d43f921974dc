import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { variableNames } from '../../src/config/environment.js';
import { LASTING_ERRORS, notificationErrorCodes, syncErrorCodes, userErrorCodes } from '../../src/core/errors.js';
import { parseFaults } from '../../src/simulator/flags.js';
import { documents, readDocument } from '../helpers/doc-blocks.js';

const MAX_LINE = 120;
/** Codes of GraphQL Yoga and of the HTTP server. */
const OTHER_CODES = [
  'GRAPHQL_VALIDATION_FAILED',
  'GRAPHQL_PARSE_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_REQUEST',
  'REQUEST_ENTITY_TOO_LARGE',
  'INTERNAL_SERVER_ERROR',
];

describe('every environment variable', () => {
  const missingIn = (file: string, pattern: (name: string) => RegExp) =>
    variableNames.filter((name) => !pattern(name).test(readDocument(file)));

  it('is in the table of docs/operations.md', () => {
    expect(variableNames.length).toBeGreaterThan(10);
    expect(missingIn('docs/operations.md', (name) => new RegExp(`^\\| (?:\`\\w+\`, )?\`${name}\``, 'm'))).toEqual([]);
  });

  it('is in .env.example', () => {
    expect(missingIn('.env.example', (name) => new RegExp(`^(?:# )?${name}=`, 'm'))).toEqual([]);
  });

  it('reaches the containers of docker-compose.yml, unless the Dockerfile or Compose sets it', () => {
    const decided = ['PORT', 'HOST', 'DATA_DIR', 'ROLE'];
    const missing = missingIn('docker-compose.yml', (name) => new RegExp(`^ +${name}: `, 'm'));
    expect(missing.sort()).toEqual(decided.sort());
  });
});

it('lists every table in docs/operations.md', () => {
  const [, section = ''] = readDocument('docs/operations.md').split('\n## Tables\n');
  const listed = [...section.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell = '']) => cell.match(/\w+/g) ?? []);
  const models = readDocument('prisma/schema.prisma').matchAll(/^model [\s\S]*?@@map\("(\w+)"\)/gm);
  const tables = [...models].map(([, name]) => name);
  expect(listed.sort()).toEqual(tables.sort());
});

it('lists every fault flag of the simulator in docs/simulator.md', () => {
  const [, section = ''] = readDocument('docs/simulator.md').split('### Faults');
  const [table = ''] = section.split('\n## ');
  const rows = [...table.matchAll(/^\| (`.*?) \|/gm)].map(([, cell = '']) => cell);
  const listed = rows.flatMap((cell) => [...cell.matchAll(/`([\w-]+)`/g)].map(([, flag]) => flag));
  let flags: string[] = [];
  try {
    parseFaults('nonsense:1', 1);
  } catch (error) {
    flags = (/one of (.*)/.exec(String(error))?.[1] ?? '').split(', ');
  }
  expect(flags.length).toBeGreaterThan(20);
  expect(listed.sort()).toEqual(flags.sort());
});

it('explains every error code in docs/troubleshooting.md, and which ones pause the schedule', () => {
  const sections = readDocument('docs/troubleshooting.md')
    .split(/^### /m)
    .slice(1)
    .map((section) => [section.split('\n', 1)[0] ?? '', /^\*\(owner\)\*/m.test(section)] as const);
  expect(sections.map(([code]) => code).sort()).toEqual(
    [...userErrorCodes, ...syncErrorCodes, ...notificationErrorCodes, ...OTHER_CODES].sort(),
  );
  expect(sections.filter(([, owner]) => owner).map(([code]) => code)).toEqual([...LASTING_ERRORS]);
});

describe.each([...documents, 'ARCHITECTURE.md', 'CHANGELOG.md'])('%s', (document) => {
  const text = readDocument(document);

  it('links only to files and headings that exist', () => {
    const prose = text.replace(/^ *```[\s\S]*?^ *```$/gm, '');
    const broken = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
      if (/^https?:/.test(target)) return [];
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? document : join(dirname(document), path);
      if (!existsSync(join(import.meta.dirname, '../..', file))) return [target];
      return anchor === undefined || anchorsOf(readDocument(file)).includes(anchor) ? [] : [target];
    });
    expect(broken).toEqual([]);
  });
});

it.each([...documents, 'CHANGELOG.md'])(
  `%s has no line of more than ${MAX_LINE} characters outside tables`,
  (document) => {
    const long = readDocument(document)
      .split('\n')
      .filter((line) => line.length > MAX_LINE && !line.startsWith('|'));
    expect(long).toEqual([]);
  },
);

/** Returns the anchor that GitHub creates for a heading. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
