import { defineConfig } from 'prisma/config';

/** For Prisma's own CLI only; the server applies the migrations itself (src/database/migrate.ts). */
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? '' },
});
