import pg from 'pg';

/** The settings of transactions behind a pooler. */
export interface TransactionSettings {
  /** A statement that sets them for the transaction it is part of. */
  readonly text: string;
  /** A script that does the same, and is no query. */
  readonly script: string;
  /**
   * The name to prepare it by on each new client; undefined where the pooler carries no prepared statements. It must be
   * prepared before any other: pg takes the first answer to a parse for that of a statement of its own.
   */
  readonly name: string | undefined;
}

type Callback = (error: Error | null, result?: unknown) => void;

/** What pg's classes have beyond their types. */
interface Wire {
  parse(message: { readonly text: string }): void;
  bind(message: { readonly statement: string | undefined }): void;
  execute(message: object): void;
}
interface WireQuery extends pg.Submittable {
  callback?: Callback | undefined;
  query_timeout?: number | undefined;
  prepare(wire: Wire): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, wire: Wire): void;
}
interface WireClient {
  query(query: unknown, values?: unknown, callback?: Callback): unknown;
  getTransactionStatus(): 'I' | 'T' | 'E' | null;
}
const Query = pg.Query as unknown as new (...query: unknown[]) => WireQuery;

/** A statement whose settings are sent before it in the same message, so that both are one transaction. */
class QueryWithSettings extends Query {
  readonly #settings: TransactionSettings;
  readonly #arePrepared: boolean;
  #areSet = false;

  constructor(settings: TransactionSettings, arePrepared: boolean, ...[query, ...rest]: [object, ...unknown[]]) {
    super({ ...query, queryMode: 'extended' }, ...rest);
    this.#settings = settings;
    this.#arePrepared = arePrepared;
  }

  override prepare(wire: Wire): void {
    const { text, name } = this.#settings;
    if (!this.#arePrepared) wire.parse({ text });
    wire.bind({ statement: this.#arePrepared ? name : undefined });
    wire.execute({});
    super.prepare(wire);
  }

  override handleDataRow(message: unknown): void {
    if (this.#areSet) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, wire: Wire): void {
    if (this.#areSet) super.handleCommandComplete(message, wire);
    this.#areSet = true;
  }
}

/**
 * Returns a class of clients for a pooler in transaction mode, which gives each transaction any session of PostgreSQL. Each
 * transaction begins with the settings, and so does each statement outside of one.
 * @param Client the class to extend
 */
export function transactionClient(Client: typeof pg.Client, settings: TransactionSettings): typeof pg.Client {
  class TransactionClient extends (Client as unknown as new (config?: pg.ClientConfig) => WireClient) {
    #isPrepared = false;

    override query(query: string | pg.QueryConfig, values?: unknown, callback?: Callback): unknown {
      const config: pg.QueryConfig = typeof query === 'string' ? { text: query } : query;
      // Null: not known yet, in the callback of connect().
      const isIdle = ['I', null].includes(this.getTransactionStatus());
      if (!isIdle || 'submit' in config) return super.query(query, values, callback);
      if (settings.name !== undefined && config.name === settings.name) {
        this.#isPrepared = true;
        return super.query(query, values, callback);
      }
      if (/^BEGIN\b/.test(config.text))
        return super.query({ ...config, text: beginWith(settings.script, config.text) }, values, callback);
      const sent = new QueryWithSettings(settings, this.#isPrepared, config, values, callback);
      sent.query_timeout = (config as { query_timeout?: number }).query_timeout;
      if (sent.callback) return super.query(sent);
      return new Promise((resolve, reject) => {
        sent.callback = (error, result) => (error ? reject(error) : resolve(result));
        super.query(sent);
      });
    }
  }
  return TransactionClient as unknown as typeof pg.Client;
}

/** Adds settings to a script that begins a transaction. A default isolation level can't be set within one. */
function beginWith(settings: string, script: string): string {
  return script.replace(
    /^BEGIN[^;]*/,
    (begin) => `${begin}${begin.includes('ISOLATION') ? '' : ' ISOLATION LEVEL READ COMMITTED'}; ${settings}`,
  );
}
