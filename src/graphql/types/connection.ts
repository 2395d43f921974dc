import { authorizationExpiresAt, secretExpiresAt } from '../../connection/credential-expiry.js';
import { runsOnSchedule } from '../../connection/seller-account.js';
import type { Ping } from '../../connection/types.js';
import { ConnectionStatus } from '../../generated/prisma/client.js';
import { checkReport, pingReport } from '../../sync/support-report.js';
import { principalOf, sessionOf } from '../access.js';
import type { Builder } from '../builder.js';
import type { GraphQLContext } from '../context.js';
import { withGlobalRunId } from '../pagination/global-id.js';
import type { addMarketplaces, addRegion } from './marketplaces.js';
import type { addSyncRuns } from './sync-runs.js';

interface Refs {
  readonly Region: ReturnType<typeof addRegion>;
  readonly Marketplace: ReturnType<typeof addMarketplaces>;
  readonly SyncRunStatus: ReturnType<typeof addSyncRuns>['Status'];
}

const ERROR_CODE = 'Code of `error`; docs/troubleshooting.md lists what to do next.';

/** The connection to Amazon: its type, the mutations that change it, and the ping. */
export function addConnection(builder: Builder, { Region, Marketplace, SyncRunStatus }: Refs): void {
  const Status = builder.enumType('ConnectionStatus', { values: Object.values(ConnectionStatus) });
  const ClientSource = builder.enumType('LwaClientSource', {
    values: {
      CREDENTIAL: { description: 'Both are stored with the credential.' },
      ENVIRONMENT: { description: 'The environment (LWA_CLIENT_ID, LWA_CLIENT_SECRET) supplies what is not stored.' },
    },
  });

  const RefusedDataSet = builder.prismaObject('RefusedDataSet', {
    description:
      'A data set that Amazon refuses: a search with it was answered by 400 or 403, and one without it was not.',
    fields: (t) => ({
      dataSet: t.exposeString('dataSet', { description: 'Value of `includedData`: PROMOTION, PACKAGES …' }),
      refusedAt: t.expose('refusedAt', { type: 'DateTime', description: 'When Amazon refused it first.' }),
      nextTryAt: t.expose('nextTryAt', {
        type: 'DateTime',
        description: 'From then on a run asks for it again, once a week.',
      }),
    }),
  });

  const AmazonConnection = builder.prismaNode('AmazonConnection', {
    description: 'The connection to an Amazon seller account. There is at most one.',
    nullable: true,
    id: { field: 'id' },
    fields: (t) => ({
      status: t.expose('status', { type: Status }),
      region: t.expose('region', { type: Region }),
      sellerIdentifier: t.exposeString('sellerIdentifier', { nullable: true }),
      marketplaces: t.field({
        type: [Marketplace],
        resolve: (connection, _args, { connections }) => connections.marketplacesOf(connection),
      }),
      hasRefreshToken: t.boolean({
        select: { credential: { select: { id: true } } },
        resolve: ({ credential }) => credential !== null,
      }),
      credentialNote: t.string({
        nullable: true,
        select: { credential: { select: { note: true } } },
        resolve: ({ credential }) => credential?.note,
      }),
      credentialSavedAt: t.field({
        type: 'DateTime',
        nullable: true,
        select: { credential: { select: { updatedAt: true } } },
        resolve: ({ credential }) => credential?.updatedAt,
      }),
      credentialReadable: t.boolean({
        nullable: true,
        description: 'Whether a key in ENCRYPTION_KEY decrypts the credential; null without a credential.',
        select: { credential: true },
        resolve: ({ credential }, _args, { connections }) => credential && connections.healthOf(credential).readable,
      }),
      lwaClientSource: t.field({
        type: ClientSource,
        nullable: true,
        description:
          'Source of the LWA client id and client secret; null if either is missing or there is no credential.',
        select: { credential: true },
        resolve: ({ credential }, _args, { connections }) =>
          credential && connections.healthOf(credential).clientSource,
      }),
      clientSecretExpiresAt: t.field({
        type: 'DateTime',
        nullable: true,
        description:
          'When Amazon stops to accept the stored client secret: on the date that was given with it, or 180 days after it was saved. Null if the environment has it.',
        select: { credential: { select: { secretSavedAt: true } } },
        resolve: ({ credential }) => credential && secretExpiresAt(credential),
      }),
      authorizationExpiresAt: t.field({
        type: 'DateTime',
        nullable: true,
        description:
          'When the seller must authorise the application again: 365 days after the refresh token was saved. Null unless it is a public application.',
        select: { credential: { select: { tokenSavedAt: true, publicApplication: true } } },
        resolve: ({ credential }) => credential && authorizationExpiresAt(credential),
      }),
      lastCheckAt: t.expose('lastCheckAt', { type: 'DateTime', nullable: true }),
      lastCheckOk: t.exposeBoolean('lastCheckOk', { nullable: true }),
      lastCheckError: t.exposeString('lastCheckError', { nullable: true }),
      lastCheckErrorCode: t.exposeString('lastCheckErrorCode', { nullable: true }),
      lastCheckSupportReport: t.string({
        nullable: true,
        description:
          "A text about the last check for Amazon's support, as in `SpApiPing`, if that was a test that failed. Null if a run made the check, and once its calls are no longer kept. Owners only.",
        authScopes: { owner: true },
        select: { lastCheckAt: true, lastCheckOk: true, lastCheckError: true },
        resolve: (connection, _args, { database }) => checkReport(database, connection),
      }),
      lastOrdersSyncAt: t.expose('lastOrdersSyncAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When the last successful run ended.',
      }),
      lastOrdersSyncStatus: t.expose('lastOrdersSyncStatus', { type: SyncRunStatus, nullable: true }),
      lastOrdersSyncError: t.exposeString('lastOrdersSyncError', { nullable: true }),
      lastOrdersSyncOrdersCount: t.exposeInt('lastOrdersSyncOrdersCount', { nullable: true }),
      lastOrdersSyncItemsCount: t.exposeInt('lastOrdersSyncItemsCount', { nullable: true }),
      nextSyncAt: t.field({
        type: 'DateTime',
        nullable: true,
        description:
          'Start of the next scheduled run; null if the schedule is off, there is no credential or marketplace, or the status is neither PENDING nor ACTIVE.',
        select: { status: true, marketplaceIds: true, credential: { select: { id: true } } },
        resolve: (connection, _args, { engine }) => (runsOnSchedule(connection) ? engine.nextSyncAt() : null),
      }),
      nextProbeAt: t.field({
        type: 'DateTime',
        nullable: true,
        description:
          'Next automatic test of a connection in status ERROR; a successful test sets it to ACTIVE. Null in any other status, without a credential, and while the schedule is off.',
        select: { status: true, nextProbeAt: true, credential: { select: { id: true } } },
        resolve: ({ status, credential, nextProbeAt }, _args, { engine }) =>
          status === 'ERROR' && credential && engine.nextSyncAt() ? nextProbeAt : null,
      }),
      refusedDataSets: t.field({
        type: [RefusedDataSet],
        description:
          'Optional data sets of orders that Amazon refuses; orders are read without them. Empty while it sends all of them.',
        resolve: (_connection, _args, { database }) =>
          database.prisma.refusedDataSet.findMany({ orderBy: { dataSet: 'asc' } }),
      }),
      clockProblem: t.string({
        nullable: true,
        description:
          "How the server's clock differs from Amazon's or the database's, and what to do; null while they agree within a minute.",
        resolve: (_connection, _args, { clockCheck }) => clockCheck.problem(),
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    }),
  });

  builder.queryField('connection', (t) =>
    t.prismaField({
      type: AmazonConnection,
      nullable: true,
      description: 'The connection; null until an owner saves one.',
      resolve: (query, _root, _args, { database }) => database.prisma.amazonConnection.findFirst({ ...query }),
    }),
  );

  const SaveConnectionInput = builder.inputType('SaveConnectionInput', {
    description: 'Fields that are omitted keep their value.',
    fields: (t) => ({
      region: t.field({ type: Region }),
      sellerIdentifier: t.string(),
      marketplaceIds: t.stringList(),
      status: t.field({ type: Status }),
    }),
  });
  const SaveCredentialInput = builder.inputType('SaveCredentialInput', {
    description: 'The credential is encrypted before it is stored and is never returned.',
    fields: (t) => ({
      refreshToken: t.string({ required: true }),
      lwaClientId: t.string({
        description: 'Omit to keep the stored id; an empty text removes it. A new id needs its secret as well.',
      }),
      lwaClientSecret: t.string(),
      note: t.string({ description: 'A comment, shown as `credentialNote`.' }),
      publicApplication: t.boolean({
        description:
          'Whether the application is public: sellers then authorise it again each year. Omit to keep what is stored (at first false).',
      }),
    }),
  });

  const SpApiPing = builder.objectRef<Ping>('SpApiPing').implement({
    description: 'Result of a test call to Amazon.',
    fields: (t) => ({
      ok: t.exposeBoolean('ok'),
      checkedAt: t.expose('checkedAt', { type: 'DateTime' }),
      error: t.exposeString('error', { nullable: true }),
      errorCode: t.exposeString('errorCode', { nullable: true, description: ERROR_CODE }),
      marketplaces: t.field({
        type: [Marketplace],
        description: 'Marketplaces in which the seller participates.',
        resolve: ({ marketplaces }) => [...marketplaces],
      }),
      supportReport: t.string({
        nullable: true,
        description:
          "A text about a failed test for Amazon's support: its calls with their request ids. Null for one that succeeded, or that failed without a call.",
        resolve: (ping, _args, { database }) => pingReport(database, ping),
      }),
    }),
  });

  builder.mutationFields((t) => ({
    pingSpApi: t.field({
      type: SpApiPing,
      description: 'Makes a test call to Amazon. A failed call is returned with `ok: false`, not as an error.',
      resolve: (_root, _args, context) => context.connections.ping(principalOf(context)),
    }),
    removeCredential: t.prismaField({
      type: AmazonConnection,
      description: 'Deletes the credential permanently. Returns SYNC_ALREADY_RUNNING while a run uses it.',
      resolve: (query, _root, _args, context) =>
        saved(context, query, context.connections.removeCredential(sessionOf(context))),
    }),
    saveConnection: t.prismaField({
      type: AmazonConnection,
      args: { input: t.arg({ type: SaveConnectionInput, required: true }) },
      resolve: (query, _root, { input }, context) =>
        saved(context, query, context.connections.save(principalOf(context), input)),
    }),
    saveCredential: t.prismaField({
      type: AmazonConnection,
      args: { input: t.arg({ type: SaveCredentialInput, required: true }) },
      resolve: (query, _root, { input }, context) =>
        saved(context, query, context.connections.saveCredential(sessionOf(context), input)),
    }),
    rotateClientSecret: t.prismaField({
      type: AmazonConnection,
      description: 'Replaces the client secret after it was rotated at Amazon. Client id and refresh token stay.',
      args: {
        lwaClientSecret: t.arg.string({ required: true }),
        expiresAt: t.arg({
          type: 'DateTime',
          description: 'When it expires, as Seller Central shows it; by default 180 days from now.',
        }),
      },
      resolve: (query, _root, input, context) =>
        saved(context, query, context.connections.rotateClientSecret(sessionOf(context), input)),
    }),
  }));
}

/** Returns the connection as the operation selects it, after a change. */
async function saved(context: GraphQLContext, query: object, change: Promise<{ readonly id: bigint }>) {
  const { id } = await change.catch(withGlobalRunId);
  return context.database.prisma.amazonConnection.findUniqueOrThrow({ ...query, where: { id } });
}
