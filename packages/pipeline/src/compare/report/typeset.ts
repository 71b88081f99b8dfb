import type { ComparisonReport } from './report.ts';
import { type ResultTable, resultTables } from './resultTables.ts';
import {
  BUDGETS,
  datasetText,
  oneLine,
  partText,
  plural,
  publishedText,
  refusedText,
  tableNotes,
  unmetTexts,
} from './wording.ts';

/** results.md: what was refused, and what others have published; then for each part of the test split and each budget a table (GitHub's Markdown) and below it what is found about each row. */
export function markdownText(report: ComparisonReport): string {
  const tables = resultTables(report);
  const notes = tableNotes(report, tables[0]?.baseline);
  return [
    `# Comparison on ${markdownEscaped(datasetText(report))}`,
    `${plural(report.trainClips, 'train clip')}. ${markdownEscaped(notes.join(' '))}`,
    ...listed('Rules that could not be met everywhere', unmetTexts(report)),
    ...listed('Left out', (report.refused ?? []).map(refusedText)),
    ...(report.published === undefined ? [] : [markdownEscaped(publishedText(report.published))]),
    ...tables.flatMap((table) => section(report, table)),
  ]
    .map((block) => `${block}\n`)
    .join('\n');
}

function listed(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:\n\n${lines.map((line) => `- ${markdownEscaped(line)}`).join('\n')}`];
}

function section(report: ComparisonReport, { part, budget, header, groups, verdicts }: ResultTable): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map(markdownEscaped).join(' | ')} |`;
  const rule = `| ${header.map((_, column) => (column === 0 ? '---' : '---:')).join(' | ')} |`;
  const found = verdicts.map(({ row, sentence }) => `- ${markdownEscaped(row)}: ${markdownEscaped(sentence)}`);
  return [
    `## ${markdownEscaped(part.name)}, ${BUDGETS[budget]}`,
    markdownEscaped(`${datasetText(report)}, ${partText(part, report.groupedBy)}, ${BUDGETS[budget]}.`),
    [line(header), rule, ...groups.flat().map(line)].join('\n'),
    found.length > 0 ? found.join('\n') : 'No row of this table is compared with another one.',
  ];
}

function markdownEscaped(text: string): string {
  return oneLine(text).replace(/[\\`*_|<>~&]/g, '\\$&');
}

/**
 * results.tex: the tables of results.md, each a `table` with caption and label, rows of one size between rules. It needs the package booktabs and
 * no other. Characters beyond ASCII are left as they are but for the few that our own words hold: LaTeX reads UTF-8, though not every font has
 * every character.
 */
export function latexText(report: ComparisonReport): string {
  return ['% \\usepackage{booktabs}\n', ...resultTables(report).map((table) => floatOf(report, table))].join('\n');
}

function floatOf(report: ComparisonReport, { part, budget, baseline, header, groups }: ResultTable): string {
  const title = `${datasetText(report)}, ${partText(part, report.groupedBy)}, ${BUDGETS[budget]}.`;
  const caption = [title, ...tableNotes(report, baseline)].map(latexEscaped).join(' ');
  const label = ['compare', report.dataset, report.split ?? '', part.name, budget].map(slug).filter(Boolean).join('-');
  const line = (cells: readonly string[]) => `    ${cells.map(latexEscaped).join(' & ')} \\\\\n`;
  return `\\begin{table}
  \\centering
  \\small
  \\caption{${caption}}
  \\label{tab:${label}}
  \\begin{tabular}{l${'r'.repeat(header.length - 1)}}
    \\toprule
${line(header)}${groups.map((rows) => `    \\midrule\n${rows.map(line).join('')}`).join('')}    \\bottomrule
  \\end{tabular}
\\end{table}
`;
}

/** By character; square brackets and the star are in braces for a row that begins with one would be read as an argument of the line before. */
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '[': '{[}',
  ']': '{]}',
  '*': '{*}',
  '−': '$-$',
  '±': '$\\pm$',
  Δ: '$\\Delta$',
  '▲': '$\\uparrow$',
  '▼': '$\\downarrow$',
  '…': '\\ldots{}',
};

function latexEscaped(text: string): string {
  return oneLine(text).replace(/[\\~^<>|[\]*−±Δ▲▼…]|[&%$#_{}]/g, (character) => ESCAPES[character] ?? `\\${character}`);
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
