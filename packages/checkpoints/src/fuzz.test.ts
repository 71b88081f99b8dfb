import { readdirSync, readFileSync, statSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { DataError, elementBytes, type Random, seededRandom } from '@refrain/core';
import { describeWithData, processorSeconds, testDataJson, testDataPath } from '@refrain/core/testing';
import { expect, it } from 'vitest';
import { type ByteSource, memorySource } from './byteSource.ts';
import { readCheckpoint } from './checkpoint.ts';
import { stateDict } from './stateDict.ts';
import { readTensor, type Tensor } from './tensor.ts';
import { type CheckpointValue, isTensor } from './value.ts';

// More of the same sequence: REFRAIN_FUZZ_MUTANTS=1000000 npx vitest run packages/checkpoints/src/fuzz
const MUTANTS = Number(process.env.REFRAIN_FUZZ_MUTANTS ?? 100_000);
// Asking for the processor time takes a third of what a mutant does.
const TOGETHER = 100;
const LIMITS = { expandedBytes: 2 ** 20, tensorBytes: 2 ** 22, headerBytes: 2 ** 20 };
const LARGEST_SEED = 6000;

describeWithData('golden/checkpoint', 'damaged checkpoints', () => {
  const seeds = [...goodFiles(), safetensorsFile()];

  it(`give tensors or a DataError, ${MUTANTS} times`, { timeout: 20 * 60_000 }, async () => {
    const random = seededRandom('damaged checkpoints');
    const found = { read: 0, refused: 0 };
    const read = async (i: number) => {
      const mutant = mutated(seeds, random);
      const outcome = await outcomeOf(mutant);
      if (outcome !== 'read' && outcome !== 'refused') {
        expect.fail(`mutant ${i}: ${outcome}\n${Buffer.from(mutant).toString('base64')}`);
      }
      found[outcome]++;
    };
    for (let first = 0; first < MUTANTS; first += TOGETHER) {
      const last = Math.min(first + TOGETHER, MUTANTS) - 1;
      const seconds = await processorSeconds(async () => {
        for (let i = first; i <= last; i++) await read(i);
      });
      if (seconds > 4) expect.fail(`mutants ${first} to ${last} took ${seconds} s`);
    }
    // Both have to be common, or the mutants prove nothing of one side.
    expect(found.read).toBeGreaterThan(MUTANTS / 20);
    expect(found.refused).toBeGreaterThan(MUTANTS / 20);
  });
});

function outcomeOf(bytes: Uint8Array): Promise<'read' | 'refused' | string> {
  return readAll(bytes).catch((error: unknown) =>
    error instanceof DataError && error.message.startsWith('mutant: ') ? 'refused' : `threw ${(error as Error).stack}`,
  );
}

async function readAll(bytes: Uint8Array): Promise<string> {
  const checkpoint = await readCheckpoint(watched(memorySource('mutant', bytes)), LIMITS);
  let total = 0;
  for (const tensor of tensorsIn(checkpoint.value)) {
    total += tensor.count * elementBytes(tensor.dtype);
    if (total > 8 * bytes.length + LIMITS.expandedBytes) return `claims ${total} bytes`;
    const values = await readTensor(tensor);
    if (values.length !== tensor.count) return `has ${values.length} values instead of ${tensor.count}`;
  }
  stateDict(checkpoint);
  return 'read';
}

/** The same source, which makes sure that nothing outside of it is asked for. */
function watched(source: ByteSource): ByteSource {
  const read = async (offset: number, length: number) => {
    const isInside = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
    if (!isInside || offset + length > source.size) throw new Error(`reads ${length} bytes from ${offset}`);
    return source.read(offset, length);
  };
  return { ...source, read };
}

function tensorsIn(root: CheckpointValue): Set<Tensor> {
  const tensors = new Set<Tensor>();
  const seen = new Set<unknown>();
  const waiting = [root];
  while (waiting.length > 0) {
    const value = waiting.pop()!;
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    if (isTensor(value)) tensors.add(value);
    else if (value instanceof Map) waiting.push(...value.values());
    else if (Array.isArray(value)) waiting.push(...value);
    else if ('items' in value) waiting.push(...value.items);
  }
  return tensors;
}

/** A good file, and which of its ranges have a CRC-32 where. */
interface Seed {
  readonly bytes: Uint8Array;
  readonly sums: readonly { readonly at: number; readonly begin: number; readonly end: number }[];
}

function goodFiles(): Seed[] {
  const golden = testDataJson<{ file: string; expect: string }[]>('golden', 'checkpoint', 'manifest.json')
    .filter(({ expect }) => expect === 'values')
    .map(({ file }) => testDataPath('golden', 'checkpoint', file));
  const folder = testDataPath('encoders', 'clmr-open');
  const fixtures = readdirSync(folder)
    .filter((name) => name.startsWith('fixture-'))
    .map((name) => `${folder}/${name}`);
  return [...golden, ...fixtures]
    .filter((path) => statSync(path).size <= LARGEST_SEED)
    .map((path) => seedOf(readFileSync(path)));
}

function safetensorsFile(): Seed {
  const header = JSON.stringify({
    __metadata__: { format: 'pt' },
    'encoder.weight': { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] },
    'encoder.half': { dtype: 'BF16', shape: [4], data_offsets: [24, 32] },
    'encoder.count': { dtype: 'I64', shape: [], data_offsets: [32, 40] },
  });
  const file = Buffer.alloc(8 + header.length + 40, 7);
  file.writeBigUInt64LE(BigInt(header.length));
  file.write(header, 8);
  return { bytes: file, sums: [] };
}

function seedOf(bytes: Buffer): Seed {
  const sums = [];
  for (let at = bytes.indexOf('PK\x01\x02'); at >= 0; at = bytes.indexOf('PK\x01\x02', at + 4)) {
    const local = bytes.readUInt32LE(at + 42);
    const begin = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    sums.push({ at: at + 16, begin, end: begin + bytes.readUInt32LE(at + 24) });
  }
  return { bytes, sums };
}

function mutated(seeds: readonly Seed[], random: Random): Uint8Array {
  const { bytes, sums } = seeds[random.integer(seeds.length)]!;
  const copy = new Uint8Array(bytes);
  const kind = random.integer(16);
  if (kind === 0) return copy.subarray(0, random.integer(copy.length));
  if (kind === 1) return inserted(copy, random);
  if (kind === 2) return spliced(copy, seeds[random.integer(seeds.length)]!.bytes, random);
  if (kind === 3) return withoutRange(copy, random);
  const edits = 1 + random.integer(3);
  for (let edit = 0; edit < edits; edit++)
    EDITS[random.integer(EDITS.length)]!(copy, placeIn(copy, sums, random), random);
  // Without this, no damaged pickle in a zip archive would get past its checksum.
  if (random.integer(4) > 0) repairSums(copy, sums);
  return copy;
}

// Half of the edits go to the pickle, which is a small part of the file.
function placeIn(bytes: Uint8Array, sums: Seed['sums'], random: Random): number {
  const [pickle] = sums;
  if (pickle === undefined || random.integer(2) === 0) return random.integer(bytes.length);
  return pickle.begin + random.integer(Math.max(1, pickle.end - pickle.begin));
}

const LENGTHS = [
  0n,
  1n,
  2n,
  0x7fn,
  0xffn,
  0xffffn,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  2n ** 40n,
  2n ** 63n,
  2n ** 64n - 1n,
];
const OPCODES = Buffer.from(
  '().01NKMJGXUBC]ae}sutqrhjcRbQ2IPilo\x80\x81\x82\x85\x86\x87\x88\x89\x8a\x8b\x8c\x93\x94\x95',
  'latin1',
);

const EDITS: readonly ((bytes: Uint8Array, at: number, random: Random) => void)[] = [
  (bytes, at, random) => {
    bytes[at]! ^= 1 << random.integer(8);
  },
  (bytes, at, random) => {
    bytes[at] = random.integer(256);
  },
  (bytes, at, random) => {
    bytes[at] = OPCODES[random.integer(OPCODES.length)]!;
  },
  (bytes, at, random) => {
    const width = [1, 2, 4, 8][random.integer(4)]!;
    const value = LENGTHS[random.integer(LENGTHS.length)]!;
    for (let i = 0; i < width && at + i < bytes.length; i++) bytes[at + i] = Number((value >> BigInt(8 * i)) & 0xffn);
  },
  (bytes, at, random) => {
    const from = random.integer(bytes.length);
    bytes.copyWithin(at, from, from + random.integer(24));
  },
];

function inserted(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.integer(bytes.length + 1);
  const added = Uint8Array.from({ length: 1 + random.integer(16) }, () => random.integer(256));
  return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at)]);
}

function withoutRange(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.integer(bytes.length);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.integer(16))]);
}

function spliced(first: Uint8Array, second: Uint8Array, random: Random): Uint8Array {
  return Buffer.concat([
    first.subarray(0, random.integer(first.length)),
    second.subarray(random.integer(second.length)),
  ]);
}

function repairSums(bytes: Uint8Array, sums: Seed['sums']): void {
  const view = new DataView(bytes.buffer);
  for (const { at, begin, end } of sums) view.setUint32(at, crc32(bytes.subarray(begin, end)), true);
}
