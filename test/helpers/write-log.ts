import pg from 'pg';
import { onTestFinished } from 'vitest';

/** The processes that wrote to the mirror, in order, recorded by triggers. */
export interface WriteLog {
  /** Returns the database address for the process of this name. */
  urlFor(writer: string, settings?: Record<string, string>): string;
  /** The writers in order; consecutive writes of one count once. */
  writers(): Promise<string[]>;
}

/** Logs each statement that writes orders, items, ledger, cursors or a run's pages, if its transaction is committed. */
export async function logWrites(url: string): Promise<WriteLog> {
  const client = new pg.Client(url);
  await client.connect();
  onTestFinished(() => client.end());
  await client.query(`
    CREATE TABLE write_log (id bigserial PRIMARY KEY, writer text NOT NULL DEFAULT current_setting('application_name'));
    CREATE FUNCTION log_write() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO write_log DEFAULT VALUES; RETURN NULL; END $$;
    CREATE TRIGGER log_write AFTER UPDATE OF pages ON sync_run FOR EACH ROW EXECUTE FUNCTION log_write();`);
  for (const table of ['amazon_order', 'amazon_order_item', 'order_items', 'sync_cursor'])
    await client.query(
      `CREATE TRIGGER log_write AFTER INSERT OR UPDATE OR DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION log_write()`,
    );
  return {
    urlFor: (writer, settings = {}) => `${url}?${new URLSearchParams({ ...settings, application_name: writer })}`,
    writers: async () => {
      const { rows } = await client.query<{ writer: string }>(
        `SELECT writer FROM (SELECT id, writer, lag(writer) OVER (ORDER BY id) AS before FROM write_log) AS log
          WHERE writer IS DISTINCT FROM before ORDER BY id`,
      );
      return rows.map((row) => row.writer);
    },
  };
}
