import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { csvText } from './csv.ts';
import { jsonText } from './json.ts';
import { latexText } from './latex.ts';
import { markdownText } from './markdown.ts';
import type { ComparisonReport } from './report.ts';
import { seedTexts } from './seedTexts.ts';
import { learningCurveText, perTagText } from './tabSeparated.ts';

/** The files of a comparison's folder. */
const TEXTS: Readonly<Record<string, (report: ComparisonReport) => string>> = {
  'results.json': jsonText,
  'results.csv': csvText,
  'results.md': markdownText,
  'results.tex': latexText,
  'per_tag.tsv': perTagText,
  'learning_curve.tsv': learningCurveText,
};

/** Writes a comparison into an existing, empty folder: every figure as results.json, tables of them for people and for papers, and the seed's files. */
export async function writeComparison(folder: string, report: ComparisonReport): Promise<void> {
  for (const [name, text] of Object.entries(TEXTS)) await writeFile(join(folder, name), text(report));
  for (const [name, text] of Object.entries(seedTexts(report))) await writeFile(join(folder, name), text);
}
