import { ConfigError, DataError, defined } from '@refrain/core';
import { checkHeadFits, readHead } from '@refrain/evaluators';
import { openEncoder } from '../embed/openEncoder.ts';
import type { HeadOrigin } from '../evaluate/evaluationFolder.ts';
import type { Run } from '../run.ts';
import { ownEmbeddingsOf } from '../settings.ts';
import { probeMeans } from './probeEncoder.ts';

/** The key under which the file of a head says whether it was trained on standardised features, `on` or `off`. */
const STANDARDIZE = 'standardize';

/** The key under which it says the fingerprint of the encoder whose embeddings it was trained on. */
const ENCODER = 'encoder';

/** Where the heads of this run come from, and what the file of one that is trained now will say. */
export async function headOrigin(run: Run): Promise<HeadOrigin> {
  const { assembly, settings } = run;
  const { headPath, input } = probeOptions(assembly);
  const encoder = await probeFingerprint(run);
  return {
    loaded: headPath !== undefined,
    metadata: defined({
      [STANDARDIZE]: onOff(isStandardized(settings)),
      pooling: settings.pooling,
      [ENCODER]: encoder,
      input: input === undefined ? undefined : String(input),
    }),
  };
}

/** The fingerprint of the encoder whose features the probe learns from; undefined for own embeddings. */
async function probeFingerprint(run: Run): Promise<string | undefined> {
  const { assembly, settings } = run;
  if (settings.probeEncoder === undefined)
    return ownEmbeddingsOf(settings) === undefined ? (await assembly.get('encoder')).fingerprint : undefined;
  const { means, close } = await probeMeans(run);
  try {
    return (await openEncoder(means)).encoder.fingerprint;
  } finally {
    await close();
  }
}

/**
 * Checks the head that `linear-probe.headPath` names, if any, before anything is embedded: that it can be read, was trained on
 * features like those of this run, and fits the dataset and the encoder. Throws a ConfigError or a DataError that says what to do.
 */
export async function checkLoadedHead(run: Run): Promise<void> {
  const { assembly, settings } = run;
  const { headPath, mlp, hidden } = probeOptions(assembly);
  if (headPath === undefined) return;
  const head = await readHead(headPath);
  checkStandardization(head.metadata.get(STANDARDIZE), headPath, isStandardized(settings));
  // Without a dataset there is another error to come, that says so.
  if (settings.choices.dataset === undefined) return;
  const dataset = await assembly.get('dataset');
  const trainedOn = head.metadata.get(ENCODER);
  const isOwn = ownEmbeddingsOf(settings) !== undefined && settings.probeEncoder === undefined;
  const { means, close } = await probeMeans(run);
  const encoder = isOwn ? undefined : (await openEncoder(means)).encoder;
  await close();
  if (trainedOn !== undefined && trainedOn !== encoder?.fingerprint) {
    throw new ConfigError(
      'encoder',
      `The head in ${headPath} was trained on the embeddings of another encoder, or of other options of it: give the same ones.`,
    );
  }
  // How wide own embeddings are is seen when they are read: the probe will tell.
  if (encoder === undefined) return;
  // Standardising leaves out numbers that do not vary, so there fewer may be right; the probe will tell.
  const dim = isStandardized(settings) ? Math.min(head.shape.dim, encoder.dim) : encoder.dim;
  const width = typeof hidden === 'number' ? { hidden } : {};
  checkHeadFits(head, { dim, classes: dataset.classes.length, mlp: mlp === true, ...width });
}

/**
 * Refuses a loaded head where sets are compared by what is learned on them. Throws a ConfigError that names the commands to use.
 */
export function refuseLoadedHead({ assembly }: Run): void {
  const { headPath } = probeOptions(assembly);
  if (headPath === undefined) return;
  throw new ConfigError(
    'linear-probe.headPath',
    `\`linear-probe.headPath\` ${headPath}: \`refrain run\` trains a probe on each set to compare them, and a loaded head is the same for all. ` +
      'Use `refrain prune`, then `refrain evaluate DIR` with the head; `refrain baseline` takes it too.',
  );
}

function checkStandardization(said: string | undefined, path: string, standardize: boolean): void {
  if (said !== undefined && said !== 'on' && said !== 'off') {
    throw new DataError(path, `${path} says ${STANDARDIZE}: ${JSON.stringify(said.slice(0, 80))}; expected on or off.`);
  }
  const trained = said ?? 'off';
  if (trained === onOff(standardize)) return;
  const how =
    said === undefined
      ? "says nothing of standardised features, so it was trained on features as they are, like CLMR's"
      : said === 'on'
        ? 'was trained on standardised features'
        : 'was trained on features as they are';
  throw new ConfigError(
    'space',
    `The head in ${path} ${how}; those of this run are ${standardize ? '' : 'not '}standardised: give \`space\` ${standardize ? 'raw' : 'standardized'}.`,
  );
}

/** The probe's options as they took effect. */
function probeOptions({ resolved }: Run['assembly']): {
  readonly headPath?: string;
  readonly mlp?: unknown;
  readonly hidden?: unknown;
  readonly input?: unknown;
} {
  return resolved.evaluator?.find(({ use }) => use === 'linear-probe')?.options ?? {};
}

/** Whether the probe learns from standardised features: in every space but the raw one. */
function isStandardized({ space }: Run['settings']): boolean {
  return space !== 'raw';
}

function onOff(value: boolean): 'on' | 'off' {
  return value ? 'on' : 'off';
}
