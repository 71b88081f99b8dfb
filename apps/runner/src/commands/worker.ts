import { eventText, serveJobs } from '@refrain/pipeline';
import type { RawValues } from '../settings/given.ts';
import { readSettings } from '../settings/settings.ts';
import { terminalHost } from '../terminal/host.ts';
import { terminalJson, terminalLine } from '../terminal/terminalText.ts';
import type { CommandResult } from './session.ts';

/** `refrain worker`: does jobs of others until it is interrupted; those under way are finished. */
export async function worker(given: RawValues, signal: AbortSignal): Promise<CommandResult> {
  const settings = await readSettings({ executor: 'bullmq', ...given });
  const host = terminalHost(settings, process.stderr, signal);
  const onEvent = (told: Parameters<typeof eventText>[0]) => {
    if (settings.json) process.stdout.write(`${terminalJson(JSON.stringify(told))}\n`);
    else if (!settings.quiet && !['began', 'done'].includes(told.event))
      process.stderr.write(`${terminalLine(eventText(told))}\n`);
  };
  const { event: _, ...totals } = await serveJobs({ settings, host, onEvent });
  return { text: `${totals.done} jobs done, ${totals.failed} failed`, json: totals, warnings: [...host.told] };
}
