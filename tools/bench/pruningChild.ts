// A process that does one job of the pruning benchmark and reports what it cost: one JSON line on standard output.
import { costOf } from './cost.ts';
import type { Report } from './job.ts';
import { type PruningJob, preparePruning } from './pruningJob.ts';

const work = await preparePruning(JSON.parse(process.argv[2]!) as PruningJob);
const { result, cost } = await costOf(work);
const report: Report = { cost, facts: result };
// A kernel may leave threads behind; nothing here waits for them.
process.stdout.write(`\n${JSON.stringify(report)}\n`, () => process.exit(0));
