import type { SignedIn } from '../../accounts/accounts.js';
import { UserRole } from '../../generated/prisma/client.js';
import { sessionOf } from '../access.js';
import type { Builder } from '../builder.js';

const PASSWORD = 'At least 12 characters.';

/** Users, their sessions, and the role that users and API keys have. */
export function addUsers(builder: Builder) {
  const Role = builder.enumType('UserRole', {
    description: 'An OWNER has full access. A VIEWER reads the connection, orders, sales and runs, and watches runs.',
    values: Object.values(UserRole),
  });

  const User = builder.prismaNode('User', {
    description: 'A user account. Owners read all users, viewers only themselves.',
    nullable: true,
    id: { field: 'id' },
    authScopes: (user, { principal }) =>
      principal?.kind === 'session' && principal.user.id === user.id
        ? true
        : { $any: { owner: true, $granted: 'own-account' } },
    fields: (t) => ({
      email: t.exposeString('email'),
      role: t.expose('role', { type: Role }),
      createdAt: t.expose('createdAt', { type: 'DateTime' }),
    }),
  });

  const AuthPayload = builder.objectRef<SignedIn>('AuthPayload').implement({
    description: 'A session of a user.',
    fields: (t) => ({
      token: t.exposeString('token', { description: 'Value of the header: `Authorization: Bearer TOKEN`.' }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime' }),
      user: t.field({ type: User, grantScopes: ['own-account'], resolve: ({ user }) => user }),
    }),
  });

  builder.queryFields((t) => ({
    me: t.field({
      type: User,
      nullable: true,
      description: 'The signed-in user; null without a valid session, and for an API key.',
      skipTypeScopes: true,
      resolve: (_root, _args, { principal }) => (principal?.kind === 'session' ? principal.user : null),
    }),
    users: t.prismaField({
      type: [User],
      description: 'All users, oldest first. Owners only, not with an API key.',
      authScopes: { owner: true },
      resolve: (query, _root, _args, context) => {
        sessionOf(context);
        return context.database.prisma.user.findMany({ ...query, orderBy: { id: 'asc' } });
      },
    }),
  }));

  builder.mutationFields((t) => ({
    register: t.field({
      type: AuthPayload,
      description: 'Creates the first user, an OWNER. Returns FORBIDDEN once there is an owner.',
      skipTypeScopes: true,
      args: {
        email: t.arg.string({ required: true }),
        password: t.arg.string({ required: true, description: PASSWORD }),
        setupCode: t.arg.string({
          description: 'The code from the server log. Optional on the same machine if the server listens on loopback.',
        }),
      },
      resolve: (_root, input, { accounts, caller }) =>
        accounts.register({ ...input, setupCode: input.setupCode ?? null }, caller),
    }),
    login: t.field({
      type: AuthPayload,
      description: 'Starts a session with e-mail address and password.',
      skipTypeScopes: true,
      args: { email: t.arg.string({ required: true }), password: t.arg.string({ required: true }) },
      resolve: (_root, input, { accounts, caller }) => accounts.login(input, caller),
    }),
    changePassword: t.field({
      type: AuthPayload,
      description: "Changes the signed-in user's password, ends all of their sessions and returns a new one.",
      skipTypeScopes: true,
      authScopes: { signedIn: true },
      args: {
        currentPassword: t.arg.string({ required: true }),
        newPassword: t.arg.string({ required: true, description: PASSWORD }),
      },
      resolve: (_root, input, context) =>
        context.accounts.changePassword(sessionOf(context).user, input, context.caller),
    }),
    renewSession: t.field({
      type: AuthPayload,
      description: 'Returns a new token for the current session, up to 12 hours after the login.',
      skipTypeScopes: true,
      authScopes: { signedIn: true },
      resolve: (_root, _args, context) => context.accounts.renew(sessionOf(context)),
    }),
    logout: t.boolean({
      description:
        "Ends the session of the request's token: all of its tokens, renewed ones too, and its WebSockets. Other sessions of the user continue.",
      skipTypeScopes: true,
      authScopes: { signedIn: true },
      resolve: async (_root, _args, context) => {
        await context.accounts.logout(sessionOf(context));
        return true;
      },
    }),
    createUser: t.field({
      type: User,
      description: 'Creates a user. Owners only, not with an API key.',
      args: {
        email: t.arg.string({ required: true }),
        password: t.arg.string({ required: true, description: PASSWORD }),
        role: t.arg({ type: Role, required: true }),
      },
      resolve: (_root, input, context) => context.accounts.createUser(sessionOf(context).user, input),
    }),
    setUserRole: t.field({
      type: User,
      description:
        'Changes the role of another user, effective with their next request. Owners only, not with an API key.',
      args: { userId: t.arg.globalID({ for: User, required: true }), role: t.arg({ type: Role, required: true }) },
      resolve: (_root, { userId, role }, context) =>
        context.accounts.setUserRole(sessionOf(context).user, BigInt(userId.id), role),
    }),
    removeUser: t.field({
      type: User,
      description:
        'Deletes another user, ends their sessions and returns the deleted user. API keys that they created stay valid. Owners only, not with an API key.',
      args: { userId: t.arg.globalID({ for: User, required: true }) },
      resolve: (_root, { userId }, context) => context.accounts.removeUser(sessionOf(context).user, BigInt(userId.id)),
    }),
  }));

  return { Role };
}
