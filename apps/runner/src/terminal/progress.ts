import type { Progress } from '@refrain/core';
import { terminalText } from './terminalText.ts';

/** Where progress goes: a stream, and whether it is a terminal that can redraw a line. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const REDRAW_MS = 100;
const FIRST_LINE_MS = 1000;
const LINE_MS = 5000;
const BAR_WIDTH = 24;
// The first steps take longer, while models and threads start: what is left is told when there are so many of them, or such a share.
const STEPS_OF_A_PACE = 20;
const SHARE_OF_A_PACE = 0.02;

/**
 * Shows progress with rate and remaining time: on a terminal a bar that is redrawn, elsewhere a line every few seconds.
 * Work that ends before its first report is not shown at all.
 */
export function showProgress(
  stream: ProgressStream,
  label: string,
  total: number,
  unit: string,
  now: () => number = performance.now.bind(performance),
): Progress {
  const started = now();
  let done = 0;
  let reported = started;
  let shown = false;
  const report = () => {
    reported = now();
    shown = true;
    const text = describe(label, done, total, unit, (reported - started) / 1000);
    stream.write(stream.isTTY ? `\r\u001b[2K${bar(done / Math.max(total, 1))} ${text}` : `${text}\n`);
  };
  return {
    advance(steps = 1) {
      done += steps;
      const interval = stream.isTTY ? REDRAW_MS : shown ? LINE_MS : FIRST_LINE_MS;
      if (now() - reported >= interval) report();
    },
    end() {
      if (!shown) return;
      if (stream.isTTY) stream.write('\r\u001b[2K');
      else if (done > 0) report();
    },
  };
}

function describe(label: string, done: number, total: number, unit: string, seconds: number): string {
  const rate = done / Math.max(seconds, 1e-3);
  const hasPace = done >= STEPS_OF_A_PACE || done >= SHARE_OF_A_PACE * total;
  const rest = rate > 0 && hasPace && done < total ? `, ${duration((total - done) / rate)} left` : '';
  return `${label}: ${done}/${total} ${unit}, ${rate.toFixed(rate < 10 ? 1 : 0)}/s${rest}`;
}

function bar(share: number): string {
  const filled = Math.round(Math.min(share, 1) * BAR_WIDTH);
  return terminalText(`[${'█'.repeat(filled)}${'·'.repeat(BAR_WIDTH - filled)}]`);
}

/** Seconds as a person says them: `42 s`, `3 min 5 s`, `2 h 10 min`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
