import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The fenced code blocks of one section of a document, in order, without the fences.
 * @param heading the section's heading without its `#`; subsections belong to it
 * @throws {Error} when there is no such heading
 */
export function docBlocks(document: string, heading: string, language = 'sh'): string[] {
  const lines = readFileSync(join(import.meta.dirname, '../..', document), 'utf8').split('\n');
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading);
  if (start < 0) throw new Error(`${document} has no heading "${heading}".`);
  const level = lines[start]?.indexOf(' ') ?? 0;
  const blocks: string[] = [];
  let block: string[] | null = null;
  let wanted = false;
  for (const line of lines.slice(start + 1)) {
    const fence = /^\s*```(\w*)/.exec(line);
    if (fence && block) {
      if (wanted) blocks.push(block.join('\n'));
      block = null;
    } else if (fence) {
      block = [];
      wanted = fence[1] === language;
    } else if (block) block.push(line);
    else if (/^#+ /.test(line) && line.indexOf(' ') <= level) break;
  }
  return blocks;
}
