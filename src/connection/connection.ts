import type { SyncErrorCode } from '../core/errors.js';
import type {
  AmazonConnection,
  AmazonCredential,
  ConnectionStatus,
  Marketplace,
  SpApiRegion,
  User,
} from '../generated/prisma/client.js';
import type { OrderSource } from '../spapi/orders/order-source.js';
import type { SpApi } from '../spapi/spapi.js';

export type { AmazonConnection, AmazonCredential, ConnectionStatus, Marketplace, SpApiRegion };

/** The single row, with its sealed credential. */
export type SavedConnection = AmazonConnection & { credential: AmazonCredential | null };

/** What is absent or null is left as it is. */
export interface SaveConnectionInput {
  readonly region?: SpApiRegion | null | undefined;
  readonly sellerIdentifier?: string | null | undefined;
  readonly marketplaceIds?: readonly string[] | null | undefined;
  readonly status?: ConnectionStatus | null | undefined;
}

export interface SaveCredentialInput {
  readonly refreshToken: string;
  readonly lwaClientId?: string | null | undefined;
  readonly lwaClientSecret?: string | null | undefined;
  readonly note?: string | null | undefined;
}

/** How a saved credential is. */
export interface CredentialHealth {
  /** Whether a key of this server opens it. */
  readonly readable: boolean;
  /** Where the LWA client id and client secret come from; null where either is missing. */
  readonly clientSource: 'CREDENTIAL' | 'ENVIRONMENT' | null;
}

/** What Amazon said to a test call; a call that failed is an answer too. */
export interface Ping {
  readonly ok: boolean;
  readonly checkedAt: Date;
  readonly error: string | null;
  readonly errorCode: SyncErrorCode | null;
  /** Where the seller participates; empty when the ping failed. */
  readonly marketplaces: readonly Marketplace[];
}

export type CheckResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: SyncErrorCode; readonly message: string };

/** The one connection to an Amazon account: its row, its credential and its test call. */
export interface Connections {
  /** Null while there is none. */
  read(): Promise<SavedConnection | null>;
  /**
   * Makes the connection, or changes what the input names. Another region or seller is another account: nothing that was
   * proven of the one before holds for it.
   * @throws {UserError} FORBIDDEN unless `actor` is an OWNER; BAD_USER_INPUT; SYNC_ALREADY_RUNNING (with `runId`) for
   * another account while a run goes on
   */
  save(actor: User, input: SaveConnectionInput): Promise<SavedConnection>;
  /**
   * Seals the credential and puts it in place of the one before.
   * @throws {UserError} FORBIDDEN unless `actor` is an OWNER; NO_CONNECTION; BAD_USER_INPUT
   */
  saveCredential(actor: User, input: SaveCredentialInput): Promise<SavedConnection>;
  /**
   * Takes the credential out.
   * @throws {UserError} FORBIDDEN unless `actor` is an OWNER; NO_CONNECTION; NO_CREDENTIAL; SYNC_ALREADY_RUNNING (with `runId`)
   */
  removeCredential(actor: User): Promise<SavedConnection>;
  /** Whether this server's keys open the credential, and where the LWA client comes from. */
  healthOf(credential: AmazonCredential): CredentialHealth;
  /**
   * Asks Amazon for the seller's marketplaces, and keeps how that went.
   * @throws {UserError} FORBIDDEN unless `actor` is an OWNER; NO_CONNECTION; NO_CREDENTIAL
   */
  ping(actor: User): Promise<Ping>;
  /**
   * Tests a connection in ERROR as `ping` does, once an hour over all processes; null where no test is due.
   * ERROR ends by it: Amazon is known to refuse for minutes what is in order.
   */
  probe(): Promise<Ping | null>;
  /**
   * The client for the saved credential. It is kept, with its access token and sockets, until what it was made of changes.
   * @throws {UserError} NO_CONNECTION, NO_CREDENTIAL
   * @throws {SyncError} DECRYPTION_FAILED; LWA_INVALID_CLIENT when there is no client id, or no secret for it, anywhere
   */
  openSpApi(): Promise<SpApi>;
  /**
   * Keeps how a call to Amazon went in `last_check_*`, and what that says of the connection's status.
   * @param source of `openSpApi`, with which the call was made; nothing is kept if the connection has another credential or
   * region by now
   */
  recordCheck(result: CheckResult, source?: OrderSource): Promise<void>;
  /** In the order of the connection's ids; one that the table doesn't know is left out. */
  marketplacesOf(connection: Pick<AmazonConnection, 'marketplaceIds'>): Promise<Marketplace[]>;
  /** Closes the client's sockets. */
  close(): Promise<void>;
}
