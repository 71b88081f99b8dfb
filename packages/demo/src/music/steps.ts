/** Something that happens in a bar: a token of a step pattern, its onset and duration in beats. */
export interface Step {
  readonly token: string;
  readonly start: number;
  readonly duration: number;
}

/**
 * The steps of a pattern such as `R--- 5-.. | R-5- R.8-`: bars between `|`, every other sign one equal step of its bar.
 * `.` is silence, `-` prolongs the note before it, spaces are for the eye. Returns steps in order; `duration` is what
 * the `-` signs make it.
 */
export function parseSteps(pattern: string, beatsPerBar: number): Step[] {
  const steps: { token: string; start: number; duration: number }[] = [];
  pattern.split('|').forEach((bar, index) => {
    const signs = bar.replaceAll(' ', '');
    const length = beatsPerBar / signs.length;
    [...signs].forEach((token, position) => {
      if (token === '.') return;
      const last = steps.at(-1);
      if (token === '-') {
        if (last) last.duration += length;
      } else steps.push({ token, start: index * beatsPerBar + position * length, duration: length });
    });
  });
  return steps;
}

/** How many bars a pattern has before it repeats. */
function barsOf(pattern: string): number {
  return pattern.split('|').length;
}

/** The steps of a pattern repeated until `beats` are full, in order. */
export function repeatSteps(pattern: string, beatsPerBar: number, beats: number): Step[] {
  const once = parseSteps(pattern, beatsPerBar);
  const period = barsOf(pattern) * beatsPerBar;
  const steps: Step[] = [];
  for (let offset = 0; offset < beats; offset += period) {
    for (const step of once) {
      const start = step.start + offset;
      if (start < beats - 1e-9) steps.push({ ...step, start });
    }
  }
  return steps;
}
