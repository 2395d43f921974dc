import type { Principal, Session } from '../accounts/principal.js';
import type { SyncErrorCode } from '../core/errors.js';
import type {
  AmazonConnection,
  AmazonCredential,
  ConnectionStatus,
  Marketplace,
  SpApiRegion,
} from '../generated/prisma/client.js';
import type { OrderSource } from '../spapi/orders/order-source.js';
import type { ReportSource } from '../spapi/reports/report-source.js';
import type { SpApi } from '../spapi/spapi.js';

/** What a run reads from. */
export type AmazonSource = OrderSource | ReportSource;

export type { AmazonConnection, AmazonCredential, ConnectionStatus, Marketplace, SpApiRegion };

/** The single row with its sealed credential. */
export type SavedConnection = AmazonConnection & { credential: AmazonCredential | null };

/** Members that are absent or null leave the saved value. */
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
  /** Whether sellers must authorise the application again each year. */
  readonly publicApplication?: boolean | null | undefined;
}

export interface RotateClientSecretInput {
  readonly lwaClientSecret: string;
  /** When it expires, as Seller Central shows it; by default 180 days from now. */
  readonly expiresAt?: Date | null | undefined;
}

/** Whether a saved credential is usable. */
export interface CredentialHealth {
  /** Whether this server has the key that it was sealed with. */
  readonly readable: boolean;
  /** The source of the LWA client id and secret; null if one is missing. */
  readonly clientSource: 'CREDENTIAL' | 'ENVIRONMENT' | null;
}

/** The result of a test call to Amazon. */
export interface Ping {
  readonly ok: boolean;
  readonly startedAt: Date;
  readonly checkedAt: Date;
  readonly error: string | null;
  readonly errorCode: SyncErrorCode | null;
  /** The seller's marketplaces; empty if the call failed. */
  readonly marketplaces: readonly Marketplace[];
}

export type CheckResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: SyncErrorCode; readonly message: string };

/** Manages the one connection to an Amazon account: its row, credential and test call. */
export interface Connections {
  /** Returns null if there is none. */
  read(): Promise<SavedConnection | null>;
  /**
   * Creates the connection, or changes the members of the input. Another region or seller is another account, which starts
   * without cursors.
   * @throws {UserError} FORBIDDEN unless `actor` is an OWNER; BAD_USER_INPUT; SYNC_ALREADY_RUNNING (with `runId`) for
   * another account during a run
   */
  save(actor: Principal, input: SaveConnectionInput): Promise<SavedConnection>;
  /**
   * Seals and saves the credential, replacing the previous one.
   * @throws {UserError} FORBIDDEN unless `actor` is an OWNER; NO_CONNECTION; BAD_USER_INPUT
   */
  saveCredential(actor: Session, input: SaveCredentialInput): Promise<SavedConnection>;
  /**
   * Replaces the client secret, and keeps the client id and the refresh token.
   * @throws {UserError} FORBIDDEN unless `actor` is an OWNER; NO_CONNECTION; NO_CREDENTIAL; BAD_USER_INPUT
   */
  rotateClientSecret(actor: Session, input: RotateClientSecretInput): Promise<SavedConnection>;
  /**
   * Deletes the credential.
   * @throws {UserError} FORBIDDEN unless `actor` is an OWNER; NO_CONNECTION; NO_CREDENTIAL; SYNC_ALREADY_RUNNING (with `runId`)
   */
  removeCredential(actor: Session): Promise<SavedConnection>;
  /** Returns whether the credential is readable, and the source of the LWA client. */
  healthOf(credential: AmazonCredential): CredentialHealth;
  /**
   * Calls Amazon for the seller's marketplaces and records the result.
   * @throws {UserError} FORBIDDEN unless `actor` is an OWNER; NO_CONNECTION; NO_CREDENTIAL
   */
  ping(actor: Principal): Promise<Ping>;
  /**
   * Tests a connection in ERROR as `ping` does, once an hour over all processes; returns null if no test is due. A
   * successful test ends ERROR, since Amazon sometimes refuses valid credentials for minutes.
   */
  probe(): Promise<Ping | null>;
  /**
   * Returns the client for the saved credential; the same one, with its access token and sockets, until that changes.
   * @throws {UserError} NO_CONNECTION, NO_CREDENTIAL
   * @throws {SyncError} DECRYPTION_FAILED; LWA_INVALID_CLIENT without a client id and secret
   */
  openSpApi(): Promise<SpApi>;
  /**
   * Records the result of a call to Amazon in `last_check_*`, and updates the connection's status.
   * @param source of `openSpApi`, with which the call was made; nothing is recorded if credential or region have changed
   */
  recordCheck(result: CheckResult, source?: AmazonSource): Promise<void>;
  /** Returns the rows in the order of the connection's ids, without unknown ones. */
  marketplacesOf(connection: Pick<AmazonConnection, 'marketplaceIds'>): Promise<Marketplace[]>;
  /** Aborts pending calls and closes the client's sockets. */
  close(): Promise<void>;
}
