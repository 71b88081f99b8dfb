// A process that does one job of the benchmark of probes and reports what it cost: one JSON line on standard output.

import { type CompareJob, prepareComparison } from './compareJob.ts';
import { costOf } from './cost.ts';
import type { Report } from './job.ts';
import { type ProbeJob, prepareProbes } from './probeJob.ts';

const job = JSON.parse(process.argv[2]!) as ProbeJob | CompareJob;
const work = await (job.kind === 'compare' ? prepareComparison(job) : prepareProbes(job));
const { result, cost } = await costOf(work);
const report: Report = { cost, facts: result };
process.stdout.write(`\n${JSON.stringify(report)}\n`, () => process.exit(0));
