/** An instrument of the sound font and how music is written for it. */
export interface Instrument {
  /** General MIDI program 0…127. */
  readonly program: number;
  /** Bank of a variant; 0 unless said. */
  readonly bank?: number;
  /** What people call this sort of sound: the tag. */
  readonly family: string;
  /** Lowest and highest MIDI pitch written for it. */
  readonly range: readonly [number, number];
  /** Channel volume in dB that brings it level with the piano, at most 0. */
  readonly volume: number;
}

const instruments = {
  piano: { program: 0, family: 'piano', range: [28, 100], volume: 0 },
  'bright piano': { program: 1, family: 'piano', range: [28, 100], volume: 0 },
  'honky-tonk piano': { program: 3, family: 'piano', range: [28, 96], volume: 0 },
  rhodes: { program: 4, family: 'electric piano', range: [33, 96], volume: -4 },
  'electric piano': { program: 5, family: 'electric piano', range: [33, 96], volume: 0 },
  harpsichord: { program: 6, family: 'harpsichord', range: [33, 88], volume: -1 },
  celesta: { program: 8, family: 'bells', range: [60, 103], volume: -2 },
  glockenspiel: { program: 9, family: 'bells', range: [72, 103], volume: 0 },
  vibraphone: { program: 11, family: 'bells', range: [53, 89], volume: -3 },
  'drawbar organ': { program: 16, family: 'organ', range: [36, 96], volume: -5 },
  'rock organ': { program: 18, family: 'organ', range: [36, 96], volume: -7 },
  'church organ': { program: 19, family: 'organ', range: [36, 91], volume: -7 },
  accordion: { program: 21, family: 'accordion', range: [48, 89], volume: -4 },
  harmonica: { program: 22, family: 'reeds', range: [60, 88], volume: -4 },
  'nylon guitar': { program: 24, family: 'acoustic guitar', range: [40, 83], volume: -2 },
  'steel guitar': { program: 25, family: 'acoustic guitar', range: [40, 83], volume: 0 },
  mandolin: { program: 25, bank: 16, family: 'acoustic guitar', range: [55, 91], volume: -1 },
  'jazz guitar': { program: 26, family: 'electric guitar', range: [40, 84], volume: -4 },
  'clean guitar': { program: 27, family: 'electric guitar', range: [40, 84], volume: -7 },
  'muted guitar': { program: 28, family: 'electric guitar', range: [40, 76], volume: -2 },
  'overdriven guitar': { program: 29, family: 'electric guitar', range: [40, 86], volume: -4 },
  'distorted guitar': { program: 30, family: 'electric guitar', range: [40, 86], volume: -5 },
  'double bass': { program: 32, family: 'bass', range: [28, 60], volume: -3 },
  'fingered bass': { program: 33, family: 'bass', range: [28, 60], volume: -5 },
  'picked bass': { program: 34, family: 'bass', range: [28, 60], volume: -4 },
  'fretless bass': { program: 35, family: 'bass', range: [28, 60], volume: -5 },
  'slap bass': { program: 36, family: 'bass', range: [28, 60], volume: -2 },
  'synth bass': { program: 38, family: 'bass', range: [28, 60], volume: -2 },
  'deep synth bass': { program: 39, family: 'bass', range: [28, 60], volume: -9 },
  violin: { program: 40, family: 'strings', range: [55, 93], volume: -5 },
  viola: { program: 41, family: 'strings', range: [48, 81], volume: -6 },
  cello: { program: 42, family: 'strings', range: [36, 72], volume: -5 },
  pizzicato: { program: 45, family: 'strings', range: [36, 88], volume: -4 },
  harp: { program: 46, family: 'harp', range: [31, 96], volume: 0 },
  strings: { program: 48, family: 'strings', range: [36, 91], volume: -4 },
  'slow strings': { program: 49, family: 'strings', range: [36, 91], volume: -6 },
  'synth strings': { program: 50, family: 'synthesizer', range: [36, 91], volume: -10 },
  choir: { program: 52, family: 'choir', range: [43, 81], volume: -3 },
  voices: { program: 53, family: 'choir', range: [43, 81], volume: -4 },
  trumpet: { program: 56, family: 'brass', range: [55, 82], volume: -6 },
  trombone: { program: 57, family: 'brass', range: [40, 70], volume: -10 },
  tuba: { program: 58, family: 'brass', range: [28, 55], volume: -10 },
  'muted trumpet': { program: 59, family: 'brass', range: [55, 82], volume: -7 },
  horn: { program: 60, family: 'brass', range: [41, 77], volume: -6 },
  'brass section': { program: 61, family: 'brass', range: [43, 82], volume: -7 },
  'soprano sax': { program: 64, family: 'reeds', range: [56, 87], volume: -8 },
  'alto sax': { program: 65, family: 'reeds', range: [49, 80], volume: -8 },
  'tenor sax': { program: 66, family: 'reeds', range: [44, 75], volume: -6 },
  oboe: { program: 68, family: 'reeds', range: [58, 87], volume: -8 },
  bassoon: { program: 70, family: 'reeds', range: [34, 70], volume: -7 },
  clarinet: { program: 71, family: 'reeds', range: [50, 88], volume: -6 },
  piccolo: { program: 72, family: 'flute', range: [74, 100], volume: -9 },
  flute: { program: 73, family: 'flute', range: [60, 94], volume: -9 },
  recorder: { program: 74, family: 'flute', range: [60, 91], volume: -12 },
  'pan flute': { program: 75, family: 'flute', range: [60, 91], volume: -8 },
  whistle: { program: 78, family: 'flute', range: [66, 96], volume: -14 },
  'square lead': { program: 80, family: 'synthesizer', range: [45, 93], volume: -10 },
  'saw lead': { program: 81, family: 'synthesizer', range: [45, 93], volume: -8 },
  'warm pad': { program: 89, family: 'synthesizer', range: [36, 88], volume: -3 },
  polysynth: { program: 90, family: 'synthesizer', range: [36, 91], volume: -3 },
  'glass pad': { program: 92, family: 'synthesizer', range: [43, 88], volume: -8 },
  'halo pad': { program: 94, family: 'synthesizer', range: [43, 88], volume: -6 },
  'sweep pad': { program: 95, family: 'synthesizer', range: [43, 88], volume: -10 },
  banjo: { program: 105, family: 'acoustic guitar', range: [48, 84], volume: 0 },
  fiddle: { program: 110, family: 'strings', range: [55, 93], volume: -5 },
  'standard kit': { program: 0, family: 'drums', range: [35, 81], volume: -5 },
  'power kit': { program: 16, family: 'drums', range: [35, 81], volume: -5 },
  'electronic kit': { program: 24, family: 'drums', range: [35, 81], volume: -5 },
  '808 kit': { program: 25, family: 'drums', range: [35, 81], volume: -14 },
  'jazz kit': { program: 32, family: 'drums', range: [35, 81], volume: -7 },
  'brush kit': { program: 40, family: 'drums', range: [35, 81], volume: -5 },
  'orchestral kit': { program: 48, family: 'drums', range: [35, 81], volume: -5 },
} as const satisfies Record<string, Instrument>;

/** An instrument by its name. */
export type InstrumentName = keyof typeof instruments;

/** All instruments by name. */
export const INSTRUMENTS: Readonly<Record<InstrumentName, Instrument>> = instruments;
