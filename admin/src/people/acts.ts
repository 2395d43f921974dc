const ACTS: Readonly<Record<string, string>> = {
  register: 'became the first owner',
  login: 'signed in',
  logout: 'signed out',
  createUser: 'made a user',
  setUserRole: 'changed a role',
  removeUser: 'removed a user',
  changePassword: 'changed their password',
  saveConnection: 'changed the connection',
  saveCredential: 'saved a credential',
  removeCredential: 'removed the credential',
  pingSpApi: 'tested the connection',
  syncOrders: 'started a run',
  cancelSync: 'cancelled a run',
  resyncOrder: 'read an order again',
};

/** What an act of the audit log was, for people; one that we don't know as it is written there. */
export const actWords = (action: string): string => ACTS[action] ?? action;

/** The act's details in one line: "role: VIEWER, e-mail: a@example.com". */
export function detailWords(detail: unknown): string {
  if (typeof detail !== 'object' || detail === null) return '';
  return Object.entries(detail)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${NAMES[name] ?? spaced(name)}: ${valueWords(value)}`)
    .join(', ');
}

const NAMES: Readonly<Record<string, string>> = {
  email: 'e-mail',
  lwaClientId: 'client id',
  marketplaceIds: 'marketplaces',
  amazonOrderId: 'order',
};

/** "clientSecretGiven" as "client secret given". */
const spaced = (name: string) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

function valueWords(value: unknown): string {
  if (Array.isArray(value)) return value.length > 0 ? value.join(' ') : 'none';
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
}
