import { DataError, messageOf, type z } from '@refrain/core';
import { OVERRIDE } from '@refrain/pruned-dataset';

/** What a person decided about single clips, as indices into the ids: `protect` must stay, `exclude` must go. No clip is in both. */
export interface Overrides {
  readonly protect: ReadonlySet<number>;
  readonly exclude: ReadonlySet<number>;
}

/**
 * Reads overrides.jsonl: one object per line, `{"id": "…", "decision": "keep" | "remove", "note": "…"}`, the note and further members for
 * people only. Empty lines are skipped, the same decision twice is one. Throws a DataError that names the file (`source`) and the line
 * for what is no JSON, lacks a member, decides otherwise than keep or remove, names an unknown clip, or contradicts an earlier line.
 */
export function parseOverrides(text: string, ids: readonly string[], source: string): Overrides {
  const indexOf = new Map(ids.map((id, index) => [id, index]));
  const decided = new Map<number, { readonly decision: 'keep' | 'remove'; readonly at: number }>();
  for (const [before, row] of text.split(/\r?\n/).entries()) {
    const at = before + 1;
    if (row.trim() === '') continue;
    const { id, decision } = parseLine(row, source, at);
    const index = indexOf.get(id);
    if (index === undefined) {
      throw new DataError(
        source,
        `${source}:${at}: there is no clip ${id} among the ${ids.length} that can be kept or removed.`,
      );
    }
    const earlier = decided.get(index);
    if (earlier !== undefined && earlier.decision !== decision) {
      throw new DataError(
        source,
        `${source}:${at}: clip ${id} is to ${decision} here and to ${earlier.decision} on line ${earlier.at}; leave one of them.`,
      );
    }
    if (earlier === undefined) decided.set(index, { decision, at });
  }
  const having = (wanted: string) =>
    new Set([...decided].filter(([, { decision }]) => decision === wanted).map(([index]) => index));
  return { protect: having('keep'), exclude: having('remove') };
}

function parseLine(row: string, source: string, at: number): z.output<typeof OVERRIDE> {
  let value: unknown;
  try {
    value = JSON.parse(row);
  } catch (cause) {
    throw new DataError(source, `${source}:${at}: expected a JSON object, got what is no JSON (${messageOf(cause)}).`, {
      cause,
    });
  }
  const parsed = OVERRIDE.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue!.path.length === 0 ? '' : `${issue!.path.join('.')}: `;
  throw new DataError(
    source,
    `${source}:${at}: expected {"id": "…", "decision": "keep" or "remove"}; ${where}${issue!.message}.`,
  );
}
