// A process that does one job and reports what it cost: one JSON line on standard output.
import { costOf } from './cost.ts';
import type { Job, Report } from './job.ts';
import { prepare } from './jobs.ts';

const work = await prepare(JSON.parse(process.argv[2]!) as Job);
const { result, cost } = await costOf(work);
const report: Report = { cost, facts: result };
// A kernel may leave threads behind; nothing here waits for them.
process.stdout.write(`\n${JSON.stringify(report)}\n`, () => process.exit(0));
