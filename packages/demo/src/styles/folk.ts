import type { Style } from './style.ts';

const songs: Style = {
  name: 'folk song',
  genres: ['folk'],
  beatsPerBar: 4,
  tempo: [82, 128],
  looseness: 12,
  room: 0.14,
  harmony: {
    major: {
      A: [
        'I | I | IV | I | I | vi | V | I',
        'I | V/3 | vi | IV | I | IV V | I | I',
        'I | IV | I | V | I | IV | I/5 V | I',
      ],
      B: ['IV | I | IV | V | IV | I/3 | ii V | I', 'vi | iii | IV | I | vi | V7/V | IV | V'],
    },
    mixolydian: {
      A: ['I | bVII | IV | I | I | bVII | IV | I', 'I | I | bVII | I | IV | I | bVII | I'],
      B: ['IV | I | bVII | I | IV | v | bVII | I'],
    },
    dorian: {
      A: ['i | bVII | i | v | i | bVII | IV | i', 'i | IV | i | bVII | bIII | bVII | i | i'],
      B: ['bIII | bVII | i | IV | bIII | bVII | v | i'],
    },
  },
  melody: {
    rhythms: ['x---x-x-x---x---', 'x-x-x---x-x-x---', 'x---x---x-x-x---', 'x-----x-x---x---'],
    cadences: ['x---x---x-------', 'x---x-----------'],
    leaps: 0.3,
  },
  solo: {
    rhythms: ['x-x-x-x-x-x-x-x-', 'x-xxx-x-x-x-x---', 'x-x-x-xxx-x-x-x-'],
    cadences: ['x-x-x---x-------'],
    leaps: 0.3,
  },
  cast: {
    guitar: ['steel guitar', 'nylon guitar'],
    lead: ['harmonica', 'fiddle', 'mandolin', 'steel guitar'],
    second: ['accordion', 'mandolin', 'flute', 'cello'],
    banjo: ['banjo', 'mandolin'],
    bass: ['double bass', 'fingered bass'],
    drums: ['brush kit', 'standard kit'],
  },
  arrangements: [
    { name: 'guitar alone', section: 'A', dynamic: 0.4, parts: { guitar: ['travis picking', 'fingerpicking'] } },
    { name: 'verse', section: 'A', dynamic: 0.5, parts: { lead: 'theme', guitar: ['fingerpicking', 'boom-chick'] } },
    {
      name: 'refrain',
      section: 'B',
      dynamic: 0.65,
      parts: { lead: 'theme', second: 'harmony', guitar: 'folk strum', bass: 'root and fifth' },
    },
    {
      name: 'with the band',
      section: 'B',
      dynamic: 0.75,
      parts: {
        lead: 'theme',
        banjo: 'rock arpeggio',
        guitar: ['driving strum', 'folk strum'],
        bass: 'two feel',
        drums: ['tambourine', 'soft pop'],
      },
    },
    {
      name: 'break',
      section: 'A',
      dynamic: 0.6,
      parts: { banjo: 'solo', guitar: 'boom-chick', bass: 'root and fifth' },
    },
    {
      name: 'quiet verse',
      section: 'A',
      dynamic: 0.35,
      parts: { second: 'ornamented theme', guitar: 'travis picking', bass: 'half roots' },
    },
  ],
};

const airs: Style = {
  name: 'celtic',
  genres: ['folk'],
  beatsPerBar: 4,
  tempo: [96, 126],
  looseness: 8,
  room: 0.24,
  harmony: {
    dorian: {
      A: ['i | i | bVII | bVII | i | i | bVII v | i', 'i | bVII | i | v | i | bVII | bIII bVII | i'],
      B: ['bIII | bVII | i | bVII | bIII | bVII | i v | i', 'i | i | IV | bVII | i | IV | bVII | i'],
    },
    mixolydian: {
      A: ['I | I | bVII | bVII | I | I | bVII | I', 'I | IV | I | bVII | I | IV | bVII | I'],
      B: ['IV | I | bVII | IV | I | v | bVII | I'],
    },
    major: {
      A: ['I | I | IV | V | I | I | IV V | I', 'I | V | vi | IV | I | V | IV V | I'],
      B: ['vi | IV | I | V | vi | IV | V | I', 'IV | V | I | vi | IV | V | I | I'],
    },
  },
  melody: {
    rhythms: ['x.xxxxx.xxxx', 'xxxx.xx.xx.x', 'x.xx.xxxxx.x', 'xxxxxxx.xx.x'],
    cadences: ['xxxx.xx-----', 'x.xx.xx-----'],
    leaps: 0.35,
  },
  solo: {
    rhythms: ['x-xxx-xxx-x-x-x-', 'x-x-xxx-x-xxx-x-', 'xxx-x-x-xxx-x-x-'],
    cadences: ['x-xxx-x-x-------'],
    leaps: 0.35,
  },
  cast: {
    lead: ['whistle', 'fiddle', 'flute', 'recorder'],
    second: ['fiddle', 'accordion', 'whistle'],
    harp: ['harp'],
    guitar: ['steel guitar', 'mandolin', 'banjo'],
    drone: ['accordion', 'slow strings'],
    bass: ['double bass', 'cello'],
    drums: ['standard kit', 'brush kit'],
  },
  arrangements: [
    { name: 'air', section: 'A', dynamic: 0.3, parts: { harp: ['harp waves', 'rolled chords'], lead: 'theme' } },
    { name: 'harp alone', section: 'B', dynamic: 0.35, parts: { harp: ['harp waves', 'rising arpeggio'] } },
    { name: 'jig', section: 'A', dynamic: 0.65, parts: { lead: 'theme', guitar: 'jig strum', drums: 'jig drums' } },
    {
      name: 'jig together',
      section: 'B',
      dynamic: 0.8,
      parts: {
        lead: 'theme',
        second: 'theme in octaves',
        guitar: 'jig strum',
        drone: 'drone fifths',
        bass: 'jig bass',
        drums: 'jig drums',
      },
    },
    {
      name: 'reel',
      section: 'A',
      dynamic: 0.75,
      parts: { second: 'solo', guitar: 'reel strum', bass: 'root and fifth', drums: 'reel drums' },
    },
    {
      name: 'slow air',
      section: 'B',
      dynamic: 0.4,
      parts: { second: 'ornamented theme', drone: 'held open chords', harp: 'rolled chords' },
    },
  ],
};

/** Folk songs, and Celtic tunes. */
export const FOLK: readonly Style[] = [songs, airs];
