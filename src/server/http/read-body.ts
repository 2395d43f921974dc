import type { IncomingMessage } from 'node:http';
import { requestBudget } from '../../graphql/limits/request-budget.js';

const { maxAnonymousBodyBytes, maxBodyBytes } = requestBudget;

/**
 * Reads a request's body up to the limit with or without a session or API key (`requestBudget`); stops reading there. The
 * session is checked only for a body that is too large without one.
 */
export function readBody(
  request: IncomingMessage,
  hasSession: () => Promise<boolean>,
): Promise<Buffer | 'too large' | 'disconnected'> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > maxBodyBytes) return Promise.resolve('too large');
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let limit: number = maxAnonymousBodyBytes;
    const settle = (body: Buffer | 'too large' | 'disconnected') => {
      request.off('data', take).off('end', end).off('close', leave);
      resolve(body);
    };
    const raiseLimit = async () => {
      request.pause();
      if (!(await hasSession())) return settle('too large');
      limit = maxBodyBytes;
      request.resume();
    };
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBodyBytes) {
        request.pause();
        return settle('too large');
      }
      chunks.push(chunk);
      if (bytes > limit) raiseLimit().catch(reject);
    };
    const end = () => settle(Buffer.concat(chunks));
    const leave = () => settle('disconnected');
    request.on('error', leave).on('end', end).on('close', leave).on('data', take);
    if (declared > limit) raiseLimit().catch(reject);
  });
}
