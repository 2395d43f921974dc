import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** A fenced code block of a document, without its fences and their indentation. */
export interface DocBlock {
  readonly document: string;
  /** The line of the opening fence, from 1. */
  readonly line: number;
  /** The headings above it, outermost first, without `#`. */
  readonly headings: readonly string[];
  readonly language: string;
  readonly text: string;
}

/** README.md and the documents of docs/, as paths from the root. */
export const documents = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
];

export function readDocument(document: string): string {
  return readFileSync(join(ROOT, document), 'utf8');
}

/** All blocks of a document, in order. */
export function blocksOf(document: string): DocBlock[] {
  const blocks: DocBlock[] = [];
  const headings: string[] = [];
  let open: { line: number; indent: string; language: string; lines: string[] } | null = null;
  for (const [index, line] of readDocument(document).split('\n').entries()) {
    const fence = /^( *)```([\w-]*)$/.exec(line);
    if (fence && open) {
      blocks.push({ document, headings: [...headings], ...open, text: open.lines.join('\n') });
      open = null;
    } else if (fence) open = { line: index + 1, indent: fence[1] ?? '', language: fence[2] ?? '', lines: [] };
    else if (open) open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
    else if (/^#+ /.test(line))
      headings.splice(line.indexOf(' ') - 1, Number.POSITIVE_INFINITY, line.replace(/^#+ /, ''));
  }
  return blocks;
}

/**
 * The texts of a section's blocks in one language, in order; subsections belong to it.
 * @throws {Error} if there are none
 */
export function docBlocks(document: string, heading: string, language = 'sh'): string[] {
  const blocks = blocksOf(document).filter((block) => block.headings.includes(heading) && block.language === language);
  if (blocks.length === 0) throw new Error(`${document} has no ${language} block under "${heading}".`);
  return blocks.map(({ text }) => text);
}
