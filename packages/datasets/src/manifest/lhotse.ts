import { DataError } from '@refrain/core';

type Fields = Record<string, unknown>;

const CUTS = new Set<unknown>(['MonoCut', 'MultiCut', 'MixedCut', 'PaddingCut']);

/**
 * A row of a Lhotse manifest as plain fields: `id`, `path`, for a cut `offset` and `duration` in seconds, `speaker` where all supervisions
 * name the same one, and what stands under `custom`. Any other row comes back as it is. Lhotse: P. Żelasko et al. 2021, manifests of
 * recordings and cuts. Throws a DataError for cuts made of several recordings, sources that are commands or addresses, audio that would have
 * to be transformed, and single channels of a file with several: decoders give the mean of all.
 */
export function flattenLhotse(row: Fields, place: () => string, source: string): Fields {
  if (!isLhotse(row)) return row;
  const refuse = (reason: string): never => {
    throw new DataError(source, `${place()}: ${reason}`);
  };
  if (row.type === 'MixedCut' || row.type === 'PaddingCut')
    return refuse(`a Lhotse ${row.type} is no piece of one file. Save the mixed cuts as audio first.`);
  if (isFields(row.recording)) return cutFields(row, row.recording, refuse);
  if (!isRecording(row)) return refuse('the Lhotse cut has no recording, so there is no audio to read.');
  return { ...fieldsIn(row.custom), id: row.id, path: filePath(row, refuse) };
}

function isRecording(row: Fields): boolean {
  return Array.isArray(row.sources) && 'sampling_rate' in row;
}

function isLhotse(row: Fields): boolean {
  return CUTS.has(row.type) || isFields(row.recording) || isRecording(row);
}

function cutFields(cut: Fields, recording: Fields, refuse: (reason: string) => never): Fields {
  const path = filePath(recording, refuse);
  const inFile = channelsOf(recording);
  const inCut = [cut.channel].flat().length;
  if (cut.channel !== undefined && inCut < inFile)
    refuse(
      `the Lhotse cut is ${inCut} of the ${inFile} channels of ${path}; decoders give the mean of all. Save it as a file of its own.`,
    );
  return {
    ...fieldsIn(recording.custom),
    ...fieldsIn(cut.custom),
    ...speakerOf(cut.supervisions),
    id: cut.id,
    path,
    offset: cut.start,
    duration: cut.duration,
  };
}

function filePath(recording: Fields, refuse: (reason: string) => never): unknown {
  if (Array.isArray(recording.transforms) && recording.transforms.length > 0)
    refuse('the Lhotse recording is to be transformed (speed, volume, sampling rate); save it as audio first.');
  const sources: unknown[] = Array.isArray(recording.sources) ? recording.sources : [];
  const [first] = sources;
  if (sources.length !== 1 || !isFields(first))
    return refuse(`expected a Lhotse recording with one source, found ${sources.length}.`);
  if (first.type !== undefined && first.type !== 'file')
    refuse(
      `the Lhotse source is of the type ${JSON.stringify(first.type)}; only "file" is read, nothing is run or fetched.`,
    );
  return first.source;
}

function channelsOf(recording: Fields): number {
  const [first] = recording.sources as Fields[];
  return Array.isArray(first?.channels) ? first.channels.length : 1;
}

function speakerOf(supervisions: unknown): Fields {
  const speakers = new Set(
    (Array.isArray(supervisions) ? supervisions : []).map((one: unknown) => (isFields(one) ? one.speaker : undefined)),
  );
  const [speaker] = speakers;
  return speakers.size === 1 && speaker !== undefined && speaker !== null ? { speaker } : {};
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldsIn(value: unknown): Fields {
  return isFields(value) ? value : {};
}
