import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encodeWav } from '@refrain/audio';
import { ConfigError, DataError } from '@refrain/core';
import { describeWithData, testDataPath, testDataset } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { filteredSplit, openGtzan } from './gtzan.ts';

const beep = encodeWav({
  samples: Float32Array.from({ length: 800 }, (_, n) => Math.sin(n / 5) / 2),
  sampleRate: 8000,
});

function listeningHost() {
  const notices: string[] = [];
  return { notices, notice: (message: string) => void notices.push(message) };
}

async function tree(audio: readonly string[], texts: Readonly<Record<string, string>> = {}): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'refrain-gtzan-'));
  for (const name of audio) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), beep);
  }
  for (const [name, text] of Object.entries(texts)) await writeFile(join(root, name), text);
  return root;
}

// In the published lists, blues 29 and rock 9 are train clips, jazz 2 is a valid and rock 90 a test clip.
const AUDIO = ['blues/blues.00029.wav', 'rock/rock.00009.au', 'jazz/jazz.00002.wav', 'rock/rock.00090.wav'];

describe('GTZAN', () => {
  const root = tree([...AUDIO, 'disco/disco.00000x.wav', 'disco/notes.txt']);
  testDataset(async () => openGtzan(await root));

  it.each(['.', 'genres', 'genres_original'])('is found in %s, and its missing files are counted', async (place) => {
    const host = listeningHost();
    const folder = await tree(AUDIO.map((name) => join(place, name)));
    const { task, classes, clips } = await openGtzan(folder, {}, { host });
    expect([task, classes.length]).toEqual(['single-label', 10]);
    expect(clips.map(({ id, split, labels }) => [id, split, ...labels.map((label) => classes[label])])).toEqual([
      ['blues.00029', 'train', 'blues'],
      ['rock.00009', 'train', 'rock'],
      ['jazz.00002', 'valid', 'jazz'],
      ['rock.00090', 'test', 'rock'],
    ]);
    expect(clips[1]!.path).toBe(join(folder, place, 'rock/rock.00009.au'));
    expect(host.notices).toEqual([expect.stringMatching(/left out 926 of 930 clips that have no file: blues\.00030/)]);
  });

  it('takes lists in its folder in place of the split built in', async () => {
    const folder = await tree(AUDIO, {
      'train_filtered.txt': '\uFEFFjazz/jazz.00002.au\r\n\r\nrock/rock.00090.au\r\n',
      'valid_filtered.txt': 'blues/blues.00029.wav\n',
      'test_filtered.txt': 'rock/rock.00009.wav\n',
    });
    const dataset = await openGtzan(folder);
    expect(dataset.clips.map(({ id, split }) => [id, split])).toEqual([
      ['jazz.00002', 'train'],
      ['rock.00090', 'train'],
      ['blues.00029', 'valid'],
      ['rock.00009', 'test'],
    ]);
    const files = await dataset.filteredFiles!(new Set(['rock.00090']));
    expect(files.map(({ name, content }) => [name, Buffer.from(content).toString()])).toEqual([
      ['train_filtered.txt', '\uFEFF\r\nrock/rock.00090.au\r\n'],
      ['valid_filtered.txt', 'blues/blues.00029.wav\n'],
      ['test_filtered.txt', 'rock/rock.00009.wav\n'],
    ]);
  });

  it('writes lists that give the kept clips when they are read again', async () => {
    const { clips, filteredFiles } = await openGtzan(await root);
    for (const { name, content } of await filteredFiles!(new Set(['rock.00009']))) {
      await writeFile(join(await root, name), content);
    }
    const again = await openGtzan(await root);
    for (const split of ['train', 'valid', 'test']) await rm(join(await root, `${split}_filtered.txt`));
    expect(again.clips).toEqual(clips.slice(1));
  });

  it('takes artists from a table', async () => {
    const artistsFile = join(await root, 'artists.csv');
    await writeFile(
      artistsFile,
      'clip,artist\nblues.00029,John Lee Hooker\nrock/rock.00009.au,"Queen, The"\njazz.00002,\n',
    );
    const { clips } = await openGtzan(await root, { artistsFile });
    expect(clips.map(({ groups }) => groups?.artist)).toEqual(['John Lee Hooker', 'Queen, The', undefined, undefined]);
    for (const [text, message] of [
      ['clip,artist\nblues.29,x\n', /artists\.csv, line 2: "blues\.29" is no clip of GTZAN/],
      ['clip,artist\nblues.00029,x\nblues.00029.wav,y\n', /line 3: "blues\.00029\.wav" stands there twice/],
      ['file,artist\nblues.00029,x\n', /columns clip and artist/],
    ] as const) {
      await writeFile(artistsFile, text);
      await expect(openGtzan(await root, { artistsFile })).rejects.toThrow(message);
    }
  });

  it('is refused without audio, and with lists that are malformed', async () => {
    await expect(openGtzan(await tree([]))).rejects.toThrow(ConfigError);
    await expect(openGtzan(join(await root, 'nowhere'))).rejects.toThrow(/no folder/);
    const twice = await tree(AUDIO, { 'test_filtered.txt': 'blues/blues.00029.wav\n' });
    await expect(openGtzan(twice)).rejects.toThrow(
      /test_filtered\.txt has blues\.00029, which train_filtered\.txt has/,
    );
    const other = await tree(AUDIO, { 'test_filtered.txt': 'rock/rock.00090.wav\npolka/polka.00001.wav\n' });
    await expect(openGtzan(other)).rejects.toThrow(DataError);
    await expect(openGtzan(other)).rejects.toThrow(
      /test_filtered\.txt, line 2: expected "blues\/blues\.00000\.wav", found "polka/,
    );
  });
});

describeWithData('gtzan-split', 'the published fault-filtered split', () => {
  it.each([
    ['train', 443],
    ['valid', 197],
    ['test', 290],
  ] as const)('is the one built in: %s, %i clips', (split, count) => {
    const lines = readFileSync(testDataPath('gtzan-split', `${split}_filtered.txt`), 'utf8')
      .trim()
      .split('\n');
    const ids = lines.map((line) => line.trim().replace(/^[a-z]+\/|\.(wav|au)$/g, ''));
    expect(filteredSplit(split)).toEqual(ids);
    expect(ids).toHaveLength(count);
  });
});
