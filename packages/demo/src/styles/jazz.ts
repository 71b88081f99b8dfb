import type { Style } from './style.ts';

const swing: Style = {
  name: 'swing',
  genres: ['jazz'],
  beatsPerBar: 4,
  tempo: [112, 204],
  swing: 0.65,
  looseness: 12,
  room: 0.16,
  harmony: {
    major: {
      A: [
        'Imaj7 V7/ii | ii7 V7 | iii7 V7/ii | ii7 V7 | Imaj7 V7/IV | IVmaj7 iv6 | iii7 V7/ii | ii7 V7',
        'ii7 | V7 | Imaj7 | IVmaj7 | viim7b5 | V7/vi | vi7 | V7/ii',
        'Imaj7 | V7/V | ii7 | V7 | Imaj7 | V7/ii | ii7 V7 | I6',
      ],
      B: [
        'V7/vi | V7/vi | V7/ii | V7/ii | V7/V | V7/V | V7 | V7',
        'IVmaj7 | iv6 | iii7 | V7/ii | ii7 | V7/V | ii7 | V7',
      ],
    },
    minor: {
      A: [
        'i6 | iim7b5 V7 | i6 | v7 V7/iv | iv7 | iim7b5 V7 | i6 | iim7b5 V7',
        'iv7 | bVII7 | bIIImaj7 | bVImaj7 | iim7b5 | V7 | i6 | i6',
      ],
      B: [
        'iv7 | bVII7 | bIIImaj7 | bVImaj7 | iim7b5 | V7 | i6 | V7/iv',
        'v7 | V7/iv | iv7 | iv7 | iv7 | bVII7 | bIIImaj7 | iim7b5 V7',
      ],
    },
  },
  melody: {
    rhythms: ['x---x-x-..x---..', '..x-x-x-x---x-..', 'x--.x-x---x-....', 'x-x-x---..x-x---'],
    cadences: ['x-x-x-----......', 'x---..x---------'],
    leaps: 0.35,
  },
  solo: {
    rhythms: ['x-x-x-x-x-x-x-x-', '..x-x-x-x-x-x-x-', 'x-x-x-x-x-..x-x-', 'x---..x-x-x-x-x-'],
    cadences: ['x-x-x-x---......', 'x-x---..........'],
    leaps: 0.3,
  },
  cast: {
    lead: ['tenor sax', 'muted trumpet', 'vibraphone', 'clarinet'],
    second: ['trumpet', 'alto sax', 'trombone'],
    keys: ['piano', 'bright piano'],
    guitar: ['jazz guitar'],
    bass: ['double bass'],
    drums: ['jazz kit', 'brush kit'],
  },
  arrangements: [
    {
      name: 'head',
      section: 'A',
      dynamic: 0.55,
      parts: { lead: 'theme', keys: 'charleston', bass: 'two feel', drums: ['brushes', 'swing ride'] },
    },
    {
      name: 'bridge',
      section: 'B',
      dynamic: 0.6,
      parts: { lead: 'theme', second: 'counter line', keys: 'swing stabs', bass: 'walking bass', drums: 'swing ride' },
    },
    {
      name: 'solo',
      section: 'A',
      dynamic: 0.65,
      parts: { lead: 'solo', keys: ['swing stabs', 'charleston'], bass: 'walking with skips', drums: 'swing comping' },
    },
    {
      name: 'piano solo',
      section: 'A',
      dynamic: 0.5,
      parts: { keys: 'solo', bass: 'walking bass', drums: ['brushes', 'swing ride'] },
    },
    {
      name: 'guitar and bass',
      section: 'B',
      dynamic: 0.35,
      parts: { guitar: 'four to the bar', lead: 'ornamented theme', bass: 'walking bass' },
    },
    {
      name: 'shout chorus',
      section: 'B',
      dynamic: 0.85,
      parts: {
        lead: 'theme',
        second: 'harmony',
        keys: 'swing stabs',
        guitar: 'four to the bar',
        bass: 'walking bass',
        drums: 'swing comping',
      },
    },
  ],
};

const bossa: Style = {
  name: 'bossa nova',
  genres: ['jazz', 'latin'],
  beatsPerBar: 4,
  tempo: [112, 148],
  looseness: 9,
  room: 0.2,
  harmony: {
    major: {
      A: [
        'Imaj9 | Imaj9 | V9/V | V9/V | ii9 | V9 | Imaj9 | V9',
        'Imaj7 | viim7b5 V7/vi | vi7 | v7 V7/IV | IVmaj7 | iv6 | iii7 V7/ii | ii7 V7',
        'Imaj9 | vi7 | ii9 | V9 | iii7 | V7/ii | ii9 | V9',
      ],
      B: [
        'IVmaj7 | bVII9 | iii7 | V7/ii | ii7 | bVII9 | Imaj7 | V9',
        'iv6 | bVII9 | bIIImaj7 | bVImaj7 | ii9 | V9 | Imaj9 | Imaj9',
      ],
    },
    minor: {
      A: [
        'i9 | i9 | iim7b5 | V7 | i9 | V7/iv | iv7 | V7',
        'i7 | bVImaj7 | iim7b5 | V7 | i7 | iv7 bVII9 | bIIImaj7 bVImaj7 | iim7b5 V7',
      ],
      B: [
        'iv7 | bVII9 | bIIImaj7 | bVImaj7 | iim7b5 | V7 | i9 | i9',
        'bIIImaj7 | v7 V7/iv | iv7 | bVII9 | bIIImaj7 | bVImaj7 | iim7b5 | V7',
      ],
    },
  },
  melody: {
    rhythms: ['x-----x---x-----', '..x---x---x-x---', 'x---x-..x---x-..', 'x-----x-x-----x-'],
    cadences: ['x---------......', '..x---x---------'],
    leaps: 0.25,
  },
  solo: {
    rhythms: ['x-x-..x-x-x-x---', '..x-x-x-..x-x-x-', 'x---x-x-x-..x-x-'],
    cadences: ['x-x-x---........', 'x-x-x-----------'],
    leaps: 0.3,
  },
  cast: {
    lead: ['flute', 'alto sax', 'soprano sax', 'nylon guitar'],
    second: ['flute', 'vibraphone', 'voices'],
    guitar: ['nylon guitar'],
    keys: ['piano', 'rhodes'],
    strings: ['slow strings', 'strings'],
    bass: ['double bass', 'fretless bass'],
    drums: ['jazz kit', 'standard kit'],
  },
  arrangements: [
    { name: 'guitar alone', section: 'A', dynamic: 0.3, parts: { guitar: ['bossa guitar', 'bossa broken'] } },
    {
      name: 'theme',
      section: 'A',
      dynamic: 0.45,
      parts: { lead: 'theme', guitar: 'bossa guitar', bass: 'bossa bass', drums: 'bossa light' },
    },
    {
      name: 'bridge',
      section: 'B',
      dynamic: 0.5,
      parts: {
        lead: 'theme',
        strings: 'held open chords',
        guitar: 'bossa guitar',
        bass: 'bossa bass',
        drums: 'bossa drums',
      },
    },
    {
      name: 'solo',
      section: 'A',
      dynamic: 0.55,
      parts: { second: 'solo', keys: 'bossa guitar', bass: 'bossa octaves', drums: 'bossa drums' },
    },
    {
      name: 'keys',
      section: 'B',
      dynamic: 0.4,
      parts: { keys: ['solo', 'ornamented theme'], guitar: 'bossa broken', bass: 'bossa bass', drums: 'bossa light' },
    },
    {
      name: 'two voices',
      section: 'A',
      dynamic: 0.6,
      parts: {
        lead: 'theme',
        second: 'harmony',
        strings: 'held chords',
        guitar: 'bossa guitar',
        bass: 'bossa octaves',
        drums: 'bossa drums',
      },
    },
  ],
};

/** Swing and bossa nova. */
export const JAZZ: readonly Style[] = [swing, bossa];
