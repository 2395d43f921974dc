import type { IncomingMessage } from 'node:http';
import { requestBudget } from '../../graphql/limits/request-budget.js';

/** `gone`: the client closed the connection. */
export type Body = Buffer | 'too large' | 'gone';

/**
 * Reads a request's body up to what the client may send: more with a session than without. `isSignedIn` is asked only
 * for a body that is too large without one. Stops reading at the bound.
 */
export function readBody(request: IncomingMessage, isSignedIn: () => Promise<boolean>): Promise<Body> {
  const { maxAnonymousBodyBytes, maxBodyBytes } = requestBudget;
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > maxBodyBytes) return Promise.resolve('too large');
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let limit: number = maxAnonymousBodyBytes;
    const settle = (body: Body) => {
      request.off('data', take).off('end', end).off('close', leave);
      resolve(body);
    };
    const raiseLimit = async () => {
      request.pause();
      if (!(await isSignedIn())) return settle('too large');
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
    const leave = () => settle('gone');
    request.on('error', leave);
    request.on('end', end).on('close', leave);
    if (declared > limit) {
      isSignedIn().then((signedIn) => {
        if (!signedIn) return settle('too large');
        limit = maxBodyBytes;
        request.on('data', take);
      }, reject);
    } else request.on('data', take);
  });
}
