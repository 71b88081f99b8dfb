import { serveJobs, type WorkerHealth } from '@refrain/pipeline';
import type { RawValues } from '../settings/given.ts';
import { readSettings } from '../settings/settings.ts';
import { terminalHost } from '../terminal/host.ts';
import { terminalJson, terminalLine } from '../terminal/terminalText.ts';
import type { CommandResult } from './session.ts';

/** `refrain worker`: does jobs of others until it is interrupted; those under way are finished. */
export async function worker(given: RawValues, signal: AbortSignal): Promise<CommandResult> {
  const settings = await readSettings({ executor: 'bullmq', ...given });
  const host = terminalHost(settings, process.stderr, signal);
  const onEvent = (told: { readonly event: string }) => {
    if (settings.json) process.stdout.write(`${terminalJson(JSON.stringify(told))}\n`);
    else if (!settings.quiet && !['began', 'done'].includes(told.event)) process.stderr.write(`${lineOf(told)}\n`);
  };
  const { event: _, ...totals } = await serveJobs({ settings, host, onEvent });
  return { text: `${totals.done} jobs done, ${totals.failed} failed`, json: totals, warnings: [...host.told] };
}

function lineOf(told: { readonly event: string }): string {
  const { done, failed, underWay, jobsPerSecond, megabytes } = told as WorkerHealth;
  return told.event === 'health'
    ? `${done} jobs done, ${failed} failed, ${underWay} under way, ${jobsPerSecond} a second, ${megabytes} MB`
    : terminalLine(JSON.stringify(told));
}
