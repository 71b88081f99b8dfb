import type { HelpConfiguration } from 'commander';

/** What is said of an option begins here, if the option ends two columns before. */
const TERM_WIDTH = 28;

/** What options are about, with the steps that take them, in the order of the help. */
const TOPICS: Readonly<Record<string, readonly string[]>> = {
  'The clips': ['source', 'folder'],
  'Their embeddings': ['embed', 'space'],
  'Embeddings of your own': ['ownEmbeddings'],
  Copies: ['duplicates', 'copies'],
  Leaks: ['leaks'],
  Clusters: ['cluster'],
  'How much goes, and how it is chosen': ['prune'],
  'What must stay, what must go': ['rules'],
  'Earlier folders': ['parent', 'reuse', 'earlier'],
  'What a set is worth': ['evaluate', 'coverage', 'compare'],
  'What is checked': ['verify'],
  'What is written': ['output', 'newFolder', 'prunedFolder', 'export', 'save', 'page', 'report'],
  'Who does the work': ['execute', 'worker'],
};

/** The heading under which an option stands, by the first of its steps. */
export function topicOf(step: string | readonly string[]): string {
  const [first] = [step].flat();
  const found = Object.entries(TOPICS).find(([, steps]) => steps.includes(first!));
  return `${found?.[0] ?? 'The command itself'}:`;
}

/** Puts options in the order of their topics; those of one topic stay as they are. */
export function byTopic<T extends { readonly step: string | readonly string[] }>(options: readonly T[]): T[] {
  const headings = [...Object.keys(TOPICS), 'The command itself'].map((topic) => `${topic}:`);
  return options.toSorted((a, b) => headings.indexOf(topicOf(a.step)) - headings.indexOf(topicOf(b.step)));
}

/** How help is laid out: two columns in the width of the terminal; in a narrow one what is said of an option stands below it. */
export const HELP: HelpConfiguration = {
  minWidthToWrap: 20,
  subcommandTerm: (command) => `${command.name()} ${command.usage()}`,
  formatItem(term, _, description, helper) {
    const { helpWidth = 80 } = helper;
    const indent = helpWidth < 2.5 * TERM_WIDTH ? 6 : TERM_WIDTH;
    const lines = helper.boxWrap(description, helpWidth - indent).replaceAll('\n', `\n${' '.repeat(indent)}`);
    return term.length + 4 > indent
      ? `  ${term}\n${' '.repeat(indent)}${lines}`
      : `  ${term.padEnd(indent - 2)}${lines}`;
  },
};
