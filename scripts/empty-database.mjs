// Writes an empty embedded database as PGlite's initdb makes it, packed:   node scripts/empty-database.mjs FILE.tar.gz
import { writeFileSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';

const pglite = await PGlite.create();
await pglite.exec('CHECKPOINT');
writeFileSync(process.argv[2], Buffer.from(await (await pglite.dumpDataDir('gzip')).arrayBuffer()));
await pglite.close();
