import type { Style } from './style.ts';

const ballad: Style = {
  name: 'piano ballad',
  genres: ['pop'],
  beatsPerBar: 4,
  tempo: [58, 88],
  looseness: 11,
  room: 0.26,
  harmony: {
    major: {
      A: [
        'I | V/3 | vi | IV | I/3 | ii7 | IV V7 | I',
        'Iadd9 | vi7 | IVmaj7 | Vsus4 V | I | iii7 | IV | V7',
        'I | iii | IV | iv | I/5 | vi | ii7 V7 | I',
      ],
      B: ['vi | IV | I | V | vi | IV | ii7 | Vsus4 V7', 'IV | V/3 | iii7 | vi | ii7 | V7/V | Vsus4 | V7'],
    },
    minor: {
      A: ['i | bVI | bIII | bVII | i | iv | Vsus4 | V7', 'i | v7 | bVImaj7 | bIII | iv7 | i/3 | iim7b5 | V7'],
      B: ['bIII | bVII | iv | bVI | bIII | bVII | bVI | V7', 'bVI | bVII | i | bIII | bVI | iv | Vsus4 | V7'],
    },
  },
  melody: {
    rhythms: ['x---x-x-x---x---', '..x-x-x-x-------', 'x-----x-x---x-x-', 'x---x---x-x-x-x-'],
    cadences: ['x---x-----------', 'x---------......'],
    leaps: 0.25,
  },
  solo: {
    rhythms: ['x-x-x-x-x---x-x-', '..x-xxx-x-x-x-x-', 'x---x-xxx-x-x---'],
    cadences: ['x-x-x-----------'],
    leaps: 0.28,
  },
  cast: {
    keys: ['piano', 'piano', 'electric piano'],
    lead: ['cello', 'violin', 'flute', 'oboe'],
    strings: ['slow strings', 'strings'],
    guitar: ['nylon guitar', 'steel guitar', 'harp'],
    bass: ['fretless bass', 'fingered bass'],
    drums: ['standard kit', 'brush kit'],
  },
  arrangements: [
    { name: 'intro', section: 'A', dynamic: 0.3, parts: { keys: ['ballad broken', 'nocturne', 'ballad flowing'] } },
    {
      name: 'theme',
      section: 'A',
      dynamic: 0.4,
      parts: { keys: ['nocturne', 'ballad block', 'ballad broken'], 'right hand': 'theme' },
    },
    {
      name: 'with strings',
      section: 'B',
      dynamic: 0.55,
      parts: { keys: 'ballad flowing', 'right hand': 'theme', strings: 'held open chords', bass: 'half roots' },
    },
    { name: 'duet', section: 'A', dynamic: 0.45, parts: { lead: 'theme', keys: ['ballad rich', 'ballad broken'] } },
    {
      name: 'last chorus',
      section: 'B',
      dynamic: 0.75,
      parts: {
        lead: 'theme',
        keys: 'pop piano',
        strings: 'held high chords',
        guitar: 'fingerpicking',
        bass: 'pop bass',
        drums: ['soft pop', 'pop beat'],
      },
    },
    {
      name: 'interlude',
      section: 'B',
      dynamic: 0.35,
      parts: { keys: 'ornamented theme', guitar: ['slow arpeggio', 'fingerpicking'], strings: 'held chords' },
    },
  ],
};

const rock: Style = {
  name: 'rock',
  genres: ['rock'],
  beatsPerBar: 4,
  tempo: [104, 164],
  looseness: 7,
  room: 0.12,
  harmony: {
    mixolydian: {
      A: [
        'I5 | I5 | bVII | IV | I5 | I5 | bVII | IV',
        'I5 | bVII | IV | I5 | I5 | bVII | IV | V',
        'I5 | bIII5 | IV5 | bVII5 | I5 | bIII5 | IV5 | V5',
      ],
      B: ['IV | I | V | vi | IV | I | V | V', 'bVI | bVII | I | I | bVI | bVII | V | V'],
    },
    minor: {
      A: [
        'i5 | i5 | bVI5 | bVII5 | i5 | i5 | bVI5 | bVII5',
        'i5 | bVII | bVI | bVII | i5 | bVII | bVI | V',
        'i | bIII | bVII | iv | i | bIII | bVI | bVII',
      ],
      B: ['bVI | bIII | bVII | i | bVI | bIII | bVII | V', 'iv | bVI | i | bVII | iv | bVI | V | V'],
    },
  },
  melody: {
    rhythms: ['x-x-x---x-x-x---', '..x-x-x-x---x-..', 'x---x-x-..x-x-x-', 'x--x--x-x-------'],
    cadences: ['x-x-x---x-------', 'x-----------....'],
    leaps: 0.28,
  },
  solo: {
    rhythms: ['x-x-xxx-x-x-x---', 'xxx-xxx-x-x-x-x-', 'x---x-xxx-x-xxx-'],
    cadences: ['x-xxx-----------'],
    leaps: 0.3,
  },
  cast: {
    lead: ['overdriven guitar', 'distorted guitar', 'saw lead', 'rock organ'],
    guitar: ['distorted guitar', 'overdriven guitar'],
    clean: ['clean guitar', 'steel guitar', 'muted guitar'],
    keys: ['rock organ', 'piano', 'drawbar organ'],
    bass: ['picked bass', 'fingered bass'],
    drums: ['power kit', 'standard kit'],
  },
  arrangements: [
    {
      name: 'intro',
      section: 'A',
      dynamic: 0.5,
      parts: { clean: ['rock arpeggio', 'driving strum'], drums: ['tambourine', 'half-time rock'] },
    },
    {
      name: 'riff',
      section: 'A',
      dynamic: 0.85,
      parts: { guitar: 'riff', bass: ['eighth roots', 'syncopated rock'], drums: ['rock beat', 'driving rock'] },
    },
    {
      name: 'verse',
      section: 'A',
      dynamic: 0.7,
      parts: { lead: 'theme', clean: 'rock arpeggio', bass: 'eighth roots', drums: 'rock beat' },
    },
    {
      name: 'chorus',
      section: 'B',
      dynamic: 0.95,
      parts: {
        lead: 'theme',
        guitar: ['power chords', 'power held'],
        keys: 'held chords',
        bass: 'driving eighths',
        drums: 'driving rock',
      },
    },
    {
      name: 'solo',
      section: 'B',
      dynamic: 0.9,
      parts: { lead: 'solo', guitar: 'power rhythm', bass: 'syncopated rock', drums: 'rock ride' },
    },
    {
      name: 'breakdown',
      section: 'B',
      dynamic: 0.55,
      parts: { keys: 'held open chords', clean: 'rock arpeggio', bass: 'half roots', drums: 'half-time rock' },
    },
  ],
};

const synthPop: Style = {
  name: 'synth-pop',
  genres: ['pop', 'electronic'],
  beatsPerBar: 4,
  tempo: [100, 132],
  looseness: 2,
  room: 0.2,
  harmony: {
    major: {
      A: [
        'I | V | vi | IV | I | V | vi | IV',
        'vi | IV | I | V | vi | IV | I | V',
        'I | iii | vi | IV | I | iii | IV | V',
      ],
      B: ['IV | V | iii | vi | IV | V | I | I', 'ii | IV | vi | V | ii | IV | V | V'],
    },
    minor: {
      A: ['i | bVI | bIII | bVII | i | bVI | bIII | bVII', 'i | bVII | bVI | bVII | i | v | bVI | bVII'],
      B: ['bVI | bVII | v | i | bVI | bVII | bIII | bVII', 'iv | bVI | bIII | bVII | iv | bVI | bVII | V'],
    },
  },
  melody: {
    rhythms: ['x-x-x-x-x---x---', 'x--x--x-x--x--x-', '..x-x-x-x-x-x---', 'x---x-x-x-x-....'],
    cadences: ['x-x-x---x-------', 'x--x--x---------'],
    leaps: 0.25,
  },
  solo: { rhythms: ['x-xxx-x-x-xxx-x-', 'xxx-x-x-xxx-x-x-'], cadences: ['x-x-x-----------'], leaps: 0.35 },
  cast: {
    lead: ['square lead', 'saw lead', 'clean guitar', 'voices'],
    keys: ['electric piano', 'piano', 'polysynth'],
    pad: ['synth strings', 'warm pad', 'strings'],
    arp: ['polysynth', 'muted guitar', 'square lead'],
    bells: ['glockenspiel', 'celesta'],
    bass: ['synth bass', 'deep synth bass', 'picked bass'],
    drums: ['electronic kit', '808 kit', 'standard kit'],
  },
  arrangements: [
    {
      name: 'intro',
      section: 'A',
      dynamic: 0.5,
      parts: { arp: ['sequencer octaves', 'synth arpeggio'], pad: 'held chords' },
    },
    {
      name: 'verse',
      section: 'A',
      dynamic: 0.6,
      parts: { lead: 'theme', arp: 'synth arpeggio', bass: 'eighth roots', drums: 'electro' },
    },
    {
      name: 'chorus',
      section: 'B',
      dynamic: 0.85,
      parts: {
        lead: 'theme',
        keys: 'gated chords',
        pad: 'held open chords',
        bass: 'offbeat octaves',
        drums: 'synth-pop',
      },
    },
    {
      name: 'second verse',
      section: 'A',
      dynamic: 0.65,
      parts: { lead: 'ornamented theme', keys: 'pop piano', bells: 'counter line', bass: 'pop bass', drums: 'electro' },
    },
    {
      name: 'break',
      section: 'B',
      dynamic: 0.4,
      parts: { keys: ['pop piano', 'half-note chords'], bells: 'theme', pad: 'held chords' },
    },
    {
      name: 'instrumental',
      section: 'B',
      dynamic: 0.8,
      parts: {
        arp: 'solo',
        pad: 'held high chords',
        keys: 'techno offbeat',
        bass: 'offbeat octaves',
        drums: 'synth-pop',
      },
    },
  ],
};

/** Ballads, rock and synth-pop. */
export const POPULAR: readonly Style[] = [ballad, rock, synthPop];
