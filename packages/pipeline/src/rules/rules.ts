import {
  type ClipGroups,
  ConfigError,
  DataError,
  defined,
  GROUP_KINDS,
  largest,
  messageOf,
  readTextFile,
  roundHalfUp,
  type z,
} from '@refrain/core';
import { OVERRIDE } from '@refrain/pruned-dataset';
import type { AskedRules } from '../settings.ts';
import { type Constraints, refuseImpossible } from './constraints.ts';
import { type KeepFacts, keepPriority } from './keepRules.ts';

/** What rules look at; index i means clip i. The ids ascend. */
export interface RuleFacts extends KeepFacts {
  readonly labels: readonly (readonly string[])[];
  readonly groups: readonly (ClipGroups | undefined)[];
}

/** A person's decisions, by clip id: what must stay, and what must go. No clip is in both. */
export interface Decisions {
  readonly protect: ReadonlySet<string>;
  readonly exclude: ReadonlySet<string>;
  /** The file as it is, for the pruned dataset folder. */
  readonly text: string;
}

/** Whether any rule is asked for that the kept clips must meet. */
function asksRules(rules: AskedRules): boolean {
  return (
    (rules.minPerLabel ?? 0) > 0 ||
    rules.overrides !== undefined ||
    GROUP_KINDS.some((kind) => rules.maxPerGroup[kind] !== undefined || (rules.minPerGroup[kind] ?? 0) > 0)
  );
}

/** Reads the file `overrides`. Throws a ConfigError when the file cannot be read, a DataError that names its line for unknown clips and contradictions. */
export async function readDecisions(rules: AskedRules, ids: readonly string[]): Promise<Decisions | undefined> {
  const { overrides: file } = rules;
  if (file === undefined) return undefined;
  const text = await readTextFile(file).catch((cause: unknown) => {
    throw new ConfigError('overrides', `\`overrides\` ${file} cannot be read (${messageOf(cause)}).`, { cause });
  });
  return parseOverrides(text, ids, file);
}

/** What is known beside the rules themselves. */
interface RuleContext {
  readonly decisions: Decisions | undefined;
  /** The wanted share. */
  readonly keep: number | undefined;
  /** Ids of clips that an earlier run kept: they stay, unless a person takes them out. */
  readonly settled?: ReadonlySet<string>;
  /** Told of decisions on clips that are not there. */
  readonly notice?: (message: string) => void;
}

/** What pruning is told of the rules: what must hold, if anything must, and which of clips that stand for each other stays rather. */
export interface Ruling {
  readonly constraints?: Constraints;
  readonly priority?: Float64Array;
}

/**
 * The rules as constraints on clips by index. Decisions on clips that are not among them are left out. Throws a ConfigError for keep-rules
 * that are none, and for rules that no choice of these clips can meet.
 */
export function rulingOf(
  rules: AskedRules,
  facts: RuleFacts,
  { decisions, keep, settled, notice }: RuleContext,
): Ruling {
  const { ids, groups, labels } = facts;
  const indexOf = new Map(ids.map((id, index) => [id, index]));
  const indices = (clips: ReadonlySet<string> = new Set()) =>
    new Set([...clips].flatMap((id) => indexOf.get(id) ?? []));
  const missing = [...(decisions?.protect ?? [])].filter((id) => !indexOf.has(id));
  if (missing.length > 0) notice?.(`\`overrides\` keeps ${missing.join(', ')}, which could not be read.`);
  const priority = priorityOf(rules, facts, settled);
  const asked = asksRules(rules);
  if (!asked && settled === undefined) return defined({ priority });
  const constraints = {
    protect: new Set([...indices(decisions?.protect), ...indices(settled)]),
    exclude: indices(decisions?.exclude),
    maxPerGroup: rules.maxPerGroup,
    minPerGroup: rules.minPerGroup,
    ...defined({
      minPerLabel: rules.minPerLabel,
      size: keep === undefined ? undefined : roundHalfUp(keep * ids.length),
      priority,
    }),
  };
  if (asked) refuseImpossible({ ids, groups, labels: numbered(labels) }, constraints);
  return defined({ constraints, priority });
}

function priorityOf(
  { keepRules }: AskedRules,
  facts: RuleFacts,
  settled: ReadonlySet<string> | undefined,
): Float64Array | undefined {
  const { ids } = facts;
  if (keepRules.length === 0) return settled && Float64Array.from(ids, (id) => (settled.has(id) ? 1 : 0));
  const priority = keepPriority(keepRules, facts);
  // Whatever the rules say of a new clip, the one that stays anyway is the better one to stand for others.
  const highest = largest(priority);
  return settled === undefined
    ? priority
    : priority.map((value, i) => (settled.has(ids[i]!) ? value + highest + 1 : value));
}

/** Class names as numbers, in the order of the names. */
export function numbered(labels: readonly (readonly string[])[]): number[][] {
  const number = new Map(namesIn(labels).map((name, i) => [name, i]));
  return labels.map((names) => names.map((name) => number.get(name)!));
}

/** The class names that occur, ascending. */
export function namesIn(labels: readonly (readonly string[])[]): string[] {
  return [...new Set(labels.flat())].sort();
}

/**
 * Reads overrides.jsonl: one object per line, `{"id": "…", "decision": "keep" | "remove", "note": "…"}`, the note and further members for
 * people only. Empty lines are skipped, the same decision twice is one. Throws a DataError that names the file (`source`) and the line
 * for what is no JSON, lacks a member, decides otherwise than keep or remove, names an unknown clip, or contradicts an earlier line.
 */
export function parseOverrides(text: string, ids: readonly string[], source: string): Decisions {
  const known = new Set(ids);
  const decided = new Map<string, { readonly decision: 'keep' | 'remove'; readonly at: number }>();
  for (const [before, row] of text.split(/\r?\n/).entries()) {
    const at = before + 1;
    if (row.trim() === '') continue;
    const { id, decision } = parseLine(row, source, at);
    if (!known.has(id)) {
      throw new DataError(
        source,
        `${source}:${at}: there is no clip ${id} among the ${ids.length} that can be kept or removed.`,
      );
    }
    const earlier = decided.get(id);
    if (earlier !== undefined && earlier.decision !== decision) {
      throw new DataError(
        source,
        `${source}:${at}: clip ${id} is to ${decision} here and to ${earlier.decision} on line ${earlier.at}; leave one of them.`,
      );
    }
    if (earlier === undefined) decided.set(id, { decision, at });
  }
  const having = (wanted: string) =>
    new Set([...decided].filter(([, { decision }]) => decision === wanted).map(([id]) => id));
  return { protect: having('keep'), exclude: having('remove'), text };
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
