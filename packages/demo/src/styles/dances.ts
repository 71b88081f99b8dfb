import type { Style } from './style.ts';

const waltz: Style = {
  name: 'waltz',
  genres: ['classical', 'dance'],
  beatsPerBar: 3,
  tempo: [92, 186],
  looseness: 10,
  room: 0.28,
  harmony: {
    major: {
      A: [
        'I | I | V7/5 | V7 | ii | V7 | I | I',
        'I | vi | ii | V7 | I | V7/ii | ii V7 | I',
        'I | Imaj7 | I6 | V7/ii | ii | V7/5 | V7 | I',
      ],
      B: ['IV | iv | I/5 | V7/ii | ii | V7 | I | I', 'V7/vi | vi | V7/ii | ii | IV | I/5 | V7 | I'],
    },
    minor: {
      A: ['i | i | iv | iv | V7 | V7 | i | i', 'i | V7/3 | i/3 | iv | iim7b5 | V7 | i | i'],
      B: ['bIII | bVII | bVI | bIII | iv | i/5 | V7 | i', 'iv | bVII | bIII | bVI | iim7b5 | V7 | i | i'],
    },
  },
  melody: {
    rhythms: ['x-------x---', 'x---x---x---', 'x-----x-x-x-', 'x-----------'],
    cadences: ['x-----------', 'x---x-------'],
    leaps: 0.35,
  },
  solo: {
    rhythms: ['x-x-x-x-x-x-', 'x---x-x-x-x-', '..x-x-x-x-x-'],
    cadences: ['x-x-x-------', 'x-----------'],
    leaps: 0.3,
  },
  cast: {
    lead: ['accordion', 'violin', 'clarinet', 'flute'],
    second: ['flute', 'clarinet', 'accordion'],
    keys: ['piano', 'bright piano'],
    plucked: ['harp', 'pizzicato'],
    strings: ['strings'],
    bass: ['double bass', 'cello'],
    drums: ['orchestral kit', 'brush kit'],
  },
  arrangements: [
    {
      name: 'solo piano',
      section: 'A',
      dynamic: 0.4,
      parts: { keys: ['waltz', 'waltz open', 'waltz broken'], 'right hand': 'theme' },
    },
    {
      name: 'theme',
      section: 'A',
      dynamic: 0.5,
      parts: { lead: 'theme', keys: ['waltz', 'waltz open'], bass: 'waltz bass' },
    },
    {
      name: 'middle',
      section: 'B',
      dynamic: 0.6,
      parts: { second: 'theme', plucked: 'waltz broken', strings: 'waltz held', bass: 'waltz walk' },
    },
    {
      name: 'ballroom',
      section: 'B',
      dynamic: 0.85,
      parts: {
        lead: 'theme',
        second: 'harmony',
        strings: 'waltz afterbeats',
        keys: 'waltz',
        bass: 'waltz bass',
        drums: 'waltz drums',
      },
    },
    {
      name: 'variation',
      section: 'A',
      dynamic: 0.6,
      parts: { lead: 'solo', strings: 'waltz held', plucked: 'waltz afterbeats', bass: 'waltz bass' },
    },
    {
      name: 'harp and strings',
      section: 'A',
      dynamic: 0.3,
      parts: { strings: 'waltz held', plucked: ['waltz broken', 'waltz'], second: 'ornamented theme' },
    },
  ],
};

const march: Style = {
  name: 'brass march',
  genres: ['march'],
  beatsPerBar: 4,
  tempo: [96, 126],
  looseness: 7,
  room: 0.25,
  harmony: {
    major: {
      A: [
        'I | I | V7 | I | IV | I/5 | V7/V | V7 I',
        'I | V/3 | vi iii | IV V | I | V7/IV IV | I/5 V7 | I',
        'I IV | I | V7/V | V7 | I | IV iv | I/5 V7 | I',
      ],
      B: ['IV | IV | I/5 | V7/ii | ii | V7/V | V7 | I', 'vi | V7/vi | vi | V7/V | I/5 | V7/ii ii | V7 | I'],
    },
    minor: {
      A: ['i | i | V7 | i | iv | i/5 | V7/V | V7', 'i | bVII | bIII | V7 | i iv | bVI | iim7b5 V7 | i'],
      B: ['bIII | bIII | bVII | bIII | iv | i/5 | V7 | i', 'bVI | bIII | iv | V7 | bVI bIII | iv i/5 | V7 | i'],
    },
  },
  melody: {
    rhythms: ['x---x--xx---x---', 'x--xx--xx---x---', 'x-----x-x---x---', 'x---x-x-x---x-x-'],
    cadences: ['x---x---x-------', 'x--xx---x-------'],
    leaps: 0.38,
  },
  solo: {
    rhythms: ['x-xxx-x-x-xxx-x-', 'x-x-x-x-x-x-x-x-', 'xxx-xxx-x-x-x-x-'],
    cadences: ['x-x-x---x-------'],
    leaps: 0.35,
  },
  cast: {
    lead: ['trumpet', 'brass section'],
    second: ['horn', 'trombone', 'clarinet'],
    high: ['piccolo', 'flute', 'glockenspiel'],
    middle: ['trombone', 'horn'],
    bass: ['tuba'],
    drums: ['orchestral kit', 'standard kit'],
  },
  arrangements: [
    {
      name: 'fanfare',
      section: 'A',
      dynamic: 0.8,
      parts: { lead: 'fanfare', middle: 'half-note chords', drums: ['light march', 'march'] },
    },
    {
      name: 'theme',
      section: 'A',
      dynamic: 0.8,
      parts: { lead: 'theme', middle: 'march afterbeats', bass: 'march bass', drums: 'march' },
    },
    {
      name: 'trio',
      section: 'B',
      dynamic: 0.45,
      parts: { second: 'theme', middle: 'half-note chords', bass: 'half roots', drums: 'light march' },
    },
    {
      name: 'piccolo strain',
      section: 'A',
      dynamic: 0.75,
      parts: { high: 'solo', lead: 'theme', middle: 'march afterbeats', bass: 'marching quarters', drums: 'march' },
    },
    {
      name: 'last time',
      section: 'B',
      dynamic: 1,
      parts: {
        lead: 'theme',
        second: 'harmony',
        high: 'theme in octaves',
        middle: 'eighth chords',
        bass: 'marching quarters',
        drums: 'march',
      },
    },
    {
      name: 'chorale',
      section: 'B',
      dynamic: 0.35,
      parts: { lead: 'chorale soprano', second: 'chorale alto', middle: 'chorale tenor', bass: 'chorale bass' },
    },
  ],
};

/** Waltzes and marches. */
export const DANCES: readonly Style[] = [waltz, march];
