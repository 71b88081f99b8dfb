import type { ComparisonReport } from './report.ts';
import { type ResultTable, resultTables } from './resultTables.ts';
import { BUDGETS, datasetText, partText, tableNotes } from './wording.ts';

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
  const caption = [title, ...tableNotes(report, baseline)].map(escaped).join(' ');
  const label = ['compare', report.dataset, report.split ?? '', part.name, budget].map(slug).filter(Boolean).join('-');
  const line = (cells: readonly string[]) => `    ${cells.map(escaped).join(' & ')} \\\\\n`;
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

function escaped(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/[\\~^<>|[\]*−±Δ▲▼…]|[&%$#_{}]/g, (character) => ESCAPES[character] ?? `\\${character}`);
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
