import { BLUES } from '../styles/blues.ts';
import { CLASSICAL } from '../styles/classical.ts';
import { DANCES } from '../styles/dances.ts';
import { ELECTRONIC } from '../styles/electronic.ts';
import { FOLK } from '../styles/folk.ts';
import { JAZZ } from '../styles/jazz.ts';
import { POPULAR } from '../styles/popular.ts';
import type { Style } from '../styles/style.ts';

/** A piece of the corpus: everything else about it is drawn from its style with its title as seed. */
export interface Track {
  readonly title: string;
  readonly style: Style;
}

const STYLES: readonly Style[] = [...CLASSICAL, ...DANCES, ...JAZZ, ...BLUES, ...POPULAR, ...ELECTRONIC, ...FOLK];

const TITLES: Readonly<Record<string, readonly string[]>> = {
  'string quartet': [
    'Letter to an Old Teacher',
    'Snow on the Orchard',
    'Quartet for a Small Room',
    'The Unfinished Bridge',
  ],
  'baroque chamber music': [
    'The Clockmaker’s Daughter',
    'Sonata of the Blue Tiles',
    'Mirrors at Noon',
    'The Pear Tree Suite',
  ],
  waltz: ['Carousel in the Rain', 'The Last Dance at Marlow', 'Paper Lanterns', 'Madame Orlova’s Gloves'],
  'brass march': ['Harbour Parade', 'The Fourth of May', 'Miners’ Holiday', 'Over the Viaduct'],
  swing: ['Corner of Ninth', 'Late Edition', 'Two Spoons of Sugar', 'The Elevator Man'],
  'bossa nova': ['Janela Aberta', 'Salt on the Window', 'Tarde de Março', 'A Chair by the Sea'],
  blues: ['Empty Kettle Blues', 'Freight Yard Morning', 'My Landlord’s Dog', 'Seven Dollar Shoes'],
  soul: ['Keep the Porch Light', 'Sunday Clothes', 'Halfway Honest', 'The Long Apology'],
  'piano ballad': ['What the River Kept', 'Almost Home', 'Your Side of the Street', 'Ordinary Stars'],
  rock: ['Gasoline Summer', 'Wrong Way Tonight', 'Static and Chrome', 'Burning Through Ohio'],
  'synth-pop': ['Telephone Heart', 'Neon Postcards', 'Weekend Satellites', 'Polaroid Girl'],
  techno: ['Substation', 'Platform Twelve', 'Grid Reference', 'Night Shift Loop'],
  ambient: ['Fog over the Reservoir', 'Slow Light', 'The Sleeping Observatory', 'Glacier Diary'],
  'folk song': ['Down by the Weir', 'The Carpenter’s Promise', 'Nine Miles of Clover', 'Wool and Water'],
  celtic: ['The Ferryman’s Reel', 'Mist on Slieve Bán', 'The Widow’s Cow', 'Lanterns of Inishmore'],
};

/** All tracks in a fixed order, four of each style. */
export const TRACKS: readonly Track[] = STYLES.flatMap((style) =>
  TITLES[style.name]!.map((title) => ({ title, style })),
);

/** The title as a folder name: small Latin letters, digits and hyphens. */
export function slugOf({ title }: Track): string {
  const plain = title.normalize('NFD').replace(/[\u0300-\u036f’]/g, '');
  return plain.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}
