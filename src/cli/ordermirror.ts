#!/usr/bin/env node
import { Argument, Command, Option } from 'commander';
import { version } from '../core/version.js';
import type { ExportFormat } from '../mirror/export/export-file.js';
import type { ExportDataset } from '../server/http/export-parameters.js';
import { type FlagValues, flagEntries } from '../simulator/flag-list.js';
import { flagOf, ORDER_PARAMETERS, SALES_PARAMETERS } from './export-options.js';

// The command `ordermirror`. What a command needs is loaded when it is given.
const program = new Command('ordermirror')
  .description("An exact, queryable mirror of an Amazon seller's orders in your own PostgreSQL, served over GraphQL.")
  .version(version)
  .helpCommand(false)
  .showHelpAfterError('Run it with --help for what it takes.')
  .addHelpText(
    'after',
    `
Settings come from environment variables, and from a file .env in the current folder. Without DATABASE_URL the
mirror is kept in ./data (DATA_DIR) by an embedded database.

First steps:
  ordermirror demo       look at it with a simulated Amazon, without an account
  ordermirror start      start the server; then open http://127.0.0.1:4000/admin
  ordermirror doctor     find out what is wrong`,
  );

program
  .command('start')
  .description('start the server: GraphQL, admin page and syncs')
  .addHelpText(
    'after',
    '\nThe server runs until Ctrl-C or SIGTERM, and logs JSON lines. PORT (4000) and HOST say where it listens.',
  )
  .action(async () => (await import('./start.js')).start());

program
  .command('demo')
  .description('try everything with a simulated Amazon, in a temporary folder')
  .option('--exit', 'end after the last step, in place of keeping the server running', false)
  .action(async (flags: { exit: boolean }) => (await import('./demo.js')).demo(flags));

const simulatorCommand = program
  .command('simulator')
  .description('run a simulated Selling Partner API, to develop against it');
for (const [name, { value, description, ...flag }] of flagEntries)
  simulatorCommand.addOption(
    new Option(`--${name} <${value}>`, description).default(flag.default, flag.defaultText ?? flag.default),
  );
simulatorCommand
  .addHelpText(
    'after',
    '\nPoint a server at it with SP_API_ENDPOINT and LWA_ENDPOINT, both http://127.0.0.1:8787. It accepts any client id,\nclient secret and refresh token, and runs until Ctrl-C or SIGTERM.',
  )
  .action(async (values: FlagValues) => (await import('../simulator/main.js')).runSimulator(values));

program
  .command('doctor')
  .description('check settings, database, keys, clock, Amazon and disk, with the next step for what is wrong')
  .addHelpText('after', '\nChanges nothing, and prints no secrets. Exit code 1 if something is wrong.')
  .action(async () => (await import('./doctor.js')).doctor());

const exportCommand = program
  .command('export')
  .description('write orders, their items or sales to standard output as a file, without a server')
  .addArgument(new Argument('<what>', 'the rows of the file').choices(['orders', 'order-items', 'sales']))
  .addOption(new Option('--format <format>', 'format of the file').choices(['csv', 'ndjson', 'parquet']).default('csv'))
  .option('--from <date>', 'first day of purchase, such as 2026-01-01, in the time zone of each marketplace')
  .option('--to <date>', 'last day of purchase');
for (const [parameter, description] of Object.entries(ORDER_PARAMETERS))
  exportCommand.option(`${flagOf(parameter)} <value>`, description);
for (const [parameter, description] of Object.entries(SALES_PARAMETERS))
  exportCommand.option(`${flagOf(parameter)} <value>`, `sales: ${description}`);
exportCommand
  .addHelpText(
    'after',
    `
Lists are separated by commas. Sales need --from and --to. The columns are those of /export (docs/api.md). An
embedded database is locked while the server runs: use the address /export/… then.

  ordermirror export orders --from 2026-01-01 --to 2026-12-31 > orders.csv
  ordermirror export sales --from 2026-01-01 --to 2026-12-31 --interval MONTH --by SKU > sales.csv`,
  )
  .action(async (what: ExportDataset, { format, from, to, ...others }: Record<string, string>) => {
    const { exportToStdout } = await import('./export.js');
    const [first, last] = what === 'sales' ? ['from', 'to'] : ['purchasedFrom', 'purchasedTo'];
    const dates = {
      ...(from !== undefined && { [first as string]: from }),
      ...(to !== undefined && { [last as string]: to }),
    };
    await exportToStdout(what, format as ExportFormat, { ...dates, ...others });
  });

program
  .command('move')
  .description('move an embedded database to the PostgreSQL at DATABASE_URL')
  .addHelpText(
    'after',
    '\nStop the server first. Copies all tables into an empty database, compares them row by row, and prints the next\nsteps. The embedded database is not changed.',
  )
  .action(async () => (await import('./move.js')).move());

program
  .command('reset-password')
  .description('set a new password for a user who forgot it, and end their sessions')
  .argument('<email>', 'the e-mail that the user signs in with')
  .option('--password-stdin', 'read the password from standard input, in place of asking for it', false)
  .addHelpText('after', '\nOn PostgreSQL the server may run meanwhile; stop it first if the database is embedded.')
  .action(async (email: string, flags: { passwordStdin: boolean }) =>
    (await import('./reset-password.js')).resetPassword(email, flags),
  );

program
  .command('report-role')
  .description('create a PostgreSQL role that may only read the views of the schema report, for dashboards')
  .argument('<name>', 'the name of the role, such as metabase')
  .option('--password-stdin', 'read its password from standard input, in place of making one', false)
  .option('--drop', 'drop the role', false)
  .action(async (name: string, flags: { passwordStdin: boolean; drop: boolean }) =>
    (await import('./report-role.js')).reportRole(name, flags),
  );

program
  .command('mcp')
  .description('serve tools for agents over standard input and output (Model Context Protocol)')
  .addHelpText(
    'after',
    '\nPasses messages on to the server at ORDERMIRROR_URL (http://127.0.0.1:4000), with the API key in\nORDERMIRROR_API_KEY.',
  )
  .action(async () => (await import('./mcp.js')).mcp());

await program.parseAsync();
