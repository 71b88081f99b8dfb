/** General MIDI keys of the drums that grooves use. */
export const DRUMS = {
  kick: 36,
  stick: 37,
  snare: 38,
  clap: 39,
  hat: 42,
  pedal: 44,
  openHat: 46,
  lowTom: 43,
  midTom: 47,
  highTom: 50,
  // The second crash: on an orchestral kit the first one's key is a timpani.
  crash: 57,
  ride: 51,
  bell: 53,
  tambourine: 54,
  shaker: 70,
  congaHigh: 63,
  congaLow: 64,
  claves: 75,
  woodblock: 76,
  triangle: 81,
} as const;

export type Drum = keyof typeof DRUMS;

type Pattern = { readonly [D in Drum]?: string };

/**
 * A drum pattern: per drum its steps (`X` accent, `x` plain, `o` soft, `g` ghost), and the bars that may take its place
 * at the end of a phrase.
 */
export interface Groove {
  readonly pattern: Pattern;
  readonly fills: readonly Pattern[];
}

const ROCK_FILLS: readonly Pattern[] = [
  { kick: 'x...x...x.......', snare: '....x.......xxXX', hat: 'x.x.x.x.x.x.....' },
  {
    kick: 'x.......x.......',
    snare: '....X...xx......',
    highTom: '..........xx....',
    midTom: '............xx..',
    lowTom: '..............XX',
  },
  {
    kick: 'x...x...x...x...',
    snare: '....x..x....x.X.',
    highTom: '.........x.x....',
    lowTom: '.............x.X',
    hat: 'x.x.x.x.........',
  },
];
const SWING_FILLS: readonly Pattern[] = [
  { ride: 'x..x.xx..x.x', snare: '......g.gx.X', pedal: '...x.....x..' },
  { ride: 'x..x.x......', snare: '......x.xx.x', kick: '...........X' },
];
const DANCE_FILLS: readonly Pattern[] = [
  { kick: 'X...X...X...X...', clap: '....x.......x.x.', snare: '..........oxxxXX', hat: '..x...x...x...x.' },
  { kick: 'X...X...X.......', snare: 'x..x..x.x.x.xxXX', hat: '..x...x...x...x.' },
];

/** Grooves by name; four beats to the bar unless the name says otherwise. */
export const GROOVES = {
  'rock beat': {
    pattern: { kick: 'X.......X.x.....', snare: '....X.......X...', hat: 'x.o.x.o.x.o.x.o.' },
    fills: ROCK_FILLS,
  },
  'driving rock': {
    pattern: { kick: 'X.....x.X.x.....', snare: '....X.......X..g', hat: 'X.x.X.x.X.x.X.x.' },
    fills: ROCK_FILLS,
  },
  'half-time rock': {
    pattern: { kick: 'X.....x.........', snare: '........X.......', ride: 'x.o.x.o.x.o.x.o.' },
    fills: ROCK_FILLS,
  },
  'rock ride': {
    pattern: { kick: 'X..x..x.X.....x.', snare: '....X.......X...', ride: 'X.o.x.o.X.o.x.o.' },
    fills: ROCK_FILLS,
  },
  'pop beat': {
    pattern: { kick: 'X.......X..x....', snare: '....x.......x...', hat: 'xoxoxoxoxoxoxoxo' },
    fills: ROCK_FILLS,
  },
  'soft pop': {
    pattern: { kick: 'x.......x.......', stick: '....x.......x...', hat: 'o.o.o.o.o.o.o.o.' },
    fills: ROCK_FILLS.slice(2),
  },
  tambourine: { pattern: { tambourine: 'o.x.o.x.o.x.o.x.', kick: 'x.......x.......' }, fills: [] },
  shaker: { pattern: { shaker: 'xoxoxoxoxoxoxoxo' }, fills: [] },
  brushes: {
    pattern: { snare: 'o..x.go..x.g', pedal: '...x.....x..', kick: 'o.....o.....' },
    fills: SWING_FILLS.slice(0, 1),
  },
  'swing ride': {
    pattern: { ride: 'x..X.xx..X.x', pedal: '...x.....x..', kick: 'o.....o.....', snare: '.....g......' },
    fills: SWING_FILLS,
  },
  'swing comping': {
    pattern: {
      ride: 'x..X.xx..X.x|x..X.xx..X.x',
      pedal: '...x.....x..|...x.....x..',
      snare: '.....o......|..g.....o..o',
      kick: '........o...|.....o......',
    },
    fills: SWING_FILLS,
  },
  'bossa drums': {
    pattern: { kick: 'x..ox..ox..ox..o', stick: 'x..x..x...x..x..', hat: 'xoxoxoxoxoxoxoxo' },
    fills: [{ kick: 'x..ox..ox..ox..o', snare: '......o.o..oo.x.', hat: 'xoxoxoxox.......' }],
  },
  'bossa light': {
    pattern: {
      stick: 'x..x..x...x..x..',
      shaker: 'xoxoxoxoxoxoxoxo',
      congaLow: '......o.......xx',
      congaHigh: '..o.......o.....',
    },
    fills: [],
  },
  shuffle: {
    pattern: { kick: 'X.....X.x...', snare: '...X.....X..', hat: 'x.ox.ox.ox.o' },
    fills: [{ kick: 'x.....x.....', snare: '...x..xxxXXX', hat: 'x.ox.o......' }],
  },
  'slow blues': {
    pattern: { kick: 'x.......x..x', stick: '...x.....x..', ride: 'xooxooxooxoo' },
    fills: [{ kick: 'x.....x.....', snare: '...o..ooxxxX', ride: 'xoox........' }],
  },
  march: {
    pattern: { kick: 'X.......X.......', snare: 'x..xx.xxx..xx.xx', crash: 'o...............|................' },
    fills: [{ kick: 'X...X...X...X...', snare: 'xxxxx.x.xxxxX.X.' }],
  },
  'light march': {
    pattern: { kick: 'x.......x.......', snare: '..oo..oo..oo..xx' },
    fills: [{ kick: 'x.......x...x...', snare: 'o.ooo.ooxxxxX...' }],
  },
  'waltz drums': {
    pattern: { kick: 'x...........', snare: '....o...o...', triangle: '............|x...........' },
    fills: [],
  },
  'waltz brushes': { pattern: { ride: 'x...o.x.o...', kick: 'o...........', pedal: '....x...x...' }, fills: [] },
  'jig drums': { pattern: { lowTom: 'X..o.ox..o.o', tambourine: '...x.....x..' }, fills: [] },
  'reel drums': { pattern: { lowTom: 'X..oo.x.X..oo.xo', shaker: 'o.x.o.x.o.x.o.x.' }, fills: [] },
  'four on the floor': {
    pattern: { kick: 'X...X...X...X...', clap: '....x.......x...', hat: '..x...x...x...x.' },
    fills: DANCE_FILLS,
  },
  'techno full': {
    pattern: {
      kick: 'X...X...X...X...',
      clap: '....X.......X...',
      openHat: '..x...x...x...x.',
      hat: 'oo.ooo.ooo.ooo.o',
    },
    fills: DANCE_FILLS,
  },
  'techno hats': { pattern: { hat: 'oxXxoxXxoxXxoxXx', clap: '............x...' }, fills: DANCE_FILLS.slice(0, 1) },
  electro: {
    pattern: { kick: 'X..x..x...X.....', snare: '....X.......X...', hat: 'x.x.xxx.x.x.xxxo' },
    fills: DANCE_FILLS,
  },
  'synth-pop': {
    pattern: {
      kick: 'X...x...X.x.x...',
      snare: '....X.......X...',
      hat: 'x.x.x.x.x.x.x.x.',
      tambourine: '..o...o...o...o.',
    },
    fills: ROCK_FILLS,
  },
  'soft machine': {
    pattern: { kick: 'x.......x.....o.', stick: '....o.......o...', shaker: 'o.x.o.x.o.x.o.x.' },
    fills: [],
  },
  'funk beat': {
    pattern: { kick: 'X..x..x...x..x..', snare: '....X..g.g..X..g', hat: 'x.xxx.xxx.xxx.xx' },
    fills: ROCK_FILLS,
  },
  'soul beat': {
    pattern: {
      kick: 'X.....x.X.x.....',
      snare: '....X.......X.g.',
      hat: 'x.x.x.x.x.x.x.x.',
      tambourine: '....x.......x...',
    },
    fills: ROCK_FILLS,
  },
  'tom pulse': { pattern: { lowTom: 'x.......o.......|x.......o...o.o.' }, fills: [] },
} as const satisfies Record<string, Groove>;

export type GrooveName = keyof typeof GROOVES;
