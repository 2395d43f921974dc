import type { SignedIn } from '../../accounts/accounts.js';
import { UserRole } from '../../generated/prisma/client.js';
import { sessionOf } from '../access.js';
import type { Builder } from '../builder.js';

export function addUsers(builder: Builder): void {
  const Role = builder.enumType('UserRole', {
    description:
      'An OWNER may do everything; a VIEWER may read the connection, orders, sales and runs, and watch runs.',
    values: Object.values(UserRole),
  });

  const User = builder.prismaNode('User', {
    description: 'Someone who may sign in. Owners see all users, viewers themselves.',
    nullable: true,
    id: { field: 'id' },
    authScopes: (user, { session }) =>
      session?.user.id === user.id ? true : { $any: { owner: true, $granted: 'own-account' } },
    fields: (t) => ({
      email: t.exposeString('email'),
      role: t.expose('role', { type: Role }),
      createdAt: t.expose('createdAt', { type: 'DateTime' }),
    }),
  });

  const AuthPayload = builder.objectRef<SignedIn>('AuthPayload').implement({
    fields: (t) => ({
      token: t.exposeString('token', { description: 'For the header: `Authorization: Bearer TOKEN`.' }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime' }),
      user: t.field({ type: User, grantScopes: ['own-account'], resolve: ({ user }) => user }),
    }),
  });

  builder.queryFields((t) => ({
    me: t.field({
      type: User,
      nullable: true,
      description: 'Who is signed in; null for nobody.',
      skipTypeScopes: true,
      resolve: (_root, _args, { session }) => session?.user,
    }),
    users: t.prismaField({
      type: [User],
      description: 'All users, the first one first. For owners.',
      authScopes: { owner: true },
      resolve: (query, _root, _args, { database }) =>
        database.prisma.user.findMany({ ...query, orderBy: { id: 'asc' } }),
    }),
  }));

  // Of oneself, whatever the role.
  builder.mutationFields((t) => ({
    changePassword: t.field({
      type: AuthPayload,
      description:
        'Takes a new password for the present one. All older tokens of the user end; the answer has a new one.',
      skipTypeScopes: true,
      authScopes: { signedIn: true },
      args: {
        currentPassword: t.arg.string({ required: true }),
        newPassword: t.arg.string({ required: true, description: '12 characters or more.' }),
      },
      resolve: (_root, input, context) =>
        context.accounts.changePassword(sessionOf(context).user, input, context.caller),
    }),
    logout: t.boolean({
      description:
        'Ends the session of the token that the request carries: its tokens, renewed ones too, and its sockets. Other sessions of the user go on.',
      skipTypeScopes: true,
      authScopes: { signedIn: true },
      resolve: async (_root, _args, context) => {
        await context.accounts.logout(sessionOf(context));
        return true;
      },
    }),
    renewSession: t.field({
      type: AuthPayload,
      description: 'A new token for one that still counts, up to 12 hours after the password was given.',
      skipTypeScopes: true,
      authScopes: { signedIn: true },
      resolve: (_root, _args, context) => context.accounts.renew(sessionOf(context)),
    }),
  }));

  builder.mutationFields((t) => ({
    register: t.field({
      type: AuthPayload,
      description: 'Makes the first user, the OWNER; closed from then on (FORBIDDEN).',
      skipTypeScopes: true,
      args: {
        email: t.arg.string({ required: true }),
        password: t.arg.string({ required: true, description: '12 characters or more.' }),
        setupCode: t.arg.string({ description: 'From the log; needed when the server listens beyond loopback.' }),
      },
      resolve: (_root, input, { accounts, caller }) =>
        accounts.register({ ...input, setupCode: input.setupCode ?? null }, caller),
    }),
    login: t.field({
      type: AuthPayload,
      skipTypeScopes: true,
      args: { email: t.arg.string({ required: true }), password: t.arg.string({ required: true }) },
      resolve: (_root, input, { accounts, caller }) => accounts.login(input, caller),
    }),
    createUser: t.field({
      type: User,
      args: {
        email: t.arg.string({ required: true }),
        password: t.arg.string({ required: true, description: '12 characters or more.' }),
        role: t.arg({ type: Role, required: true }),
      },
      resolve: (_root, input, context) => context.accounts.createUser(sessionOf(context).user, input),
    }),
    setUserRole: t.field({
      type: User,
      description: 'Gives somebody else another role, from their next request on. For owners.',
      args: { userId: t.arg.globalID({ for: User, required: true }), role: t.arg({ type: Role, required: true }) },
      resolve: (_root, { userId, role }, context) =>
        context.accounts.setUserRole(sessionOf(context).user, BigInt(userId.id), role),
    }),
    removeUser: t.field({
      type: User,
      description: 'Removes somebody else, whose tokens end at once. For owners; answers the user as they were.',
      args: { userId: t.arg.globalID({ for: User, required: true }) },
      resolve: (_root, { userId }, context) => context.accounts.removeUser(sessionOf(context).user, BigInt(userId.id)),
    }),
  }));
}
