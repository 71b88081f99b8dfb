/** What a person decided of a clip, as a line of overrides.jsonl holds it; further members are kept as they are. */
export interface Override {
  readonly id: string;
  readonly decision: 'keep' | 'remove';
  readonly note?: string;
  readonly [member: string]: unknown;
}

/** Decisions by the id of the clip, in the order in which they were made. */
export type Overrides = ReadonlyMap<string, Override>;

/** The text of overrides.jsonl. */
export function overridesText(overrides: Overrides): string {
  return [...overrides.values()].map((override) => `${JSON.stringify(override)}\n`).join('');
}

/** The decisions in the text of an overrides.jsonl, the last of each clip. Throws an Error that names the line which is none. */
export function readOverrides(text: string): Overrides {
  const found = new Map<string, Override>();
  for (const [i, line] of text
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries()) {
    if (line.trim() === '') continue;
    const override = parsed(line);
    if (override === undefined)
      throw new Error(`Line ${i + 1} is no decision: expected {"id": "…", "decision": "keep" or "remove"}.`);
    found.set(override.id, override);
  }
  return found;
}

function parsed(line: string): Override | undefined {
  try {
    const value = JSON.parse(line) as Partial<Override> | null;
    const isOne =
      typeof value?.id === 'string' &&
      (value.decision === 'keep' || value.decision === 'remove') &&
      (value.note === undefined || typeof value.note === 'string');
    return isOne ? (value as Override) : undefined;
  } catch {
    return undefined;
  }
}

/** With `decision` for a clip; the same decision again takes it back. */
export function decided(overrides: Overrides, id: string, decision: Override['decision']): Overrides {
  const before = overrides.get(id);
  const after = new Map(overrides);
  if (before?.decision === decision) after.delete(id);
  else after.set(id, { ...before, id, decision });
  return after;
}

/** With a note for a clip that was decided; an empty one takes it away. */
export function noted(overrides: Overrides, id: string, note: string): Overrides {
  const before = overrides.get(id);
  if (before === undefined) return overrides;
  const { note: _, ...rest } = before;
  return new Map(overrides).set(id, (note === '' ? rest : { ...rest, note }) as Override);
}
