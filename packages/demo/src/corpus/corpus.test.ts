import type { Split } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { BASS_TEXTURES } from '../music/bass.ts';
import { CHORD_TEXTURES } from '../music/chords.ts';
import { GROOVES } from '../music/drums.ts';
import { INSTRUMENTS } from '../music/instruments.ts';
import { CLIP_SECONDS, type Corpus, composeCorpus, TRACKS } from './corpus.ts';
import { describeCorpus } from './renderCorpus.ts';

const corpus = composeCorpus(0);
const { clips, tags } = corpus;
const SPLITS: readonly Split[] = ['train', 'valid', 'test'];
const inSplit = (split: Split) => clips.filter((clip) => clip.split === split);
const tracksOf = (split: Split) => new Set(inSplit(split).map(({ trackSlug }) => trackSlug));
const originals = clips.filter(({ copyOf }) => !copyOf);

describe('composeCorpus', () => {
  it('writes the same music for a seed, other music for another', () => {
    const again = composeCorpus(0);
    expect(again.hash).toBe(corpus.hash);
    const played = ({ clips }: Corpus) => JSON.stringify(clips.map(({ performance }) => performance));
    expect(played(again)).toBe(played(corpus));
    expect(composeCorpus(1).hash).not.toBe(corpus.hash);
  });

  it('has at least four excerpts of each track, each arranged differently', () => {
    const slugs = new Set(originals.map(({ trackSlug }) => trackSlug));
    expect(slugs.size).toBe(TRACKS.length);
    expect(slugs.size).toBeGreaterThanOrEqual(48);
    for (const slug of slugs) {
      const excerpts = originals.filter(({ trackSlug }) => trackSlug === slug);
      const arrangements = excerpts.map(({ score, section }) =>
        [section, ...score.parts.map(({ role, texture, instrument }) => `${role} ${texture} ${instrument}`)].join(),
      );
      expect(excerpts.length, slug).toBeGreaterThanOrEqual(4);
      expect(new Set(arrangements).size, slug).toBe(excerpts.length);
      expect(new Set(excerpts.map(({ score }) => score.tempo)).size).toBe(1);
    }
  });

  it('gives every part something to play, within the range of its instrument', () => {
    for (const { id, score } of clips) {
      for (const { instrument, notes, role, texture } of score.parts) {
        expect(notes.length, `${id} ${role} ${texture}`).toBeGreaterThan(0);
        const [low, high] = INSTRUMENTS[instrument].range;
        const wrong = notes.filter(({ pitch, duration }) => pitch < low || pitch > high || !(duration > 0));
        expect(wrong, `${id} ${instrument}`).toEqual([]);
      }
    }
  });

  it('plays to the end of the clip, with velocities that exist', () => {
    for (const { id, performance, start } of clips) {
      expect(
        performance.notes.some(({ off }) => off > start + CLIP_SECONDS - 4),
        id,
      ).toBe(true);
      const wrong = performance.notes.filter(
        ({ velocity, on, off }) => !(velocity >= 1 && velocity <= 127 && off > on && on >= 0),
      );
      expect(wrong, id).toEqual([]);
    }
  });

  it('splits by track, about 60/15/25', () => {
    const all = SPLITS.flatMap((split) => [...tracksOf(split)]);
    expect(new Set(all).size).toBe(all.length);
    expect(tracksOf('train').size / TRACKS.length).toBeCloseTo(0.6, 1);
    expect(tracksOf('valid').size / TRACKS.length).toBeCloseTo(0.15, 1);
  });

  it('has every tag, and clips without it, in every split', () => {
    expect(tags.length).toBeGreaterThan(20);
    for (const tag of tags) {
      for (const split of SPLITS) {
        const having = inSplit(split).filter((clip) => clip.tags.includes(tag)).length;
        expect(having, `${tag} in ${split}`).toBeGreaterThan(0);
        expect(having, `${tag} in ${split}`).toBeLessThan(inSplit(split).length);
      }
    }
  });

  it('shares tags among styles and varies them within', () => {
    const stylesOf = (tag: string) =>
      new Set(clips.filter((clip) => clip.tags.includes(tag)).map(({ track }) => track.style.name));
    for (const tag of ['piano', 'strings', 'brass', 'drums', 'quiet', 'loud', 'fast', 'slow', 'minor'])
      expect(stylesOf(tag).size, tag).toBeGreaterThan(2);
  });

  it('plants copies in the train split only, each of a track of its own', () => {
    const copies = clips.filter(({ copyOf }) => copyOf);
    expect(copies.map(({ copyOf }) => copyOf!.kind).sort()).toEqual([
      ...new Array(6).fill('exact'),
      ...new Array(3).fill('quieter'),
      ...new Array(3).fill('shifted'),
    ]);
    expect(new Set(copies.map(({ trackSlug }) => trackSlug)).size).toBe(12);
    for (const { copyOf, split, tags: own, performance } of copies) {
      const original = clips.find(({ id }) => id === copyOf!.id)!;
      expect([split, original.split]).toEqual(['train', 'train']);
      expect([own, performance]).toEqual([original.tags, original.performance]);
    }
  });

  it('describes itself', () => {
    const described = describeCorpus(corpus);
    expect(described.clips).toHaveLength(clips.length);
    expect(new Set(described.clips.map(({ file }) => file)).size).toBe(clips.length);
    expect(described.clips.filter((clip) => 'copyOf' in clip)).toHaveLength(12);
  });
});

describe('the styles', () => {
  it('give every role of every arrangement to somebody who can play it', () => {
    const textures = { ...GROOVES, ...CHORD_TEXTURES, ...BASS_TEXTURES, ...clips[0]!.composition.sections.A.lines };
    for (const { style } of TRACKS) {
      expect(style.arrangements.length, style.name).toBeGreaterThanOrEqual(4);
      for (const { name, parts } of style.arrangements) {
        for (const [role, texture] of Object.entries(parts)) {
          const players = style.cast[/hand$/.test(role) ? 'keys' : role];
          expect(players, `${style.name}, ${name}: ${role}`).toBeDefined();
          for (const one of [texture].flat()) {
            const isDrumming = players!.every((player) => INSTRUMENTS[player].family === 'drums');
            expect(textures, `${style.name}, ${name}: ${role}`).toHaveProperty([one]);
            expect(one in GROOVES, `${style.name}, ${name}: ${role}`).toBe(isDrumming);
          }
        }
      }
    }
  });

  it('have patterns without stray signs', () => {
    for (const [name, { steps }] of Object.entries(CHORD_TEXTURES)) expect(steps, name).toMatch(/^[CUBFPQ0-7.\-| ]+$/);
    for (const [name, steps] of Object.entries(BASS_TEXTURES)) expect(steps, name).toMatch(/^[R83576A.\-| ]+$/);
    for (const [name, { pattern, fills }] of Object.entries(GROOVES)) {
      for (const [, steps] of pattern) expect(steps, name).toMatch(/^[Xxog.|]+$/);
      for (const fill of fills) expect(GROOVES, name).toHaveProperty([fill]);
    }
  });
});
