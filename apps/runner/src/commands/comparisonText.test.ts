import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ComparisonReport,
  type ComparisonRow,
  type Difference,
  type Spread,
  writeComparison,
} from '@refrain/pipeline';
import { describe, expect, it } from 'vitest';
import { comparisonText } from './comparisonText.ts';

const PARTS = [
  { name: 'test', clips: 50, groups: 20 },
  { name: 'test without artists of the train set', clips: 30, groups: 1 },
];

// Three seeds a step apart have the step as their standard deviation.
const spread = (mean: number, sd: number): Spread => ({ mean, sd, values: [mean - sd, mean, mean + sd] });

const difference = (of: number, [low, high]: [number, number], verdict: Difference['verdict']): Difference => ({
  difference: of,
  standardError: 0.008,
  degreesOfFreedom: 12.5,
  interval: [low, high],
  pValue: 0.01,
  adjustedPValue: 0.02,
  verdict,
  sentence: `A sentence that says ${verdict}.`,
});

const row = (given: Partial<ComparisonRow>): ComparisonRow => ({
  strategy: 'random',
  role: 'baseline',
  asked: {},
  kept: 100,
  budget: 'epochs',
  epochs: 12.5,
  steps: 250,
  results: { test: { 'PR-AUC': spread(0.45, 0.02), 'ROC-AUC': spread(0.75, 0.002) } },
  perClass: { 'PR-AUC': [0.25, null] },
  positives: [10, 2.5],
  ...given,
});

const whole = row({
  strategy: 'whole set',
  role: 'whole',
  kept: 200,
  results: { test: { 'PR-AUC': spread(0.5, 0.01), 'ROC-AUC': spread(0.8, 0.002) } },
  positives: [20, 5],
});

const pruned = row({
  strategy: 'jensen-shannon',
  role: 'strategy',
  asked: { t: 0.5, noise: 'prune' },
  results: { test: { 'PR-AUC': spread(0.47, 0.01), 'ROC-AUC': { mean: null, sd: null, values: [null, null, null] } } },
  against: {
    'whole set': { test: { 'PR-AUC': difference(-0.03, [-0.05, -0.01], 'worse') } },
    random: {
      test: {
        'PR-AUC': {
          ...difference(0.02, [0.004, 0.036], 'better'),
          testGroupsAlone: { interval: [0.01, 0.03], pValue: 0.002 },
        },
      },
    },
  },
});

const report: ComparisonReport = {
  dataset: 'magnatagatune',
  split: 'pons2017',
  task: 'multi-label',
  evaluator: 'linear-probe',
  classes: ['rock & roll_100%', 'say "hi",\tall'],
  trainClips: 200,
  seeds: 3,
  level: 0.95,
  resamples: 1000,
  groupedBy: 'track',
  parts: PARTS.slice(0, 1),
  metrics: ['PR-AUC', 'ROC-AUC'],
  furtherMetrics: [],
  rows: [whole, row({}), pruned],
  settings: { dataset: 'magnatagatune', most: Number.POSITIVE_INFINITY },
  encoder: null,
  versions: { refrain: '0.1.0' },
};

async function written(given: ComparisonReport): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'refrain-comparison-'));
  await writeComparison(folder, given);
  const names = await readdir(folder);
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
  );
}

/** Reads RFC 4180 character by character. */
function parseCsv(text: string): string[][] {
  const records: string[][] = [['']];
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const fields = records.at(-1)!;
    const character = text[i]!;
    if (isQuoted && character === '"' && text[i + 1] === '"') {
      fields[fields.length - 1] += '"';
      i++;
    } else if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && character === ',') fields.push('');
    else if (!isQuoted && character === '\r' && text[i + 1] === '\n') {
      records.push(['']);
      i++;
    } else fields[fields.length - 1] += character;
  }
  // After the last line break nothing follows.
  expect(records.pop()).toEqual(['']);
  return records;
}

/** Every object with its keys the other way round. */
function reversed<T>(value: T): T {
  if (Array.isArray(value)) return value.map(reversed) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, held]) => [key, reversed(held)]),
  ) as T;
}

describe('a comparison folder', () => {
  it('has the same bytes for equal reports, in whatever order keys were set', async () => {
    const files = await written(report);
    expect(Object.keys(files).sort()).toEqual([
      'learning_curve.tsv',
      'optimized_results.txt',
      'per_tag.tsv',
      'random_run_0_results.txt',
      'random_run_1_results.txt',
      'random_run_2_results.txt',
      'results.csv',
      'results.json',
      'results.md',
      'results.tex',
      'statistical_significance.json',
    ]);
    expect(await written(reversed(report))).toEqual(files);
    const json = files['results.json']!;
    expect(JSON.parse(json)).toEqual({ ...report, settings: { dataset: 'magnatagatune', most: 'Infinity' } });
    expect(json).toContain('"values": [null, null, null]\n');
    expect(json).toContain('"positives": [10, 2.5],\n');
  });

  it('has a CSV with a line for each row, part and metric', async () => {
    const strange = { ...pruned, strategy: 'a "b", c\nd', results: {} };
    const [header, ...lines] = parseCsv(
      (await written({ ...report, rows: [...report.rows, strange] }))['results.csv']!,
    );
    const differenceTo = (name: string) =>
      [
        ...['difference', 'low', 'high', 'p', 'adjusted p', 'verdict'],
        ...['test groups alone low', 'test groups alone high', 'test groups alone p'],
      ].map((column) => `${name} ${column}`);
    expect(header).toEqual([
      ...['strategy', 'role', 'asked', 'kept', 'share', 'budget', 'epochs', 'steps'],
      ...['part', 'metric', 'mean', 'sd', 'seeds', ...differenceTo('random'), ...differenceTo('whole set')],
    ]);
    expect(lines).toHaveLength(8);
    const none = new Array<string>(9).fill('n/a');
    const size = ['100', '0.5', 'epochs', '12.5', '250', 'test'];
    expect(lines.slice(4, 6)).toEqual([
      [
        ...['jensen-shannon', 'strategy', 't=0.5 noise=prune', ...size, 'PR-AUC', '0.47', '0.01', '3'],
        ...['0.02', '0.004', '0.036', '0.01', '0.02', 'better', '0.01', '0.03', '0.002'],
        ...['-0.03', '-0.05', '-0.01', '0.01', '0.02', 'worse', 'n/a', 'n/a', 'n/a'],
      ],
      [...['jensen-shannon', 'strategy', 't=0.5 noise=prune', ...size, 'ROC-AUC', 'n/a', 'n/a', '0'], ...none, ...none],
    ]);
    expect(lines[6]!.slice(0, 2)).toEqual(['a "b", c\nd', 'strategy']);
    expect(lines[6]!.slice(9, 13)).toEqual(['PR-AUC', 'n/a', 'n/a', '0']);
  });

  it('has a table in Markdown, with what it says of each row', async () => {
    expect((await written(report))['results.md']).toBe(`# Comparison on magnatagatune, split pons2017

200 train clips. Mean ± standard deviation over 3 seeds. Δ is the mean difference, row minus random, with its 95 % interval. \
The intervals cover the sets drawn at random, the seeds of the heads and the tracks that happen to be in the test set; \
train set, encoder and dataset are as given. ▲ better, ▼ worse: p \\< 0.05 after Holm's correction. \
Figures of one table are comparable only within it.

## test, equal epochs

magnatagatune, split pons2017, test (50 clips of 20 tracks), equal epochs.

| strategy | kept | PR-AUC | Δ to random | ROC-AUC | Δ to random |
| --- | ---: | ---: | ---: | ---: | ---: |
| whole set | 200 (100.0 %) | 0.500 ± 0.010 |  | 0.8000 ± 0.0020 |  |
| random | 100 (50.0 %) | 0.450 ± 0.020 |  | 0.7500 ± 0.0020 |  |
| jensen-shannon t=0.5 noise=prune | 100 (50.0 %) | 0.470 ± 0.010 | +0.020 [+0.004, +0.036] ▲ | n/a | n/a |

- jensen-shannon t=0.5 noise=prune, 100 kept: A sentence that says better.
- jensen-shannon t=0.5 noise=prune, 100 kept: A sentence that says worse.
`);
  });

  it('has a table for each part and budget, the whole set in all of them', async () => {
    const short = row({ strategy: 'coverage', role: 'strategy', kept: 120, budget: 'steps' });
    const markdown = (await written({ ...report, parts: PARTS, rows: [...report.rows, short] }))['results.md']!;
    expect(markdown.match(/^## .*/gm)).toEqual([
      '## test, equal epochs',
      '## test, equal optimiser steps',
      '## test without artists of the train set, equal epochs',
      '## test without artists of the train set, equal optimiser steps',
    ]);
    const [, , steps, other] = markdown.split('\n## ');
    expect(steps!.match(/^\| (?!strategy|---).*/gm)).toEqual([
      '| whole set | 200 (100.0 %) | 0.500 ± 0.010 |  | 0.8000 ± 0.0020 |  |',
      '| coverage | 120 (60.0 %) | 0.450 ± 0.020 | n/a | 0.7500 ± 0.0020 | n/a |',
    ]);
    expect(steps).toContain('No row of this table is compared with another one.');
    expect(other).toContain('(30 clips of 1 track), equal epochs.');
    expect(other).toContain('| whole set | 200 (100.0 %) | n/a |  | n/a |  |');
  });

  it('lists what was refused, and why', async () => {
    const refused = [{ strategy: 'coverage', asked: { keep: 0.1, noise: 'keep' }, why: 'It keeps\n0.3 | at least.' }];
    const lacking = { ...report, refused };
    const { 'results.md': markdown, 'results.json': json } = await written(lacking);
    expect(markdown).toContain(
      '\n\nLeft out:\n\n- coverage keep=0.1 noise=keep: It keeps 0.3 \\| at least.\n\n## test',
    );
    expect(JSON.parse(json!).refused).toEqual(refused);
    expect(comparisonText(lacking, 100)).toMatch(
      /\n\nLeft out: coverage keep=0\.1 noise=keep: It keeps 0\.3 \| at least\.$/,
    );
  });

  it('has no table of a budget that only the whole set has', async () => {
    const steps = { ...report, rows: [whole, row({ budget: 'steps' }), { ...pruned, budget: 'steps' as const }] };
    const files = await written(steps);
    expect(files['results.md']!.match(/^## .*/gm)).toEqual(['## test, equal optimiser steps']);
    expect(files['per_tag.tsv']!.split('\n')[0]).toContain('\trandom 100 kept positives\t');
    expect(comparisonText(steps, 100).split('\n')[0]).toContain('equal optimiser steps');
    expect(comparisonText(steps, 100)).toContain('A sentence that says better.');
  });

  it('says so where nothing is compared', async () => {
    const alone = { ...report, rows: [whole, row({})] };
    const { 'results.md': markdown, 'results.csv': csv } = await written(alone);
    expect(markdown).toContain('| strategy | kept | PR-AUC | ROC-AUC |\n');
    expect(markdown).not.toContain('Δ');
    expect(parseCsv(csv!)[0]!.at(-1)).toBe('seeds');
    expect(comparisonText(alone, 100)).toContain('\n\nNo row is compared with another one.');
  });

  it('escapes for Markdown what names hold', async () => {
    const strange = row({ strategy: 'a|b_*c*\n`d`', role: 'strategy' });
    const markdown = (await written({ ...report, dataset: '<b>', rows: [strange] }))['results.md']!;
    expect(markdown).toContain('# Comparison on \\<b\\>, split pons2017\n');
    expect(markdown).toContain('| a\\|b\\_\\*c\\* \\`d\\` | 100 (50.0 %) |');
  });

  it('has a table in LaTeX', async () => {
    expect((await written(report))['results.tex']).toBe(`% \\usepackage{booktabs}

\\begin{table}
  \\centering
  \\small
  \\caption{magnatagatune, split pons2017, test (50 clips of 20 tracks), equal epochs. \
Mean $\\pm$ standard deviation over 3 seeds. \
$\\Delta$ is the mean difference, row minus random, with its 95 \\% interval. \
The intervals cover the sets drawn at random, the seeds of the heads and the tracks that happen to be in the test set; \
train set, encoder and dataset are as given. \
$\\uparrow$ better, $\\downarrow$ worse: p \\textless{} 0.05 after Holm's correction. \
Figures of one table are comparable only within it.}
  \\label{tab:compare-magnatagatune-pons2017-test-epochs}
  \\begin{tabular}{lrrrrr}
    \\toprule
    strategy & kept & PR-AUC & $\\Delta$ to random & ROC-AUC & $\\Delta$ to random \\\\
    \\midrule
    whole set & 200 (100.0 \\%) & 0.500 $\\pm$ 0.010 &  & 0.8000 $\\pm$ 0.0020 &  \\\\
    \\midrule
    random & 100 (50.0 \\%) & 0.450 $\\pm$ 0.020 &  & 0.7500 $\\pm$ 0.0020 &  \\\\
    jensen-shannon t=0.5 noise=prune & 100 (50.0 \\%) & 0.470 $\\pm$ 0.010 & \
+0.020 {[}+0.004, +0.036{]} $\\uparrow$ & n/a & n/a \\\\
    \\bottomrule
  \\end{tabular}
\\end{table}
`);
  });

  it('escapes for LaTeX what names hold', async () => {
    const strange = row({ strategy: '[*] & % $ # _ { } ~ ^ \\ − <|>' });
    const latex = (await written({ ...report, dataset: 'Music & Co_', rows: [strange] }))['results.tex']!;
    expect(latex).toContain('\\caption{Music \\& Co\\_, split');
    expect(latex).toContain('\\label{tab:compare-music-co-pons2017-test-epochs}');
    expect(latex).toContain(
      '    {[}{*}{]} \\& \\% \\$ \\# \\_ \\{ \\} \\textasciitilde{} \\textasciicircum{} \\textbackslash{} $-$ ' +
        '\\textless{}\\textbar{}\\textgreater{} & 100',
    );
  });

  it('has the positives and metrics of each tag', async () => {
    const both = { ...report, rows: [...report.rows, row({ budget: 'steps', perClass: { Recall: [1, 0] } })] };
    expect((await written(both))['per_tag.tsv']!.split('\n').map((line) => line.split('\t'))).toEqual([
      [
        ...['tag', 'train positives', 'whole set 200 epochs kept positives', 'whole set 200 epochs PR-AUC'],
        ...['random 100 epochs kept positives', 'random 100 epochs PR-AUC'],
        'jensen-shannon t=0.5 noise=prune 100 epochs kept positives',
        'jensen-shannon t=0.5 noise=prune 100 epochs PR-AUC',
        ...['random 100 steps kept positives', 'random 100 steps Recall'],
      ],
      ['rock & roll_100%', '20', '20', '0.25', '10', '0.25', '10', '0.25', '10', '1'],
      ['say "hi", all', '5', '5', 'n/a', '2.5', 'n/a', '2.5', 'n/a', '2.5', '0'],
      [''],
    ]);
    const withoutWhole = (await written({ ...report, rows: [row({})] }))['per_tag.tsv']!;
    expect(withoutWhole.split('\n').slice(0, 2)).toEqual([
      'tag\ttrain positives\trandom 100 kept positives\trandom 100 PR-AUC',
      'rock & roll_100%\tn/a\t10\t0.25',
    ]);
  });

  it('has further metrics in the CSV and the learning curves, compared with nothing', async () => {
    const results = { test: { 'PR-AUC': spread(0.5, 0.1), 'PR-AUC (micro)': spread(0.7, 0.1) } };
    const files = await written({ ...report, furtherMetrics: ['PR-AUC (micro)'], rows: [{ ...pruned, results }] });
    const lines = parseCsv(files['results.csv']!).filter((fields) => fields.includes('PR-AUC (micro)'));
    expect(lines).toHaveLength(1);
    expect(lines[0]!.slice(8, 13)).toEqual(['test', 'PR-AUC (micro)', '0.7', '0.1', '3']);
    expect(new Set(lines[0]!.slice(13))).toEqual(new Set(['n/a']));
    expect(files['learning_curve.tsv']).toContain('\tPR-AUC (micro)\t0.7\t');
    expect(files['results.md']).not.toContain('micro');
  });

  it('has published figures beside its own', async () => {
    const [tag] = report.classes;
    const published = {
      file: 'their_results.json',
      metrics: { 'PR-AUC': 0.3, 'ROC-AUC': 0.8 },
      perTag: { 'PR-AUC': { [tag!]: 0.25, unknown: 0.35 } },
    };
    const files = await written({ ...report, published });
    const lines = files['per_tag.tsv']!.split('\n').map((line) => line.split('\t').at(-1));
    expect(lines.slice(0, 3)).toEqual(['published PR-AUC', '0.25', 'n/a']);
    const sentence = 'published: PR-AUC 0.300, ROC-AUC 0.800, means over 2 tags.';
    expect(files['results.md']).toContain(sentence);
    expect(comparisonText({ ...report, published }, 100).replace(/\s+/g, ' ')).toContain(
      `their_results.json, ${sentence}`,
    );
  });

  it('has learning curves by set and size, a policy for noise a curve of its own', async () => {
    const points = [
      row({ kept: 100 }),
      { ...pruned, asked: { t: 0.2, noise: 'prune' }, kept: 90 },
      { ...pruned, asked: { t: 0.2, noise: 'keep' }, kept: 95 },
      pruned,
      row({ kept: 20 }),
    ];
    const curve = (await written({ ...report, metrics: ['PR-AUC'], rows: points }))['learning_curve.tsv'];
    const head = ['clips', 'share', 'set', 'options', 'budget', 'part', 'metric', 'mean', 'sd', 'low', 'high'];
    const [first, ...lines] = curve!.trimEnd().split('\n');
    expect(first!.split('\t')).toEqual(head);
    expect(lines.map((line) => line.split('\t').slice(0, 9))).toEqual([
      ['95', '0.475', 'jensen-shannon noise=keep', 't=0.2 noise=keep', 'epochs', 'test', 'PR-AUC', '0.47', '0.01'],
      ['90', '0.45', 'jensen-shannon noise=prune', 't=0.2 noise=prune', 'epochs', 'test', 'PR-AUC', '0.47', '0.01'],
      ['100', '0.5', 'jensen-shannon noise=prune', 't=0.5 noise=prune', 'epochs', 'test', 'PR-AUC', '0.47', '0.01'],
      ['20', '0.1', 'random', '', 'epochs', 'test', 'PR-AUC', '0.45', '0.02'],
      ['100', '0.5', 'random', '', 'epochs', 'test', 'PR-AUC', '0.45', '0.02'],
    ]);
    // Student's t at 97.5 % with two degrees of freedom is 4.30265 (tables), and √3 standard errors make a deviation.
    const half = (4.30265 * 0.01) / Math.sqrt(3);
    const [low, high] = lines[0]!.split('\t').slice(9).map(Number);
    expect(low).toBeCloseTo(0.47 - half, 6);
    expect(high).toBeCloseTo(0.47 + half, 6);
  });

  it('has no interval of a mean over fewer than two seeds', async () => {
    const alone = row({ results: { test: { 'PR-AUC': { mean: 0.5, sd: null, values: [0.5, null, null] } } } });
    const curve = (await written({ ...report, metrics: ['PR-AUC'], rows: [alone] }))['learning_curve.tsv']!;
    expect(curve.split('\n')[1]!.split('\t').slice(7)).toEqual(['0.5', 'n/a', 'n/a', 'n/a']);
  });

  it("has the seed's files, of the first row of a strategy and its random sets", async () => {
    const later = { ...pruned, strategy: 'coverage', results: { test: { 'PR-AUC': spread(0.1, 0.01) } } };
    const smaller = row({ kept: 20, results: { test: { 'PR-AUC': spread(0.2, 0.01) } } });
    const files = await written({ ...report, rows: [whole, smaller, row({}), pruned, later] });
    expect(files['optimized_results.txt']).toBe('PR-AUC: 0.47\nROC-AUC: n/a\n');
    expect(['0', '1', '2'].map((seed) => files[`random_run_${seed}_results.txt`]!.split('\n')[0])).toEqual(
      [0.45 - 0.02, 0.45, 0.45 + 0.02].map((value) => `PR-AUC: ${value}`),
    );
    const significance = JSON.parse(files['statistical_significance.json']!);
    expect(significance).toEqual({
      'PR-AUC': {
        t_statistic: 0.02 / 0.008,
        p_value: 0.02,
        significant: true,
        delta_percent: expect.closeTo(4.4444, 4),
        ci_low: 0.004,
        ci_high: 0.036,
      },
    });
  });

  it("has the seed's files without a comparison where nothing varies, and none without a strategy", async () => {
    const still = {
      ...pruned,
      against: { random: { test: { 'PR-AUC': { ...difference(0, [0, 0], 'no difference'), standardError: 0 } } } },
    };
    const { 'PR-AUC': found } = JSON.parse(
      (await written({ ...report, rows: [still] }))['statistical_significance.json']!,
    );
    expect(Object.keys(found)).toEqual(['p_value', 'significant', 'ci_low', 'ci_high']);
    expect(Object.keys(await written({ ...report, rows: [whole, row({})] })).join()).not.toMatch(/txt|significance/);
  });
});

describe('tables that people open in a spreadsheet', () => {
  it('hold no formula that a label, a strategy or a dataset brings', async () => {
    const hostile = row({ ...pruned, strategy: '@SUM(1+1)', perClass: { 'PR-AUC': [0.25, -0.5] } });
    const files = await written({ ...report, classes: ['=1+1', '\t+2'], rows: [whole, hostile] });
    const cells = [
      ...parseCsv(files['results.csv']!).flat(),
      ...['per_tag.tsv', 'learning_curve.tsv'].flatMap((name) => files[name]!.split(/[\t\n]/)),
    ];
    const formulas = cells.filter((cell) => /^[=+\-@]/.test(cell) && !Number.isFinite(Number(cell)));
    expect(formulas).toEqual([]);
    expect(cells).toEqual(expect.arrayContaining(["'=1+1", "' +2", "'@SUM(1+1)", '-0.5']));
  });
});

describe('the text of a comparison', () => {
  it('is a table of the first part and a sentence for each row', () => {
    expect(comparisonText(report, 100).split('\n')).toEqual([
      'magnatagatune, split pons2017, test (50 clips of 20 tracks), equal epochs, 3 seeds',
      '                                  kept         PR-AUC         Δ          ROC-AUC    Δ',
      '────────────────────────────────  ────  ─────────────  ────────  ───────────────  ───',
      'whole set                          200  0.500 ± 0.010            0.8000 ± 0.0020',
      'random                             100  0.450 ± 0.020            0.7500 ± 0.0020',
      'jensen-shannon t=0.5 noise=prune   100  0.470 ± 0.010  +0.020 ▲              n/a  n/a',
      '',
      "Δ: difference to random; ▲ better, ▼ worse (p < 0.05 after Holm's correction)",
      '',
      'jensen-shannon t=0.5 noise=prune, 100 kept: A sentence that says better.',
      '',
      'Of 1 other comparison with whole set: 0 better, 1 worse, 0 without a difference.',
    ]);
  });

  it('stays within 100 columns, whatever the names', () => {
    const long = {
      ...pruned,
      strategy: `similarity-histogram-${'x'.repeat(150)}`,
      asked: { t: 0.25, 'size of t': 0.5, noise: 'recluster' },
    };
    const metrics = ['PR-AUC', 'ROC-AUC', 'PR-AUC micro', 'ROC-AUC micro'];
    const lines = comparisonText({ ...report, dataset: 'd '.repeat(90), metrics, rows: [whole, long] }, 100).split(
      '\n',
    );
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(lines.find((line) => line.includes('kept  '))).toMatch(/PR-AUC +Δ +ROC-AUC +Δ/);
    expect(lines.join('\n')).toContain('\n  x');
  });

  it('names a row of a strategy that has no baseline, and counts all the others', () => {
    const without = row({ strategy: 'coverage', role: 'strategy' });
    const steps = { ...pruned, budget: 'steps' as const };
    const text = comparisonText({ ...report, rows: [...report.rows, without, steps] }, 100);
    expect(text).toContain('\ncoverage, 100 kept: PR-AUC is not compared with random.\n');
    expect(text).toContain('\nOf 1 other comparison with random: 1 better, 0 worse, 0 without a difference.\n');
    expect(text).toContain('\nOf 2 other comparisons with whole set: 0 better, 2 worse, 0 without a difference.');
  });
});
