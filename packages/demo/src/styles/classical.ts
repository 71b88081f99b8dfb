import type { Style } from './style.ts';

const quartet: Style = {
  name: 'string quartet',
  genres: ['classical'],
  beatsPerBar: 4,
  tempo: [66, 112],
  looseness: 9,
  room: 0.3,
  harmony: {
    major: {
      A: [
        'I | V/3 | vi | I/5 V | I | ii/3 V7 | I/3 IV | V7 I',
        'I IV | I/5 V | I vi | ii/3 V | I V7/vi | vi IV | ii/3 V7 | I',
        'I V7/3 | I | IV I/3 | V | I V7/IV | IV ii/3 | I/5 V7 | I',
      ],
      B: ['vi | V7/V | V | V/3 | ii V7/ii | ii | I/5 V7 | I', 'V | I/3 | ii V7/V | V | V7/vi vi | IV ii | I/5 V7 | I'],
    },
    minor: {
      A: [
        'i | V/3 | i/3 iv | V | i | iv i/5 | iim7b5/3 V7 | i',
        'i iv | i/5 V | i bVI | iv V | i V7/iv | iv bVI | iim7b5/3 V7 | i',
      ],
      B: [
        'bIII | bVII | iv | V7/V V | bIII bVI | iv i/3 | iim7b5 V7 | i',
        'bVI | bIII | iv i/3 | V | i V7/iv | iv | i/5 V7 | i',
      ],
    },
  },
  melody: {
    rhythms: ['x---x---x---x-x-', 'x-----x-x---x---', 'x---x-x-x-------', 'x-------x---x---'],
    cadences: ['x---x---x-------', 'x-x-x---x-------'],
    leaps: 0.2,
  },
  solo: {
    rhythms: ['x-x-x-x-x-x-x-x-', 'x---x-x-x-x-x-x-', 'x--xx-x-x---x-x-'],
    cadences: ['x-x-x-x-x-------'],
    leaps: 0.25,
  },
  cast: {
    first: ['violin'],
    second: ['violin', 'viola'],
    viola: ['viola'],
    cello: ['cello'],
    plucked: ['pizzicato'],
    wind: ['oboe', 'clarinet', 'flute', 'horn'],
  },
  arrangements: [
    {
      name: 'hymn',
      section: 'A',
      dynamic: 0.4,
      parts: { first: 'chorale soprano', second: 'chorale alto', viola: 'chorale tenor', cello: 'chorale bass' },
    },
    {
      name: 'theme',
      section: 'A',
      dynamic: 0.55,
      parts: { first: 'theme', second: 'pulsing alto', viola: 'pulsing tenor', cello: 'chorale bass' },
    },
    { name: 'duo', section: 'A', dynamic: 0.3, parts: { first: 'ornamented theme', cello: 'counter line' } },
    {
      name: 'middle',
      section: 'B',
      dynamic: 0.7,
      parts: { first: 'theme', second: 'harmony', viola: 'alberti', cello: 'quarter bass' },
    },
    {
      name: 'with a guest',
      section: 'B',
      dynamic: 0.5,
      parts: { wind: 'theme', second: 'chorale alto', viola: 'chorale tenor', cello: 'chorale bass' },
    },
    {
      name: 'plucked',
      section: 'A',
      dynamic: 0.35,
      parts: { first: ['theme', 'ornamented theme'], plucked: ['ballad block', 'alberti'] },
    },
    {
      name: 'variation',
      section: 'A',
      dynamic: 0.75,
      parts: { first: 'solo', second: 'pulsing alto', viola: 'pulsing tenor', cello: 'pulsing bass' },
    },
  ],
};

const baroque: Style = {
  name: 'baroque chamber music',
  genres: ['classical'],
  beatsPerBar: 4,
  tempo: [72, 108],
  looseness: 6,
  room: 0.22,
  harmony: {
    major: {
      A: [
        'I | V/3 | vi I/3 | IV V | I IV | viio/3 I | ii/3 V7 | I',
        'I V/3 | I IV | ii V | I | vi ii | V7 I | ii/3 V7 | I',
      ],
      B: [
        'V | I | V7/ii ii | V7 I | IV viio/3 | iii vi | ii V7 | I',
        'vi | V7/vi vi | V7/V V | V7 I | vi ii | V7 I/3 | IV V7 | I',
      ],
    },
    minor: {
      A: [
        'i | V/3 | i iv | bVII bIII | bVI iv | V7 i | iim7b5/3 V7 | i',
        'i V/3 | i iv | iim7b5 V | i | iv bVII | bIII bVI | iim7b5 V7 | i',
      ],
      B: [
        'bIII | bVII | bVI | V7 | i iv | bVII bIII | iim7b5 V7 | i',
        'v | i | iv bVII | bIII | bVI iv | V7 i | iim7b5/3 V7 | i',
      ],
    },
  },
  melody: {
    rhythms: ['x-x-xxx-x-x-x-x-', 'x-xxx-x-x-x-x-x-', 'x---x-x-x-xxx-x-', 'xxxxx-x-x-x-x---'],
    cadences: ['x-x-x-xxx-------', 'x-x-x---x-------'],
    leaps: 0.3,
  },
  solo: {
    rhythms: ['xxxxxxxxxxxxxxxx', 'x-xxxxxxx-xxxxxx', 'xxxxxxxxx-x-x-x-'],
    cadences: ['xxxxxxx-x-------'],
    leaps: 0.32,
  },
  cast: {
    lead: ['recorder', 'violin', 'oboe', 'flute'],
    second: ['violin', 'recorder', 'oboe'],
    keys: ['harpsichord'],
    bass: ['cello', 'bassoon'],
    organ: ['church organ'],
    strings: ['strings'],
  },
  arrangements: [
    { name: 'prelude', section: 'A', dynamic: 0.5, parts: { keys: ['figured sixteenths', 'alberti'] } },
    { name: 'invention', section: 'A', dynamic: 0.5, parts: { keys: 'solo', 'left hand': 'running bass' } },
    { name: 'sonata', section: 'A', dynamic: 0.55, parts: { lead: 'theme', keys: 'continuo', bass: 'running bass' } },
    {
      name: 'trio',
      section: 'B',
      dynamic: 0.6,
      parts: { lead: 'theme', second: 'harmony', keys: 'continuo', bass: ['running bass', 'root and fifth'] },
    },
    {
      name: 'tutti',
      section: 'B',
      dynamic: 0.8,
      parts: { lead: 'solo', strings: 'quarter chords', keys: 'eighth chords', bass: 'driving eighths' },
    },
    {
      name: 'chorale prelude',
      section: 'B',
      dynamic: 0.6,
      parts: { lead: 'ornamented theme', organ: 'half-note chords', bass: 'running bass' },
    },
  ],
};

/** Chamber music. */
export const CLASSICAL: readonly Style[] = [quartet, baroque];
