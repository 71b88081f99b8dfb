import type { Style } from './style.ts';

const techno: Style = {
  name: 'techno',
  genres: ['electronic', 'dance'],
  beatsPerBar: 4,
  tempo: [122, 140],
  looseness: 1,
  room: 0.16,
  harmony: {
    minor: {
      A: ['i7 | i7 | i7 | i7 | bVImaj7 | bVImaj7 | v7 | v7', 'i | i | bVII | bVII | bVI | bVI | bVII | bVII'],
      B: ['iv7 | iv7 | i7 | i7 | bVI | bVI | v7 | v7', 'bVI | bVII | i | bIII | bVI | bVII | i | v'],
    },
    phrygian: {
      A: ['i | i | bII | i | i | i | bII | bIII', 'i7 | i7 | i7 | i7 | bIImaj7 | bIImaj7 | i7 | i7'],
      B: ['bII | bII | i | i | bIII | bII | i | i'],
    },
    dorian: {
      A: ['i9 | i9 | i9 | i9 | IV7 | IV7 | i9 | i9', 'i7 | i7 | bVII | bVII | IV | IV | i7 | i7'],
      B: ['bIIImaj7 | bIIImaj7 | IV | IV | i7 | i7 | bVII | bVII'],
    },
  },
  melody: {
    rhythms: ['x..x..x.x..x..x.', 'x.x..x..x.x..x..', '..x...x...x.x...', 'x..x..x.........'],
    cadences: ['x..x..x.x-------', 'x..x..x.........'],
    leaps: 0.3,
  },
  solo: { rhythms: ['xxx.xx.xxx.xx.x.', 'x.xxx.xxx.xxx.xx'], cadences: ['xxx.x.x.........'], leaps: 0.4 },
  cast: {
    lead: ['square lead', 'saw lead', 'muted guitar', 'vibraphone'],
    arp: ['polysynth', 'square lead', 'electric piano'],
    stabs: ['polysynth', 'drawbar organ', 'piano'],
    pad: ['sweep pad', 'synth strings', 'choir'],
    bass: ['synth bass', 'deep synth bass'],
    drums: ['electronic kit', '808 kit'],
  },
  arrangements: [
    {
      name: 'build-up',
      section: 'A',
      dynamic: 0.6,
      parts: { arp: ['sequencer', 'sequencer octaves'], drums: 'techno hats', bass: 'pulsing bass' },
    },
    {
      name: 'groove',
      section: 'A',
      dynamic: 0.85,
      parts: { stabs: 'techno stabs', bass: ['rolling bass', 'techno bass'], drums: 'techno full' },
    },
    {
      name: 'theme',
      section: 'A',
      dynamic: 0.85,
      parts: { lead: 'theme', arp: 'sequencer', bass: 'offbeat octaves', drums: 'four on the floor' },
    },
    {
      name: 'break',
      section: 'B',
      dynamic: 0.4,
      parts: { pad: 'held open chords', arp: ['slow arpeggio', 'synth arpeggio'] },
    },
    {
      name: 'peak',
      section: 'B',
      dynamic: 0.95,
      parts: {
        lead: 'riff',
        stabs: 'techno offbeat',
        pad: 'held high chords',
        bass: 'techno bass',
        drums: 'techno full',
      },
    },
    {
      name: 'pads and drums',
      section: 'B',
      dynamic: 0.7,
      parts: { pad: 'gated chords', lead: 'theme', bass: 'synth line', drums: ['electro', 'four on the floor'] },
    },
  ],
};

const ambient: Style = {
  name: 'ambient',
  genres: ['ambient'],
  beatsPerBar: 4,
  tempo: [54, 84],
  looseness: 14,
  room: 0.45,
  harmony: {
    lydian: {
      A: ['Imaj7 | Imaj7 | II/3 | II | Imaj7 | vi7 | II | II', 'Imaj9 | Imaj9 | iii7 | iii7 | II | II | Imaj9 | Imaj9'],
      B: ['vi7 | vi7 | Vmaj7 | Vmaj7 | Imaj7 | Imaj7 | II | II'],
    },
    dorian: {
      A: ['i9 | i9 | IV | IV | i9 | bVII | IV | IV', 'i7 | bIIImaj7 | IV | i7 | bVIImaj7 | bVIImaj7 | i7 | i7'],
      B: ['bIIImaj7 | bVII | IV | i7 | bIIImaj7 | v7 | IV | IV'],
    },
    minor: {
      A: ['i9 | bVImaj7 | bVImaj7 | i9 | bIIImaj7 | bIIImaj7 | bVII | bVII'],
      B: ['iv9 | iv9 | bVImaj7 | bVImaj7 | i9 | i9 | v7 | v7'],
    },
  },
  melody: {
    rhythms: ['x---------------', 'x-------x-------', '....x-------x---', 'x-----------x---'],
    cadences: ['x---------------', '....x-----------'],
    leaps: 0.45,
  },
  solo: { rhythms: ['x---x---x-------', '..x---x---x-----'], cadences: ['x---------------'], leaps: 0.4 },
  cast: {
    pad: ['warm pad', 'halo pad', 'slow strings', 'sweep pad'],
    second: ['glass pad', 'choir', 'synth strings'],
    lead: ['pan flute', 'electric piano', 'cello', 'clean guitar'],
    bells: ['vibraphone', 'celesta', 'harp', 'piano'],
    bass: ['deep synth bass', 'fretless bass'],
    drums: ['808 kit', 'electronic kit'],
  },
  arrangements: [
    { name: 'opening', section: 'A', dynamic: 0.25, parts: { pad: 'held open chords', second: 'swells' } },
    {
      name: 'bells',
      section: 'A',
      dynamic: 0.3,
      parts: { pad: 'held chords', bells: ['sparse bells', 'slow arpeggio'], bass: 'held roots' },
    },
    {
      name: 'melody',
      section: 'A',
      dynamic: 0.35,
      parts: { pad: 'held open chords', lead: 'theme', bass: 'held roots' },
    },
    {
      name: 'middle',
      section: 'B',
      dynamic: 0.45,
      parts: {
        pad: 'held chords',
        second: 'counter line',
        bells: 'slow arpeggio',
        bass: 'half roots',
        drums: ['soft machine', 'tom pulse'],
      },
    },
    { name: 'alone', section: 'B', dynamic: 0.2, parts: { bells: ['slow arpeggio', 'rising arpeggio'] } },
    {
      name: 'choir of pads',
      section: 'B',
      dynamic: 0.5,
      parts: {
        pad: 'held open chords',
        second: 'held high chords',
        lead: 'theme',
        bells: 'sparse bells',
        bass: 'held roots',
      },
    },
  ],
};

/** Techno and ambient music. */
export const ELECTRONIC: readonly Style[] = [techno, ambient];
