import { stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createAuditLog } from '../accounts/audit-log.js';
import { checkNewPassword, createPasswords } from '../accounts/passwords.js';
import { resetPassword as resetPasswordOf } from '../accounts/users.js';
import { StartError } from '../core/errors.js';
import { withDatabase } from './database.js';
import * as screen from './terminal.js';

/**
 * `ordermirror reset-password`: sets a new password for a user, asked for twice or read from standard input, and ends the
 * user's sessions in all processes.
 */
export function resetPassword(email: string, { passwordStdin }: { passwordStdin: boolean }): Promise<void> {
  return withDatabase(async (database) => {
    const password = passwordStdin ? (await text(stdin)).replace(/\r?\n$/, '') : await askForPassword();
    const audit = createAuditLog(database);
    await resetPasswordOf({ database, audit, passwords: createPasswords() }, email, password);
    screen.done(`Set a new password for ${email}`, 'all sessions of the user were ended');
  });
}

async function askForPassword(): Promise<string> {
  if (!stdin.isTTY)
    throw new StartError(
      'Standard input is not a terminal, so the new password cannot be asked for. Add --password-stdin and send it on standard input.',
    );
  const password = await askHidden('New password: ');
  checkNewPassword(password);
  if ((await askHidden('Again: ')) !== password) throw new StartError('The two passwords differ. Nothing was changed.');
  return password;
}

/** Asks without showing what is typed. */
async function askHidden(question: string): Promise<string> {
  stdout.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: stdin, output: nowhere, terminal: true });
  try {
    return await reader.question('');
  } finally {
    reader.close();
    stdout.write('\n');
  }
}
