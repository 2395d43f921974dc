import { runsOnSchedule } from '../../connection/runs-on-schedule.js';
import { ConnectionStatus } from '../../generated/prisma/client.js';
import { sessionOf } from '../access.js';
import type { Builder } from '../builder.js';
import { nameTheRun } from '../pagination/with-global-run-id.js';
import type { addMarketplaces, addRegion } from './marketplaces.js';
import type { addSyncRuns } from './sync-runs.js';

interface Refs {
  readonly Region: ReturnType<typeof addRegion>;
  readonly Marketplace: ReturnType<typeof addMarketplaces>;
  readonly SyncRunStatus: ReturnType<typeof addSyncRuns>['Status'];
}

export function addConnection(builder: Builder, { Region, Marketplace, SyncRunStatus }: Refs): void {
  const Status = builder.enumType('ConnectionStatus', { values: Object.values(ConnectionStatus) });
  const ClientSource = builder.enumType('LwaClientSource', {
    values: {
      CREDENTIAL: { description: 'Both are saved with the credential.' },
      ENVIRONMENT: { description: 'LWA_CLIENT_ID and LWA_CLIENT_SECRET, for what is not saved.' },
    },
  });

  const AmazonConnection = builder.prismaNode('AmazonConnection', {
    description: 'The one connection to an Amazon seller account.',
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
        description: 'Whether a key of this server (ENCRYPTION_KEY) opens the credential; null without one.',
        select: { credential: true },
        resolve: ({ credential }, _args, { connections }) => credential && connections.healthOf(credential).readable,
      }),
      lwaClientSource: t.field({
        type: ClientSource,
        nullable: true,
        description:
          'Where the LWA client id and client secret come from; null where either is missing, and without a credential.',
        select: { credential: true },
        resolve: ({ credential }, _args, { connections }) =>
          credential && connections.healthOf(credential).clientSource,
      }),
      lastCheckAt: t.expose('lastCheckAt', { type: 'DateTime', nullable: true }),
      lastCheckOk: t.exposeBoolean('lastCheckOk', { nullable: true }),
      lastCheckError: t.exposeString('lastCheckError', { nullable: true }),
      lastCheckErrorCode: t.exposeString('lastCheckErrorCode', { nullable: true }),
      lastOrdersSyncAt: t.expose('lastOrdersSyncAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When the last run that ended OK ended.',
      }),
      lastOrdersSyncStatus: t.expose('lastOrdersSyncStatus', { type: SyncRunStatus, nullable: true }),
      lastOrdersSyncError: t.exposeString('lastOrdersSyncError', { nullable: true }),
      lastOrdersSyncOrdersCount: t.exposeInt('lastOrdersSyncOrdersCount', { nullable: true }),
      lastOrdersSyncItemsCount: t.exposeInt('lastOrdersSyncItemsCount', { nullable: true }),
      nextSyncAt: t.field({
        type: 'DateTime',
        nullable: true,
        description:
          'When the schedule starts the next run; null while it is off, there is no credential, or the status is neither PENDING nor ACTIVE.',
        select: { status: true, credential: { select: { id: true } } },
        resolve: (connection, _args, { engine }) => (runsOnSchedule(connection) ? engine.nextSyncAt() : null),
      }),
      nextProbeAt: t.field({
        type: 'DateTime',
        nullable: true,
        description:
          'While the status is ERROR: when the schedule tests the connection next. A test that succeeds ends the ERROR. Null in any other status, without a credential, and while the schedule is off.',
        select: { status: true, nextProbeAt: true, credential: { select: { id: true } } },
        resolve: ({ status, credential, nextProbeAt }, _args, { engine }) =>
          status === 'ERROR' && credential && engine.nextSyncAt() ? nextProbeAt : null,
      }),
      clockProblem: t.string({
        nullable: true,
        description:
          "What is wrong with the clock of the machine that answers, compared with Amazon's and the database's, and what to do; null while they agree within a minute.",
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
      description: 'Null until an owner has saved one.',
      resolve: (query, _root, _args, { database }) => database.prisma.amazonConnection.findFirst({ ...query }),
    }),
  );

  const SaveConnectionInput = builder.inputType('SaveConnectionInput', {
    description: 'What is left out stays as it is.',
    fields: (t) => ({
      region: t.field({ type: Region }),
      sellerIdentifier: t.string(),
      marketplaceIds: t.stringList(),
      status: t.field({ type: Status }),
    }),
  });
  const SaveCredentialInput = builder.inputType('SaveCredentialInput', {
    description: 'Sealed before it is stored, and never given out again.',
    fields: (t) => ({
      refreshToken: t.string({ required: true }),
      lwaClientId: t.string({
        description: 'What is left out stays; empty takes it away. Another id wants its secret with it.',
      }),
      lwaClientSecret: t.string(),
      note: t.string({ description: 'For people; it is shown.' }),
    }),
  });

  builder.mutationFields((t) => ({
    removeCredential: t.prismaField({
      type: AmazonConnection,
      description: 'Takes the credential out, for good. Refused (SYNC_ALREADY_RUNNING) while a run uses it.',
      resolve: async (query, _root, _args, context) => {
        const { id } = await context.connections.removeCredential(sessionOf(context).user).catch(nameTheRun);
        return context.database.prisma.amazonConnection.findUniqueOrThrow({ ...query, where: { id } });
      },
    }),
    saveConnection: t.prismaField({
      type: AmazonConnection,
      args: { input: t.arg({ type: SaveConnectionInput, required: true }) },
      resolve: async (query, _root, { input }, context) => {
        const { id } = await context.connections.save(sessionOf(context).user, input).catch(nameTheRun);
        return context.database.prisma.amazonConnection.findUniqueOrThrow({ ...query, where: { id } });
      },
    }),
    saveCredential: t.prismaField({
      type: AmazonConnection,
      args: { input: t.arg({ type: SaveCredentialInput, required: true }) },
      resolve: async (query, _root, { input }, context) => {
        const { id } = await context.connections.saveCredential(sessionOf(context).user, input);
        return context.database.prisma.amazonConnection.findUniqueOrThrow({ ...query, where: { id } });
      },
    }),
  }));
}
