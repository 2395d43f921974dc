import { AuditLogDocument } from '../generated/operations.js';
import { PagedTable } from '../ui/table.js';
import { Time } from '../ui/time.js';

const ACTIONS: Readonly<Record<string, string>> = {
  register: 'Created the owner account',
  login: 'Signed in',
  logout: 'Signed out',
  createUser: 'Added a user',
  setUserRole: 'Changed a role',
  removeUser: 'Removed a user',
  changePassword: 'Changed their password',
  createApiKey: 'Created an API key',
  revokeApiKey: 'Revoked an API key',
  saveConnection: 'Changed the connection',
  saveCredential: 'Saved a credential',
  rotateClientSecret: 'Rotated the client secret',
  resetPassword: 'Reset a password on the server',
  removeCredential: 'Removed the credential',
  pingSpApi: 'Tested the connection',
  syncOrders: 'Started a run',
  cancelSync: 'Cancelled a run',
  resyncOrder: 'Resynced an order',
  createWebhook: 'Created a webhook',
  updateWebhook: 'Changed a webhook',
  removeWebhook: 'Removed a webhook',
  rotateWebhookSecret: 'Created a new secret of a webhook',
  sendTestWebhook: 'Tested a webhook',
  redeliver: 'Sent a webhook delivery again',
};

/** The audit log, newest entry first. Loaded again when `version` changes. */
export function AuditLog({ version }: { readonly version: number }) {
  return (
    <section className="stack" aria-labelledby="audit-heading">
      <h2 id="audit-heading">Audit log</h2>
      <PagedTable
        label="Audit log"
        columns={['Time', 'User', 'Action', 'Details']}
        query={AuditLogDocument}
        pageSize={25}
        select={({ auditLog }) => auditLog}
        row={({ id, at, action, detail, user, apiKey }) => (
          <tr key={id}>
            <td className="numbers nowrap">
              <Time at={at} />
            </td>
            <td>{apiKey ? `API key ${apiKey.name}` : (user?.email ?? <span className="muted">Deleted user</span>)}</td>
            <td>{ACTIONS[action] ?? action}</td>
            <td className="small muted long">{formatDetail(detail)}</td>
          </tr>
        )}
        empty="No entries yet."
        version={version}
      />
    </section>
  );
}

const LABELS: Readonly<Record<string, string>> = {
  email: 'e-mail',
  expiresAt: 'expires',
  prefix: 'key',
  lwaClientId: 'client ID',
  marketplaceIds: 'marketplaces',
  amazonOrderId: 'order',
};

/** Formats an entry's details: "role: VIEWER, e-mail: a@example.com". */
function formatDetail(detail: unknown): string {
  if (typeof detail !== 'object' || detail === null) return '';
  return Object.entries(detail)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${LABELS[name] ?? toWords(name)}: ${formatValue(value)}`)
    .join(', ');
}

/** Converts "clientSecretGiven" to "client secret given". */
const toWords = (name: string) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

function formatValue(value: unknown): string {
  if (Array.isArray(value)) return value.length > 0 ? value.join(' ') : 'none';
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
}
