import type { Style } from './style.ts';

const blues: Style = {
  name: 'blues',
  genres: ['blues'],
  beatsPerBar: 4,
  tempo: [66, 132],
  swing: 0.667,
  looseness: 13,
  room: 0.14,
  harmony: {
    mixolydian: {
      A: [
        'I7 | IV7 | I7 | I7 | IV7 | IV7 | I7 | I7 | V7 | IV7 | I7 | V7',
        'I7 | I7 | I7 | I7 | IV7 | IV7 | I7 | I7 | V7 | IV7 | I7 | V7',
      ],
      B: ['IV7 | IV7 | I7 | I7 | IV7 | IV7 | V7/V | V7', 'I7 | V7/IV | IV7 | iv6 | I7/5 | V7/ii | V7/V V7 | I7 V7'],
    },
    dorian: {
      A: [
        'i7 | i7 | i7 | i7 | iv7 | iv7 | i7 | i7 | bVI7 | V7 | i7 | V7',
        'i7 | iv7 | i7 | i7 | iv7 | iv7 | i7 | i7 | V7 | iv7 | i7 | V7',
      ],
      B: ['iv7 | iv7 | i7 | i7 | iv7 | iv7 | bVI7 | V7'],
    },
  },
  melody: {
    rhythms: ['..x-x-x---......', 'x-x-x---x-......', '....x-x-x-x-----', 'x---x-x-x-x-....'],
    cadences: ['x-x-x---........', 'x-----..........'],
    leaps: 0.35,
  },
  solo: {
    rhythms: ['x-x-x-x-x---....', 'x.xx.xx.xx-.', 'xxxx-.x.xx-.', '..x-x-x-x-x-x---'],
    cadences: ['x-x-x-x---......', 'x.xx--......'],
    leaps: 0.3,
  },
  cast: {
    lead: ['harmonica', 'clean guitar', 'tenor sax', 'overdriven guitar'],
    second: ['tenor sax', 'overdriven guitar', 'harmonica'],
    guitar: ['clean guitar', 'steel guitar'],
    keys: ['honky-tonk piano', 'piano', 'drawbar organ'],
    bass: ['fingered bass', 'double bass'],
    drums: ['standard kit', 'jazz kit'],
  },
  arrangements: [
    { name: 'guitar alone', section: 'A', dynamic: 0.4, parts: { guitar: ['shuffle riff', 'boogie left hand'] } },
    {
      name: 'verse',
      section: 'A',
      dynamic: 0.6,
      parts: { lead: 'theme', guitar: 'shuffle riff', bass: 'shuffle roots', drums: 'shuffle' },
    },
    {
      name: 'stop-time',
      section: 'B',
      dynamic: 0.6,
      parts: { lead: 'theme', keys: 'blues stabs', bass: 'shuffle walk', drums: 'slow blues' },
    },
    {
      name: 'solo',
      section: 'A',
      dynamic: 0.75,
      parts: { second: 'solo', keys: 'slow triplets', guitar: 'blues stabs', bass: 'shuffle walk', drums: 'shuffle' },
    },
    {
      name: 'keys',
      section: 'A',
      dynamic: 0.5,
      parts: { keys: 'solo', guitar: 'shuffle riff', bass: 'walking bass', drums: 'slow blues' },
    },
    {
      name: 'last chorus',
      section: 'B',
      dynamic: 0.9,
      parts: {
        lead: 'solo',
        second: 'counter line',
        keys: 'slow triplets',
        guitar: 'shuffle riff',
        bass: 'shuffle walk',
        drums: 'shuffle',
      },
    },
  ],
};

const soul: Style = {
  name: 'soul',
  genres: ['soul'],
  beatsPerBar: 4,
  tempo: [78, 114],
  swing: 0.53,
  looseness: 10,
  room: 0.15,
  harmony: {
    dorian: {
      A: ['i7 | IV9 | i7 | IV9 | i7 | IV9 | bVIImaj7 | V7', 'i9 | i9 | iv7 | bVII9 | i9 | bIIImaj7 | iv7 | V7'],
      B: ['bIIImaj7 | bVII | iv7 | i7 | bVImaj7 | bIIImaj7 | iv7 | V7'],
    },
    major: {
      A: [
        'Imaj7 | iii7 | IVmaj7 | ii7 V9 | Imaj7 | vi7 | ii7 | V9',
        'I | V7/IV | IVmaj7 | iv6 | iii7 | vi7 | ii7 | V9',
      ],
      B: [
        'IVmaj7 | iii7 | ii7 | Imaj7 | IVmaj7 | iii7 V7/ii | ii7 | V9',
        'vi7 | iii7 | IVmaj7 | Imaj7 | vi7 | V7/V | ii7 | V9',
      ],
    },
  },
  melody: {
    rhythms: ['x--x--x-..x-x-..', '..x-x-xx-.x-....', 'x---..x-x--x--x-', 'x-xx-.x-x---....'],
    cadences: ['x--x------......', 'x-x-x---........'],
    leaps: 0.28,
  },
  solo: {
    rhythms: ['xx.xx.x-x-xx..x-', '..xxx-x-x-x-xx..', 'x-xxx-..xxx-x-..'],
    cadences: ['xxx-x---........'],
    leaps: 0.3,
  },
  cast: {
    lead: ['alto sax', 'trumpet', 'clean guitar', 'tenor sax'],
    keys: ['rhodes', 'electric piano', 'drawbar organ'],
    guitar: ['clean guitar', 'muted guitar'],
    horns: ['brass section'],
    bass: ['slap bass', 'fingered bass'],
    drums: ['standard kit'],
    voices: ['choir', 'voices'],
  },
  arrangements: [
    { name: 'intro', section: 'A', dynamic: 0.45, parts: { keys: 'soul keys', drums: ['soft pop', 'soul beat'] } },
    {
      name: 'verse',
      section: 'A',
      dynamic: 0.55,
      parts: { lead: 'theme', keys: 'soul keys', bass: 'soul bass', drums: 'soul beat' },
    },
    {
      name: 'groove',
      section: 'A',
      dynamic: 0.75,
      parts: { guitar: 'funk scratch', horns: 'horn stabs', keys: 'soul keys', bass: 'funk bass', drums: 'funk beat' },
    },
    {
      name: 'chorus',
      section: 'B',
      dynamic: 0.8,
      parts: {
        lead: 'theme',
        horns: 'horn stabs',
        voices: 'held high chords',
        keys: 'quarter chords',
        bass: 'soul bass',
        drums: 'soul beat',
      },
    },
    {
      name: 'solo',
      section: 'B',
      dynamic: 0.65,
      parts: { lead: 'solo', guitar: 'funk scratch', keys: 'held chords', bass: 'funk bass', drums: 'funk beat' },
    },
    {
      name: 'keys alone',
      section: 'B',
      dynamic: 0.3,
      parts: { keys: ['ballad block', 'soul keys'], voices: 'counter line' },
    },
  ],
};

/** Blues and soul. */
export const BLUES: readonly Style[] = [blues, soul];
