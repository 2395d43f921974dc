import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const MAX_PACKED_MB = 15;
const MAX_INSTALLED_MB = 150;
/** Paths of Node.js: this one, and others that `.ci/run` installs. */
const NODES = [process.execPath, ...(process.env.TEST_NODES?.split(',').filter(Boolean) ?? [])];
const execute = promisify(execFile);
if (NODES.length === 1)
  process.stdout.write('Skipped: the package on other versions of Node.js. TEST_NODES names none.\n');

describe('the packed package, installed in an empty folder,', () => {
  let folder: string;
  let archive: string;
  let printed: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ordermirror-package-'));
    const packed = await execute('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      cwd: ROOT,
    });
    archive = join(folder, JSON.parse(packed.stdout)[0].filename);
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    const { stdout, stderr } = await execute(
      'npm',
      ['install', '--prefer-offline', '--no-audit', '--no-fund', archive],
      {
        cwd: folder,
      },
    );
    printed = stdout + stderr;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is small, and has neither warnings nor a compiler', async () => {
    expect(statSync(archive).size / 1e6).toBeLessThan(MAX_PACKED_MB);
    const { stdout } = await execute('du', ['-sm', join(folder, 'node_modules')]);
    expect(Number.parseInt(stdout, 10)).toBeLessThan(MAX_INSTALLED_MB);
    expect(printed).not.toMatch(/warn/i);
    const { stdout: names } = await execute('ls', [join(folder, 'node_modules')]);
    expect(names.split('\n')).toContain('ordermirror');
    expect(names).not.toMatch(/^(prisma|typescript|vite)$/m);
  });

  it.each(NODES)('runs its demo to the end (%s)', async (node) => {
    const env = { PATH: [dirname(node), process.env.PATH].join(delimiter), HOME: folder, PORT: '0' };
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere, { recursive: true });
    const command = join(folder, 'node_modules/.bin/ordermirror');
    const { stdout } = await execute(command, ['demo', '--exit'], { cwd: elsewhere, env });
    expect(stdout).toMatch(/Orders +2,000 of 2,000/);
  });
});
