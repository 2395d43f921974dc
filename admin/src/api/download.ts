import { session } from './session.js';

/** Saves a file of the server's exports. Returns null, or why it failed. */
export async function downloadFile(path: string, name: string): Promise<string | null> {
  try {
    const response = await fetch(path, { headers: { authorization: `Bearer ${session.get()?.token ?? ''}` } });
    if (!response.ok) return await messageOf(response);
    // A failure in the middle breaks the connection, so that `blob` throws.
    const url = URL.createObjectURL(await response.blob());
    const link = Object.assign(document.createElement('a'), { href: url, download: name });
    link.click();
    URL.revokeObjectURL(url);
    return null;
  } catch {
    return 'The connection to the server broke. Try again.';
  }
}

/** The server's reason, as it is in its answer; the answer's status for one of another program, such as a proxy. */
async function messageOf(response: Response): Promise<string> {
  try {
    const { errors } = (await response.json()) as { errors: readonly { readonly message: string }[] };
    return errors[0]?.message ?? `The server answered ${response.status}.`;
  } catch {
    return `The server answered ${response.status}.`;
  }
}
