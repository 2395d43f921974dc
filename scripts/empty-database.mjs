// Writes an embedded database with the tables of this version and without rows, packed:
//   node scripts/empty-database.mjs FILE.tar.gz
import { writeFileSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { makeIndexes } from '../dist/database/indexes.js';
import { migrate } from '../dist/database/migrate.js';

const pglite = await PGlite.create();
const query = async (text, values) => (await pglite.query(text, values)).rows;
await migrate({
  transaction: (work) =>
    pglite.transaction((session) =>
      work({
        query: async (text, values) => (await session.query(text, values)).rows,
        exec: (script) => session.exec(script),
      }),
    ),
});
await makeIndexes({ query, outsideTransactions: (work) => work({ query }) });
// No database is ever created from these, and they are two thirds of the files.
for (const template of ['template0', 'template1']) {
  await pglite.exec(`ALTER DATABASE ${template} IS_TEMPLATE false`);
  await pglite.exec(`DROP DATABASE ${template}`);
}
await pglite.exec('CHECKPOINT');
writeFileSync(process.argv[2], Buffer.from(await (await pglite.dumpDataDir('gzip')).arrayBuffer()));
await pglite.close();
