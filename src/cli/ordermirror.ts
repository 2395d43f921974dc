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
  .showHelpAfterError('Add --help to see what the command takes.')
  .addHelpText(
    'after',
    `
Settings come from environment variables, and from a file .env in the current
folder; docs/operations.md lists them. Without DATABASE_URL, the mirror is in an
embedded database in ./data (DATA_DIR). ordermirror COMMAND --help explains a
command.

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
    '\nListens on HOST (127.0.0.1) and PORT (4000), logs JSON lines, and runs until\nCtrl-C or SIGTERM.',
  )
  .action(async () => (await import('./start.js')).start());

program
  .command('demo')
  .description('try everything with a simulated Amazon, in a temporary folder')
  .option('--exit', 'end after the last step, in place of keeping the server running')
  .addHelpText(
    'after',
    '\nStarts the simulator and a server, connects them, syncs orders, and prints the\naddresses and the login of the admin page and GraphiQL. Needs no account and no\nsettings. Ctrl-C stops it and deletes its data.',
  )
  .action(async ({ exit = false }: { exit?: boolean }) => (await import('./demo.js')).demo({ exit }));

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
    '\nPoint a server at it with SP_API_ENDPOINT and LWA_ENDPOINT, both\nhttp://127.0.0.1:8787. It accepts any client id, client secret and refresh\ntoken, and runs until Ctrl-C or SIGTERM.',
  )
  .action(async (values: FlagValues) => (await import('../simulator/main.js')).runSimulator(values));

program
  .command('doctor')
  .description('check settings, database, keys, clock, Amazon and disk; name the next step for what is wrong')
  .addHelpText(
    'after',
    '\nChanges nothing, and prints no secrets. Exit code 1 if something is wrong.\nWhile a server runs on an embedded database, that database is not checked: stop\nthe server first.',
  )
  .action(async () => (await import('./doctor.js')).doctor());

const exportCommand = program
  .command('export')
  .description('write orders, their items or sales to standard output as a file, without a server')
  .addArgument(new Argument('<what>', 'what to write, a row for each').choices(['orders', 'order-items', 'sales']))
  .addOption(new Option('--format <format>', 'format of the file').choices(['csv', 'ndjson', 'parquet']).default('csv'))
  .option(
    '--from <date>',
    'first day of purchase, such as 2026-01-01, in the time zone of each marketplace; required for sales',
  )
  .option('--to <date>', 'last day of purchase; required for sales');
for (const [parameter, description] of Object.entries(ORDER_PARAMETERS))
  exportCommand.option(`${flagOf(parameter)} <value>`, description);
for (const [parameter, description] of Object.entries(SALES_PARAMETERS))
  exportCommand.option(`${flagOf(parameter)} <value>`, `sales: ${description}`);
exportCommand
  .addHelpText(
    'after',
    `
Several values of a flag are separated by commas. Flags marked "sales:" are for
sales only, which take --from, --to, --marketplace-ids and --format besides.
docs/api.md lists the columns. While a server runs on an embedded database, use
its address /export/… instead.

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
    '\nStop the server first. Copies all tables into an empty database, compares them\nrow by row, and prints the next steps. The embedded database is not changed.',
  )
  .action(async () => (await import('./move.js')).move());

program
  .command('reset-password')
  .description('set a new password for a user who forgot it, and end their sessions')
  .argument('<email>', 'the e-mail that the user signs in with')
  .option('--password-stdin', 'read the password from standard input, in place of asking for it')
  .addHelpText(
    'after',
    '\nA password has at least 12 characters. Stop the server first if the database is\nembedded; on PostgreSQL it may run.',
  )
  .action(async (email: string, { passwordStdin = false }: { passwordStdin?: boolean }) =>
    (await import('./reset-password.js')).resetPassword(email, { passwordStdin }),
  );

program
  .command('report-role')
  .description('create a PostgreSQL role that may only read the views of the schema report, for dashboards')
  .argument('<name>', 'the name of the role, such as metabase')
  .option('--password-stdin', 'read its password from standard input, in place of making one')
  .option('--drop', 'drop the role')
  .addHelpText(
    'after',
    '\nNeeds DATABASE_URL. Prints what to connect with. Given again for a role, it sets\na new password. docs/sql.md describes the views.',
  )
  .action(async (name: string, { passwordStdin = false, drop = false }: { passwordStdin?: boolean; drop?: boolean }) =>
    (await import('./report-role.js')).reportRole(name, { passwordStdin, drop }),
  );

program
  .command('mcp')
  .description('serve tools for agents over standard input and output (Model Context Protocol)')
  .addHelpText(
    'after',
    '\nPasses messages on to a running server at ORDERMIRROR_URL\n(http://127.0.0.1:4000), with the API key in ORDERMIRROR_API_KEY.\ndocs/agents.md lists the tools.',
  )
  .action(async () => (await import('./mcp.js')).mcp());

await program.parseAsync();
