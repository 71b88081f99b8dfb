/**
 * An accompaniment of chords as steps. `C` the whole chord, `U` its upper notes, `D` the whole chord dragged slowly
 * upwards, digits one voice counted from 0 (past the top they go on an octave higher), `B` the bass note well below, `F`
 * the fifth above that, `P` root, fifth and octave, `Q` root, sixth and octave. See `parseSteps` for bars, `.` and `-`.
 */
export interface ChordTexture {
  readonly steps: string;
  /** Notes per chord. */
  readonly voices: number;
  /** Register of the chord's middle as MIDI pitch. */
  readonly centre: number;
  readonly rootless?: boolean;
  readonly open?: boolean;
  /** Delay between neighbouring notes of `C`, `U` and `D`, in beats: a strum or a rolled chord. */
  readonly strum?: number;
  /** Let every note ring on until the chord changes. */
  readonly ringing?: boolean;
}

/** Chord textures by name; four beats to the bar unless the name says three. */
export const CHORD_TEXTURES = {
  'held chords': { steps: 'C---------------', voices: 4, centre: 60 },
  'held open chords': { steps: 'C---------------', voices: 4, centre: 62, open: true },
  'held high chords': { steps: 'C---------------', voices: 3, centre: 74 },
  'drone fifths': { steps: '0--------------- | 0-------1-------', voices: 2, centre: 50, ringing: true },
  'half-note chords': { steps: 'C------- C-------', voices: 4, centre: 60 },
  'quarter chords': { steps: 'C--.C--.C--.C--.', voices: 4, centre: 60 },
  'eighth chords': { steps: 'C.C.C.C.C.C.C.C.', voices: 3, centre: 60 },
  'ballad broken': { steps: 'B-0-1-2-3-2-1-2-', voices: 4, centre: 60, ringing: true },
  'ballad flowing': { steps: 'B-F-1-2-3-2-1-F-', voices: 4, centre: 62, ringing: true },
  'ballad block': { steps: 'B---C---F---C---', voices: 3, centre: 62 },
  'ballad rich': { steps: 'B-01 2-3- C--- 2-1-', voices: 4, centre: 62, ringing: true },
  nocturne: { steps: 'B-F-2-F- B-1-3-1-', voices: 4, centre: 57, ringing: true },
  alberti: { steps: '0-2-1-2-0-2-1-2-', voices: 3, centre: 58 },
  'sixteenth arpeggio': { steps: '0123 2101 2343 2101', voices: 4, centre: 62 },
  'rising arpeggio': { steps: '0-1-2-3-4-5-6-7-', voices: 3, centre: 60, ringing: true },
  'rolled chords': { steps: 'D-------D-------', voices: 5, centre: 62, strum: 0.12, ringing: true },
  'harp sweep': { steps: '0123 4567 6543 2101', voices: 4, centre: 60, ringing: true },
  'folk strum': { steps: 'C---C-U-..U-C-U-', voices: 5, centre: 57, open: true, strum: 0.03 },
  'driving strum': { steps: 'C-U-C-U-C-UUC-U-', voices: 5, centre: 57, open: true, strum: 0.025 },
  fingerpicking: { steps: 'B-2-F-3-B-1-F-2-', voices: 4, centre: 58, ringing: true },
  'travis picking': { steps: 'B-.2F-1-B-.3F-2-', voices: 4, centre: 60, ringing: true },
  'boom-chick': { steps: 'B---C-..F---C-U-', voices: 4, centre: 58, strum: 0.03 },
  charleston: { steps: '..C...C. | C....C.. | ..C..C.. | C--..C..', voices: 4, centre: 58, rootless: true },
  'swing stabs': { steps: '.C..C... | C-...C.. | ..C..... | .C...C..', voices: 4, centre: 62, rootless: true },
  'four to the bar': { steps: 'C-.C-.C-.C-.', voices: 4, centre: 56, rootless: true, strum: 0.02 },
  stride: { steps: 'B---C-..F---C-..', voices: 3, centre: 58 },
  'bossa guitar': { steps: 'C-..C-.C ..C-..C- | .C-.C-.. C-.C-...', voices: 4, centre: 57, rootless: true },
  'bossa broken': {
    steps: '0-2-3-1- ..2-3-.. | 1-3-2-0- .2.3-...',
    voices: 4,
    centre: 60,
    rootless: true,
    ringing: true,
  },
  'power chords': { steps: 'P.P.P.P.P.P.P.P.', voices: 3, centre: 48 },
  'power rhythm': { steps: 'P--P..P.P-..P-P.', voices: 3, centre: 50 },
  'power held': { steps: 'P-----------P-P-', voices: 3, centre: 50 },
  'rock arpeggio': { steps: '0-2-1-3-2-1-3-2-', voices: 4, centre: 60, ringing: true },
  'shuffle riff': { steps: 'P.P Q.Q P.P Q.Q', voices: 3, centre: 52 },
  'blues stabs': { steps: '... C.. ... C.C | ... C.. ..C ...', voices: 4, centre: 62, rootless: true },
  'slow triplets': { steps: 'C-. C-. C-. | C-. C-. C-C', voices: 4, centre: 62 },
  'boogie left hand': { steps: 'B-0 1-2 3-2 1-0', voices: 4, centre: 48 },
  'march afterbeats': { steps: '..C...C...C...C.', voices: 3, centre: 58 },
  fanfare: { steps: 'C--.C.C.C---.... | C--.C.CCC---C---', voices: 3, centre: 62 },
  waltz: { steps: 'B---C-..C-..', voices: 3, centre: 60 },
  'waltz open': { steps: 'B---C---C--. | F---C---C--.', voices: 3, centre: 62 },
  'waltz afterbeats': { steps: '....C-..C-..', voices: 3, centre: 62 },
  'waltz broken': { steps: 'B-1-2-3-2-1-', voices: 4, centre: 60, ringing: true },
  'waltz held': { steps: 'C-----------', voices: 4, centre: 62 },
  'jig strum': { steps: 'C--U-.C--U-U', voices: 4, centre: 58, open: true, strum: 0.03 },
  'reel strum': { steps: 'C-U-C-UUC-U-C-UU', voices: 4, centre: 58, open: true, strum: 0.02 },
  'harp waves': { steps: 'B-0-1-2-3-4-3-2-', voices: 4, centre: 62, ringing: true },
  'techno stabs': { steps: '..C...C...C..C..', voices: 4, centre: 60 },
  'techno offbeat': { steps: '..C-..C-..C-..C-', voices: 3, centre: 64 },
  'gated chords': { steps: 'C.CC.CC.C.CC.CC.', voices: 4, centre: 62 },
  sequencer: { steps: '0121 3121 0212 3132', voices: 4, centre: 58 },
  'sequencer octaves': { steps: '0.40 .4.1 5.15 .2.6', voices: 4, centre: 62 },
  'synth arpeggio': { steps: '0-1-2-3-4-3-2-1-', voices: 4, centre: 66 },
  'pop piano': { steps: 'C---C---C---C-U-', voices: 4, centre: 62 },
  'funk scratch': { steps: 'C..U ..U. .U.C ..U.', voices: 4, centre: 64, rootless: true },
  'soul keys': { steps: 'C--- ..C. ..C- C-..', voices: 4, centre: 60, rootless: true },
  'horn stabs': { steps: '..........C.C-.. | C-......C.C.C-..', voices: 3, centre: 66 },
  swells: { steps: 'C--------------- | ................', voices: 4, centre: 64, open: true },
  'sparse bells': { steps: '....3-------.... | 5-------....2---', voices: 4, centre: 74, ringing: true },
  'slow arpeggio': { steps: '0---1---2---3--- | 4---3---2---1---', voices: 4, centre: 62, ringing: true },
  continuo: { steps: 'C-..C-..C-..C-..', voices: 3, centre: 62, strum: 0.05 },
  'figured sixteenths': { steps: '0212 3212 0212 3212', voices: 4, centre: 62 },
} as const satisfies Record<string, ChordTexture>;

export type ChordTextureName = keyof typeof CHORD_TEXTURES;

/**
 * A bass line as steps. `R` the chord's bass note, `8` it an octave higher, `5` `3` `7` those chord tones above it, `A`
 * the note that leads into the next chord, `W` the next note of a walk.
 */
export const BASS_TEXTURES = {
  'held roots': 'R---------------',
  'half roots': 'R------.R------.',
  'root and fifth': 'R------.5------.',
  'two feel': 'R-----.A 5-----.A',
  'quarter bass': 'R--.R--.5--.R-A-',
  'walking bass': 'W--.W--.W--.W--.',
  'walking with skips': 'W--.W-.WW--.W--. | W--.W--.W-.WW--.',
  'bossa bass': 'R----.R-5----.5-',
  'bossa octaves': 'R----.5-8----.A-',
  'eighth roots': 'R-R-R-R-R-R-R-R-',
  'driving eighths': 'R-R-R-R-R-R-5-A-',
  'syncopated rock': 'R--R..R-R-..5-A-',
  'shuffle walk': 'R-. 3-. 5-. 6-. | 8-. 6-. 5-. 3-.',
  'shuffle roots': 'R-R R-R R-R 5-A',
  'march bass': 'R--.....5--..... | R--.....5--.A---',
  'marching quarters': 'R--.5--.R--.5--.',
  'waltz bass': 'R---........',
  'waltz walk': 'R---5---A---',
  'slow waltz bass': 'R---------.. | 5-------A-..',
  'offbeat octaves': 'R.8.R.8.R.8.R.8.',
  'techno bass': '..RR ..RR ..RR ..R8',
  'rolling bass': '.RRR .RRR .RRR .RR5',
  'pulsing bass': 'RRRR RRRR RRRR RRRR',
  'synth line': 'R..R ..8. R..5 ..A.',
  'funk bass': 'R--. ..8. R.5. 7-8A',
  'soul bass': 'R--. ..R. 5--. 7-A-',
  'running bass': 'W-W-W-W-W-W-W-W-',
  'jig bass': 'R--...5--...',
  'drone bass': 'R---------------',
  'pop bass': 'R--- ..R. R--- 5-A-',
} as const satisfies Record<string, string>;

export type BassTextureName = keyof typeof BASS_TEXTURES;
