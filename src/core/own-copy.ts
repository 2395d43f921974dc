/** Returns a text that shares no memory: a part of a string keeps the whole alive. */
export function ownCopy(part: string): string {
  return Buffer.from(part).toString();
}
