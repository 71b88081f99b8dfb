// The command: npm run bench -- NAME [options]
import { ConfigError, messageOf } from '@refrain/core';
import { BENCHES } from './benches.ts';
import { type Bench, type Context, openContext } from './context.ts';
import { docsFile } from './folders.ts';
import { machineSentence } from './machine.ts';
import { findPython, foundSentence } from './python.ts';
import { writeSection } from './section.ts';
import { type Settings, settingsOf } from './settings.ts';
import { markdownTable, type Table } from './table.ts';

const ALL_SECONDS = 600;

const HELP = `npm run bench -- NAME … [options]

${BENCHES.map(({ name, about }) => `${name.padEnd(11)} ${about}`).join('\n')}
${'all'.padEnd(11)} these in turn; none is begun after ten minutes

--dim 512  --seed 0   of the points
--folder DIR          for what is made once and kept; without it \`all\` leaves out what needs it
--write               put the table into docs/benchmarks.md
`;

/** One section: the machine, the table, and what belongs under it. */
function sectionText(machine: string, table: Table): string {
  return [machine, markdownTable(table), ...(table.notes ?? [])].join('\n\n');
}

async function runBench(bench: Bench, context: Context): Promise<void> {
  const machine = machineSentence(new Date());
  const section = sectionText(machine, await bench.run(context));
  process.stdout.write(`\n## ${bench.name}\n\n${section}\n`);
  if (context.settings.write) await writeSection(docsFile, bench.name, section);
}

function chosen({ names, folder }: Settings): readonly Bench[] {
  if (names.includes('all')) return BENCHES.filter(({ needsFolder }) => !needsFolder || folder !== undefined);
  return names.map((name) => {
    const bench = BENCHES.find((candidate) => candidate.name === name);
    const known = [...BENCHES.map((candidate) => candidate.name), 'all'].join(', ');
    if (bench === undefined) throw new ConfigError('name', `There is no benchmark "${name}"; there are ${known}.`);
    return bench;
  });
}

async function main(settings: Settings): Promise<void> {
  if (settings.help || settings.names.length === 0) {
    process.stdout.write(HELP);
    return;
  }
  const benches = chosen(settings);
  const start = performance.now();
  if (settings.names.includes('all')) process.stderr.write(`${foundSentence(await findPython())}\n`);
  const context = await openContext(settings, (message) => process.stderr.write(`${message}\n`));
  try {
    for (const bench of benches) {
      if (settings.names.includes('all') && performance.now() - start > ALL_SECONDS * 1000) {
        process.stderr.write(`${bench.name} is left out: ten minutes are over.\n`);
        continue;
      }
      await runBench(bench, context).catch((error) => {
        process.stderr.write(`${bench.name} failed: ${messageOf(error)}\n`);
        process.exitCode = 1;
      });
    }
  } finally {
    await context.close();
  }
}

try {
  await main(settingsOf(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = error instanceof ConfigError ? 2 : 1;
}
