/** The rows of a table as text: a line each, but for empty ones; columns are two spaces or more apart. */
export function rowsOf(table: string): string[][] {
  const lines = table.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => line.trim().split(/ {2,}/));
}

/** A written note. */
export interface Note {
  /** MIDI pitch (60 = middle C); for a drum kit the General MIDI key of the drum. */
  readonly pitch: number;
  /** In beats from the start of the excerpt. */
  readonly start: number;
  /** In beats. */
  readonly duration: number;
  /** 1 is the part's plain loudness; accents are above, ghost notes below. */
  readonly accent: number;
}

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

/** The steps of a pattern repeated until `beats` are full, in order. */
export function repeatSteps(pattern: string, beatsPerBar: number, beats: number): Step[] {
  const once = parseSteps(pattern, beatsPerBar);
  const period = pattern.split('|').length * beatsPerBar;
  const steps: Step[] = [];
  for (let offset = 0; offset < beats; offset += period) {
    for (const step of once) {
      const start = step.start + offset;
      if (start < beats - 1e-9) steps.push({ ...step, start });
    }
  }
  return steps;
}
