import type { ComparisonReport } from './report.ts';
import { type ResultTable, resultTables } from './resultTables.ts';
import {
  BUDGETS,
  datasetText,
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
    `# Comparison on ${escaped(datasetText(report))}`,
    `${plural(report.trainClips, 'train clip')}. ${escaped(notes.join(' '))}`,
    ...listed('Rules that could not be met everywhere', unmetTexts(report)),
    ...listed('Left out', (report.refused ?? []).map(refusedText)),
    ...(report.published === undefined ? [] : [escaped(publishedText(report.published))]),
    ...tables.flatMap((table) => section(report, table)),
  ]
    .map((block) => `${block}\n`)
    .join('\n');
}

function listed(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:\n\n${lines.map((line) => `- ${escaped(line)}`).join('\n')}`];
}

function section(report: ComparisonReport, { part, budget, header, groups, verdicts }: ResultTable): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(' | ')} |`;
  const rule = `| ${header.map((_, column) => (column === 0 ? '---' : '---:')).join(' | ')} |`;
  const found = verdicts.map(({ row, sentence }) => `- ${escaped(row)}: ${escaped(sentence)}`);
  return [
    `## ${escaped(part.name)}, ${BUDGETS[budget]}`,
    escaped(`${datasetText(report)}, ${partText(part, report.groupedBy)}, ${BUDGETS[budget]}.`),
    [line(header), rule, ...groups.flat().map(line)].join('\n'),
    found.length > 0 ? found.join('\n') : 'No row of this table is compared with another one.',
  ];
}

function escaped(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').replace(/[\\`*_|<>~&]/g, '\\$&');
}
