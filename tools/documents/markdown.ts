import GithubSlugger from 'github-slugger';
import MarkdownIt from 'markdown-it';

type Token = ReturnType<MarkdownIt['parse']>[number];

/** A block of code between fences. */
export interface Block {
  /** What stands after the opening fence, e.g. `sh`. */
  readonly language: string;
  readonly text: string;
  /** The lines of the document that hold its text, counted from 0; `end` is the one after the last. */
  readonly start: number;
  readonly end: number;
  /** What an HTML comment above it says, e.g. `examples/prune-a-folder.ts` or `not run: it needs a cluster`. */
  readonly comment: string | undefined;
}

/** What is checked of a Markdown document. */
export interface Document {
  readonly text: string;
  readonly blocks: readonly Block[];
  /** Where links and pictures lead, as they are written. */
  readonly links: readonly string[];
  /** The anchors of its headings, as code forges make them. */
  readonly anchors: ReadonlySet<string>;
  /** What is said in words: no code, no addresses. */
  readonly prose: readonly string[];
}

const markdown = new MarkdownIt({ html: true });

/** Takes a Markdown document apart. */
export function readDocument(text: string): Document {
  const tokens = markdown.parse(text, {});
  const slugger = new GithubSlugger();
  const headings = tokens.flatMap((token, i) => (token.type === 'heading_open' ? [tokens[i + 1]!] : []));
  const inline = tokens.flatMap(({ children }) => children ?? []);
  return {
    text,
    blocks: tokens.flatMap((token, i) => (token.type === 'fence' ? [blockOf(token, tokens[i - 1])] : [])),
    links: inline.flatMap((token) => token.attrGet('href') ?? token.attrGet('src') ?? []),
    anchors: new Set(headings.map((token) => slugger.slug(plainText(token)))),
    prose: inline.flatMap(({ type, content }) => (type === 'text' ? [content] : [])),
  };
}

function blockOf({ info, content, map }: Token, before: Token | undefined): Block {
  const [first, last] = map!;
  const isBeside = before?.type === 'html_block' && first - before.map![1] <= 1;
  const [, comment] = (isBeside && /<!-- (.*) -->\s*$/.exec(before.content)) || [];
  return { language: info.trim(), text: content, start: first + 1, end: last - 1, comment };
}

function plainText({ children }: Token): string {
  return (children ?? []).map(({ content }) => content).join('');
}

/** The document with other texts in its blocks: `textOf` gives that of a block, or undefined where it stays. */
export function withBlocks({ text, blocks }: Document, textOf: (block: Block) => string | undefined): string {
  const lines = text.split('\n');
  for (const block of blocks.toReversed()) {
    const other = textOf(block);
    if (other !== undefined) lines.splice(block.start, block.end - block.start, ...other.trimEnd().split('\n'));
  }
  return lines.join('\n');
}

/**
 * The part of a file between `#region NAME` and the next `#endregion` in comments of it, moved to the left; without a name all of it, without such lines.
 * Throws where there is no such part.
 */
export function regionOf(text: string, name: string | undefined): string {
  const lines = text.trimEnd().split('\n');
  const isMark = (line: string) => /^\s*(?:\/\/|#) #(?:end)?region\b/.test(line);
  if (name === undefined) return lines.filter((line) => !isMark(line)).join('\n');
  const start = lines.findIndex((line) => isMark(line) && line.endsWith(`#region ${name}`));
  if (start < 0) throw new Error(`there is no region ${name}`);
  const end = lines.findIndex((line, i) => i > start && isMark(line) && line.includes('#endregion'));
  const part = lines.slice(start + 1, end < 0 ? undefined : end).filter((line) => !isMark(line));
  const indent = Math.min(...part.filter((line) => line !== '').map((line) => line.search(/\S/)));
  return part.map((line) => line.slice(indent)).join('\n');
}

/** The commands of a block for a shell, each in words: lines that end with a backslash go on, comments are left out, quotes hold words together. */
export function commandsOf(text: string): string[][] {
  const lines = text.replaceAll('\\\n', ' ').split('\n');
  return lines
    .map((line) => Array.from(line.matchAll(/'([^']*)'|"([^"]*)"|(#.*)|[^\s'"#]\S*/g)))
    .map((words) =>
      words.flatMap(([word, single, double, note]) => (note === undefined ? [single ?? double ?? word] : [])),
    )
    .filter(({ length }) => length > 0);
}
